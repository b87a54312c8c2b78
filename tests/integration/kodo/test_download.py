"""Downloads that go well: every kind of object, key and hash, from every kind of host."""

import threading
from pathlib import Path

import pytest

from kodokeep.kodo import sources
from kodokeep.kodo.bucket import KodoBucket
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import NoticeKind
from kodokeep.model.options import TransportOptions
from kodokeep.model.outcome import Fetched, Verification
from kodokeep.model.qetag import v1
from tests.integration.kodo.conftest import HOSTILE_KEYS, PRIVATE, PUBLIC, World, content, read

MIB = 1024 * 1024


@pytest.mark.parametrize("size", [0, 1, 1000, 300_000, MIB, 4 * MIB, 4 * MIB + 1, 9 * MIB])
def test_an_object_of_any_size_arrives_whole(world: World, size: int) -> None:
    data = content(size)
    world.put("object", data)
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    result = world.fetch_one(bucket, remote)
    assert isinstance(result, Fetched)
    assert read(result) == data
    assert result.remote == remote
    assert (result.content_hash, result.verification) == (v1(data), Verification.HASH)
    assert result.received_bytes == bucket.received_bytes == size


@pytest.mark.parametrize("name", [PUBLIC, PRIVATE])
@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_a_hostile_key_is_fetched_and_nothing_else(world: World, name: str, key: str) -> None:
    world.emulator.put(name, key, key.encode() + b"!")
    bucket = world.bucket(name)
    remote = bucket.stat(key)
    assert remote is not None
    assert read(world.fetch_one(bucket, remote)) == key.encode() + b"!"


def test_many_objects_of_mixed_sizes(world: World) -> None:
    contents = {f"{number:04}": content(number * 37, number) for number in range(400)} | {"9": content(9 * MIB)}
    for name, data in contents.items():
        world.put(name, data)
    bucket = world.bucket()
    remotes = world.entries(bucket)
    results = world.fetch(bucket, remotes)
    assert [read(result) for result in results] == [contents[name] for name in sorted(contents)]
    assert bucket.received_bytes == sum(map(len, contents.values()))


def test_requests_are_taken_lazily_and_on_the_callers_thread(world: World) -> None:
    world.put("object", b"x")
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    taken: list[threading.Thread] = []

    def requests() -> object:
        for seq in range(2000):
            taken.append(threading.current_thread())
            yield world.request(remote, seq)

    results = bucket.download(requests(), threading.Event())  # type: ignore[arg-type]
    assert not taken
    for count, _ in enumerate(result for result in results if result is not None):
        assert len(taken) <= count + 257
    assert set(taken) == {threading.current_thread()}
    assert count == 1999


def test_nothing_is_asked_before_the_first_request(world: World) -> None:
    bucket = world.bucket()
    assert list(bucket.download([], threading.Event())) == []
    assert bucket.requests == 0


@pytest.mark.parametrize("parts", [[2, 4], [5, 1], [1, 1, 1, 3], [4, 2], [6]])
def test_v2_hashes_are_verified_with_the_listed_parts(world: World, parts: list[int]) -> None:
    data = content(6 * MIB)
    world.put("object", data, parts=[part * MIB for part in parts])
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    result = world.fetch_one(bucket, remote)
    assert isinstance(result, Fetched)
    assert result.verification is Verification.HASH
    assert result.content_hash == v1(data)


def test_parts_that_the_listing_left_out_are_asked_for(world: World) -> None:
    data = content(3 * MIB)
    world.put("object", data, parts=[2 * MIB, MIB])
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    bare = without_parts(remote)
    result = world.fetch_one(bucket, bare)
    assert isinstance(result, Fetched)
    assert (result.verification, result.remote) == (Verification.HASH, remote)


@pytest.mark.parametrize(("md5", "verification"), [(True, Verification.MD5), (False, Verification.SIZE)])
def test_a_hash_that_proves_nothing_falls_back(world: World, md5: bool, verification: Verification) -> None:
    data = content(2 * MIB)
    key = world.put("object", data)
    bucket = world.bucket()
    (listed,) = world.entries(bucket)
    assert listed.md5 is not None
    remote = RemoteEntry(key, len(data), "unheard-of", listed.put_time_ns, md5=listed.md5 if md5 else None)
    result = world.fetch_one(bucket, remote)
    assert isinstance(result, Fetched)
    assert (result.verification, result.content_hash) == (verification, v1(data))


def test_a_private_bucket_is_signed_for_and_a_public_one_is_not(world: World) -> None:
    for name in (PUBLIC, PRIVATE):
        world.put("object", b"x", bucket=name)
        bucket = world.bucket(name)
        (remote,) = world.entries(bucket)
        assert read(world.fetch_one(bucket, remote)) == b"x"
    public, private = [line["target"] for line in world.requests_of("io")]
    assert "token=" not in public
    assert "&token=" in private


@pytest.mark.parametrize("with_scheme", [True, False])
def test_a_given_domain_is_used(world: World, with_scheme: bool) -> None:
    world.put("object", b"x")
    domain = world.emulator.io_src(PUBLIC)
    bucket = world.bucket(domain=domain if with_scheme else domain.removeprefix("http://"))
    (remote,) = world.entries(bucket)
    assert read(world.fetch_one(bucket, remote)) == b"x"
    assert len(world.requests_of("io_src")) == 1
    assert not any("domains" in line["target"] for line in world.requests_of("uc"))


def test_without_a_domain_the_origin_serves_and_a_notice_says_so(world: World) -> None:
    world.put("object", b"x")
    world.emulator.faults([{"host": "uc", "path": "^/v3/domains", "status": 200, "body": "[]"}])
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    assert read(world.fetch_one(bucket, remote)) == b"x"
    assert [notice.kind for notice in world.notices] == [NoticeKind.NO_DOMAIN]
    assert "&token=" in world.requests_of("io_src")[0]["target"]


def test_a_fixed_number_of_transfers_is_kept_to(world: World) -> None:
    for number in range(20):
        world.put(str(number), b"x" * number)
    bucket = world.bucket(options=TransportOptions(uc_host=world.emulator.uc, transfers=1))
    results = world.fetch(bucket, world.entries(bucket))
    assert all(isinstance(result, Fetched) for result in results)


def test_temp_files_follow_no_symlink(world: World, tmp_path: Path) -> None:
    world.put("object", b"x")
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (tmp_path / "temp-0").symlink_to(tmp_path / "elsewhere")
    result = world.fetch_one(bucket, remote)
    assert not isinstance(result, Fetched)
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"


def without_parts(remote: RemoteEntry) -> RemoteEntry:
    return RemoteEntry(
        remote.key, remote.size_bytes, remote.hash, remote.put_time_ns, remote.mime, remote.storage_type, md5=remote.md5
    )


def test_sources_are_kept_apart(world: World) -> None:
    usual, origin = sources.Source("http://a", None), sources.Source("http://b", None)
    assert sources.Sources(usual, origin).differ
    assert not sources.Sources(usual, usual).differ


def test_counters_can_be_read_at_any_time(world: World) -> None:
    bucket: KodoBucket = world.bucket()
    assert (bucket.requests, bucket.received_bytes) == (0, 0)
