"""Going on with partial files: only a checked 206 is ever appended."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from kodokeep.kodo.bucket import Tuning
from kodokeep.kodo.retry import Retry
from kodokeep.model.outcome import Fetched, NotFetched
from tests.integration.kodo.conftest import PRIVATE, World, content, read

MIB = 1024 * 1024
DATA = content(3 * MIB)


def resumed(world: World, partial: bytes, *faults: dict[str, Any], data: bytes = DATA) -> Fetched | NotFetched:
    """Fetch an object whose temp file already holds `partial`."""
    world.put("object", data)
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    (world.folder / "temp-0").write_bytes(partial)
    world.emulator.faults(list(faults))
    return world.fetch_one(bucket, remote)


def ranges(world: World) -> list[str | None]:
    return [line["range"] for line in world.requests_of("io") + world.requests_of("io_src")]


@pytest.mark.parametrize("size", [1, MIB, 3 * MIB - 1])
def test_a_partial_file_is_continued(world: World, size: int) -> None:
    result = resumed(world, DATA[:size])
    assert read(result) == DATA
    assert result.received_bytes == len(DATA) - size
    assert ranges(world) == [f"bytes={size}-"]


def test_a_complete_file_is_only_verified(world: World) -> None:
    result = resumed(world, DATA)
    assert read(result) == DATA
    assert result.received_bytes == 0
    assert ranges(world) == []


@pytest.mark.parametrize("partial", [b"x" * MIB, b"x" * 3 * MIB, b"x" * 4 * MIB], ids=["part", "whole", "too long"])
def test_a_wrong_partial_file_is_started_over(world: World, partial: bytes) -> None:
    assert read(resumed(world, partial)) == DATA
    assert ranges(world)[-1] is None
    assert not world.requests_of("io_src")


def test_a_small_partial_file_is_started_over(world: World) -> None:
    assert read(resumed(world, b"x" * 2000, data=content(1000))) == content(1000)
    assert ranges(world) == [None]


@pytest.mark.parametrize(
    "fault",
    [
        {"ignore_range": True},
        {"headers": {"Content-Range": "bytes 0-9/10"}, "times": 1},
        {"headers": {"Content-Range": f"bytes {MIB}-{3 * MIB - 1}/{4 * MIB}"}, "times": 1},
        {"headers": {"Content-Range": "nonsense"}, "times": 1},
        {"headers": {"ETag": '"FgrCgIT_dJM9BRI0ltr9N5FoTZtT"'}, "times": 1},
        {"status": 416, "times": 1},
        {"status": 206, "times": 1},
        {"reset_at": 1000, "times": 2},
        {"json_error_200": True, "times": 1},
    ],
    ids=str,
)
def test_an_answer_that_is_not_the_rest_is_not_appended(world: World, fault: dict[str, Any]) -> None:
    assert read(resumed(world, DATA[:MIB], {"host": "io", **fault})) == DATA


def test_the_rest_of_another_content_is_not_appended(world: World) -> None:
    world.put("object", DATA)
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    (world.folder / "temp-0").write_bytes(DATA[:MIB])
    world.put("object", content(3 * MIB, seed=2))
    assert read(world.fetch_one(bucket, remote)) == content(3 * MIB, seed=2)


def test_an_object_that_shrank_is_taken_as_it_is_now(world: World) -> None:
    world.put("object", DATA)
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    (world.folder / "temp-0").write_bytes(DATA[: 2 * MIB])
    world.put("object", content(MIB, seed=2))
    assert read(world.fetch_one(bucket, remote)) == content(MIB, seed=2)


def test_v2_hashes_survive_a_resume(world: World) -> None:
    world.put("object", DATA, parts=[2 * MIB, MIB])
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    (world.folder / "temp-0").write_bytes(DATA[: MIB + 7])
    result = world.fetch_one(bucket, remote)
    assert read(result) == DATA
    assert result.received_bytes == 2 * MIB - 7


def test_a_stop_leaves_what_the_next_call_goes_on_with(world: World) -> None:
    data = content(16 * MIB)
    world.put("object", data)
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", "slow_bytes_per_s": 4 * MIB}])
    stop = threading.Event()
    for result in bucket.download([world.request(remote)], stop):
        assert result is None
        if bucket.received_bytes:
            stop.set()
    arrived = (world.folder / "temp-0").stat().st_size
    assert 0 < arrived < len(data)
    world.emulator.clear_faults()
    result = world.fetch_one(bucket, remote)
    assert read(result) == data
    assert result.received_bytes == len(data) - arrived


def test_after_a_stop_small_ones_finish_and_no_more_are_taken(world: World) -> None:
    for number in range(30):
        world.put(f"{number:02}", content(1000, number))
    bucket = world.bucket()
    remotes = world.entries(bucket)
    stop = threading.Event()
    taken = []

    def requests() -> Any:
        for seq, remote in enumerate(remotes):
            taken.append(seq)
            if seq == 5:
                stop.set()
            yield world.request(remote, seq)

    results = [result for result in bucket.download(requests(), stop) if result is not None]
    assert len(taken) == 6
    assert all(read(result) == content(1000, result.request.seq) for result in results)


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def test_closing_early_leaves_no_threads_and_no_files_open(world: World) -> None:
    for number in range(50):
        world.put(f"{number:02}", content(1000))
    world.put("large", content(16 * MIB))
    bucket = world.bucket()
    remotes = world.entries(bucket)
    before = open_files()
    world.emulator.faults([{"host": "io", "path": "large", "slow_bytes_per_s": MIB}])
    results = bucket.download(map(world.request, remotes, range(51)), threading.Event())
    assert isinstance(next(result for result in results if result is not None), Fetched)
    results.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kodo")]
    assert len(open_files() - before) <= 1  # the API connection that is kept


def test_every_attempt_is_signed_anew(world: World) -> None:
    world.put("object", DATA, bucket=PRIVATE)
    (remote,) = world.entries(world.bucket(PRIVATE))
    ticks = iter(range(0, 100_000, 50))
    start_s = time.time()
    tuning = Tuning(now_s=lambda: start_s + next(ticks), retry=Retry(longest_wait_s=0))
    bucket = world.bucket(PRIVATE, domain=world.emulator.domain(PRIVATE), tuning=tuning)
    world.emulator.faults([{"host": "io", "truncate_at": MIB, "times": 1}])
    assert read(world.fetch_one(bucket, remote)) == DATA
    first, second = [line["target"] for line in world.requests_of("io")]
    assert first != second
    assert ranges(world) == [None, f"bytes={MIB}-"]


def test_a_partial_file_survives_failures(world: World, tmp_path: Path) -> None:
    world.put("object", DATA)
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults(
        [{"host": "io", "nth": 1, "truncate_at": 2 * MIB}]
        + [{"host": host, "nth": list(range(2, 30)), "reset_at": 0} for host in ("io", "io_src")]
        + [{"host": "io_src", "nth": 1, "reset_at": 0}]
    )
    assert isinstance(world.fetch_one(bucket, remote), NotFetched)
    world.emulator.clear_faults()
    result = world.fetch_one(bucket, remote)
    assert read(result) == DATA
    assert result.received_bytes == MIB
