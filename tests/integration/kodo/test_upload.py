"""Uploading files that the bucket does not have: every byte, its name, its time, its type."""

import itertools
import threading
from collections.abc import Iterator

import pytest
import qiniu
from qiniu.http.endpoint import Endpoint
from qiniu.http.region import Region, ServiceName

from kodokeep.kodo.parts import Limits
from kodokeep.model.outcome import NotUploaded, Uploaded
from kodokeep.model.qetag import v1
from kodokeep.ports import UploadRequest
from tests.integration.kodo.conftest import HOSTILE_KEYS, NEVER, PUBLIC, World, content
from tests.integration.kodo.uploading import MIB, MTIME_NS, MTIME_TEXT, Files, calls_up, done, held, up_calls, uploaded

BLOCK = 4 * MIB


@pytest.mark.parametrize("size", [0, 1, 1000, MIB, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1])
def test_every_byte_arrives(world: World, size: int) -> None:
    files = Files(world)
    bucket = files.bucket(Limits())
    result = done(files.one(bucket, files.request("file.bin", content(size))))
    assert held(world, world.prefix + "file.bin") == content(size)
    assert result.content_hash == result.remote.hash == v1(content(size))
    assert (result.existed, result.sent_bytes) == (False, size)
    assert bucket.sent_bytes == size
    assert up_calls(world, "PUT") == (0 if size <= BLOCK else -(-size // BLOCK))


@pytest.mark.parametrize("size", [1000, 3 * MIB])
def test_the_result_is_what_a_stat_shows(world: World, size: int) -> None:
    files = Files(world)
    bucket = files.bucket()
    result = done(files.one(bucket, files.request("photo.jpg", content(size))))
    found = bucket.stat(world.prefix + "photo.jpg")
    assert found is not None
    assert (found.mime, found.metadata) == ("image/jpeg", (("!Last-Modified", MTIME_TEXT),))
    same = ("key", "size_bytes", "hash", "mime", "metadata", "storage_type", "status", "expires_s", "parts")
    assert [getattr(result.remote, name) for name in same] == [getattr(found, name) for name in same]
    assert result.remote.put_time_ns == 0


@pytest.mark.parametrize("size", [0, 1000, BLOCK + 1])
def test_the_official_sdk_finds_it(world: World, size: int) -> None:
    files = Files(world)
    key = world.prefix + "photo.jpg"
    result = done(files.one(files.bucket(Limits()), files.request("photo.jpg", content(size))))
    rs = Region(services={ServiceName.RS: [Endpoint.from_host(world.emulator.uc)]})
    auth = qiniu.Auth(world.emulator.access_key, world.emulator.secret_key)
    found, _ = qiniu.BucketManager(auth, regions=[rs]).stat(PUBLIC, key)
    assert found["hash"] == result.remote.hash == qiniu.etag(str(files.sources[0].path))
    assert (found["fsize"], found["mimeType"]) == (size, "image/jpeg")


@pytest.mark.parametrize("size", [100, MIB + 100])
@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_every_legal_key(world: World, key: str, size: int) -> None:
    files = Files(world)
    if key in world.emulator.keys(PUBLIC):
        world.emulator.delete(PUBLIC, key)
    done(files.one(files.bucket(), files.request("any", content(size), key=key)))
    assert held(world, key) == content(size)


@pytest.mark.parametrize("size", [0, 100, MIB + 100])
def test_an_illegal_key_fails(world: World, size: int) -> None:
    files = Files(world)
    result = files.one(files.bucket(), files.request("any", content(size), key="k" * 751))
    assert isinstance(result, NotUploaded)
    assert "400" in result.detail


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [
        ("a/notes.TXT", b"x", "text/plain"),
        ("page.html", b"\x89PNG\r\n\x1a\n" + bytes(100), "text/html"),
        ("picture", b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png"),
        ("large-picture", b"\x89PNG\r\n\x1a\n" + bytes(2 * MIB), "image/png"),
        ("nobody.knows", b"what is this?", "application/octet-stream"),
        ("empty", b"", "application/octet-stream"),
    ],
)
def test_mime_types(world: World, name: str, data: bytes, mime: str) -> None:
    files = Files(world)
    assert done(files.one(files.bucket(), files.request(name, data))).remote.mime == mime
    assert world.emulator.stat(PUBLIC, world.prefix + name)["mimeType"] == mime


def test_more_parts_than_allowed_make_them_larger(world: World) -> None:
    files = Files(world)
    data = content(9 * MIB)
    limits = Limits(form_bytes=MIB, part_bytes=BLOCK, max_parts=2)
    result = done(files.one(files.bucket(limits), files.request("large", data)))
    assert held(world, world.prefix + "large") == data
    assert world.emulator.stat(PUBLIC, world.prefix + "large", parts=True)["parts"] == [8 * MIB, MIB]
    assert result.remote.parts == (8 * MIB, MIB)
    assert result.remote.hash.startswith("n")
    assert result.content_hash == v1(data)


def test_many_files_of_all_sizes(world: World) -> None:
    files = Files(world)
    sizes = [*range(0, 3000, 10), MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB]
    names = [f"{size:07}" for size in sizes]
    bucket = files.bucket()
    opened = itertools.count(1)
    finished = 0
    most_open = 0

    def requests() -> Iterator[UploadRequest]:
        for seq, (name, size) in enumerate(zip(names, sizes, strict=True)):
            nonlocal most_open
            most_open = max(most_open, next(opened) - finished)
            yield files.request(name, content(size, size), seq=seq)

    for result in bucket.upload(requests(), NEVER):
        if result is not None:
            done(result)
            finished += 1
    assert finished == len(sizes)
    assert most_open <= 128
    assert all(source.closed for source in files.sources)
    assert [held(world, world.prefix + name) for name in names] == [content(size, size) for size in sizes]
    assert bucket.sent_bytes == sum(sizes)


def test_nothing_to_upload_asks_nothing(world: World) -> None:
    bucket = world.bucket()
    assert uploaded(bucket, []) == []
    assert bucket.requests == 0


@pytest.mark.parametrize("transfers", [1, 2, 3])
def test_a_given_number_of_transfers_is_kept_to(world: World, transfers: int) -> None:
    files = Files(world)
    options = world.options(transfers=transfers)
    world.emulator.faults([{"host": "up", "delay_s": 0.02}])
    requests = [files.request(f"{number}", content(MIB * (number % 3)), seq=number) for number in range(9)]
    for result in uploaded(files.bucket(options=options), requests):
        done(result)
    calls = calls_up(world)
    assert len(calls) >= 9
    assert most_at_once(calls) <= transfers


def most_at_once(calls: list[dict[str, float]]) -> int:
    """How many of these requests overlapped, at most."""
    ends = [(call["time_s"], -1) for call in calls]
    begins = [(call["time_s"] - call["duration_s"], 1) for call in calls]
    at_once = itertools.accumulate(change for _, change in sorted(ends + begins))
    return max(at_once)


def test_a_stop_before_the_first_takes_none(world: World) -> None:
    stop = threading.Event()
    stop.set()
    assert uploaded(world.bucket(), iter([]), stop) == []


def test_closing_early_closes_every_file(world: World) -> None:
    files = Files(world)
    world.emulator.faults([{"host": "up", "slow_bytes_per_s": 10}])
    requests = [files.request(f"{number}", content(5 * MIB * (number % 2)), seq=number) for number in range(20)]
    results = files.bucket().upload(requests, NEVER)
    while (result := next(results)) is not None:
        assert isinstance(result, Uploaded)
    results.close()  # type: ignore[attr-defined]
    assert all(source.closed for source in files.sources)


def test_the_mtime_is_kept_to_the_second(world: World) -> None:
    files = Files(world)
    result = done(files.one(files.bucket(), files.request("file", b"x")))
    assert MTIME_NS % 1_000_000_000
    assert dict(result.remote.metadata) == {"!Last-Modified": MTIME_TEXT}
