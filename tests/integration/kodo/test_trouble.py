"""Downloads that go wrong, each way that real hosts were seen to do it (rule 17)."""

import errno
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kodokeep.errors import ClockSkewed, FolderFull, SignInRefused, Unreachable
from kodokeep.kodo.bucket import Tuning
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.transport import Patience
from kodokeep.model.event import NoticeKind
from kodokeep.model.outcome import Fetched, NotFetched, OutcomeKind
from tests.integration.kodo.conftest import PRIVATE, World, content, read

MIB = 1024 * 1024

BREAKS = [{"reset_at": at} for at in (0, 1, 100, 70_000, MIB + 5)] + [{"truncate_at": at} for at in (0, 1, 70_000)]

ALTERATIONS: list[dict[str, Any]] = [
    {"alter_at": 0},
    {"alter_at": 999},
    {"short_length": 500},
    {"gzip": True},
    {"json_error_200": True},
    {"stale": True},
    {"status": 200, "body": "<html>sign in, please</html>"},
    {"status": 206},
    {"status": 302},
    {"status": 403, "body": "anti-leech"},
    {"status": 404},
    {"status": 400},
]


def refused(result: Fetched | NotFetched) -> NotFetched:
    assert isinstance(result, NotFetched), result
    return result


@pytest.mark.parametrize("size", [1000, 3 * MIB])
@pytest.mark.parametrize("fault", BREAKS, ids=str)
def test_a_body_that_breaks_off_is_fetched_on(world: World, fault: dict[str, Any], size: int) -> None:
    world.put("object", content(size))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", "times": 2, **fault}])
    assert read(world.fetch_one(bucket, remote)) == content(size)


def test_a_large_body_goes_on_where_it_broke_off(world: World) -> None:
    world.put("object", content(12 * MIB))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", "times": 10, "truncate_at": MIB}])
    result = world.fetch_one(bucket, remote)
    assert read(result) == content(12 * MIB)
    assert result.received_bytes == 12 * MIB


@pytest.mark.parametrize("fault", ALTERATIONS, ids=str)
def test_what_the_domain_spoils_comes_from_the_origin(world: World, fault: dict[str, Any]) -> None:
    world.put("object", b"earlier")
    world.put("object", content(1000))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", **fault}])
    assert read(world.fetch_one(bucket, remote)) == content(1000)
    assert len(world.requests_of("io_src")) == 1


def test_an_altered_body_is_told(world: World) -> None:
    key = world.put("object", content(1000))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", "alter_at": 1}])
    world.fetch_one(bucket, remote)
    assert [(notice.kind, notice.subject) for notice in world.notices] == [(NoticeKind.ALTERED_BODY, key)]


@pytest.mark.parametrize("size", [0, 10, 600_000])
def test_a_body_longer_than_listed_is_not_kept(world: World, size: int) -> None:
    world.put("object", content(size))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", "status": 200, "body": "x" * (size + 1)}])
    assert read(world.fetch_one(bucket, remote)) == content(size)


@pytest.mark.parametrize("fault", [{"alter_at": 7}, {"short_length": 500}, {"json_error_200": True}], ids=str)
def test_only_a_body_that_differs_from_the_stat_has_failed(world: World, fault: dict[str, Any]) -> None:
    world.put("object", content(1000))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": host, **fault} for host in ("io", "io_src")])
    result = refused(world.fetch_one(bucket, remote))
    assert result.kind is OutcomeKind.FAILED
    assert result.detail.startswith("body differs from listing: expected ")
    assert not Path(result.request.temp).exists()


@pytest.mark.parametrize("size", [1000, 2 * MIB])
def test_an_object_that_changed_is_taken_as_it_is_now(world: World, size: int) -> None:
    world.put("object", content(size, seed=1))
    bucket = world.bucket()
    (old,) = world.entries(bucket)
    world.put("object", content(size, seed=2))
    (new,) = world.entries(bucket)
    result = world.fetch_one(bucket, old)
    assert isinstance(result, Fetched)
    assert read(result) == content(size, seed=2)
    assert (result.remote.hash, result.remote.put_time_ns) == (new.hash, new.put_time_ns)


@pytest.mark.parametrize("new_size", [0, 10, 5000])
def test_an_object_that_changed_its_size_is_taken_as_it_is_now(world: World, new_size: int) -> None:
    world.put("object", content(1000))
    bucket = world.bucket()
    (old,) = world.entries(bucket)
    world.put("object", content(new_size))
    assert read(world.fetch_one(bucket, old)) == content(new_size)


def test_an_object_that_keeps_changing_is_stale(world: World) -> None:
    key = world.put("object", content(1000))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    hashes = ["FgrCgIT_dJM9BRI0ltr9N5FoTZtT", "Fn9tkLHM2wFqBpgIZJ4NMMYVKZLl", "FivMvS848VwT631aif2dhfWV4jvD"]
    stats = [json.dumps({"fsize": 1000, "hash": name, "putTime": number}) for number, name in enumerate(hashes)]
    faults: list[dict[str, Any]] = [{"host": "io", "path": key, "alter_at": 0}, {"host": "io_src", "alter_at": 0}]
    faults += [{"host": "rs", "nth": nth, "status": 200, "body": stat} for nth, stat in enumerate(stats, 1)]
    world.emulator.faults(faults)
    assert refused(world.fetch_one(bucket, remote)).kind is OutcomeKind.STALE


@pytest.mark.parametrize("parts", [None, [2 * MIB, MIB]])
def test_an_object_that_is_gone_is_stale(world: World, parts: list[int] | None) -> None:
    key = world.put("object", content(3 * MIB), parts=parts)
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.delete("public", key)
    result = refused(world.fetch_one(bucket, remote))
    assert (result.kind, result.detail) == (OutcomeKind.STALE, "gone from the bucket")


def test_frozen_and_thawing_objects_are_not_failures(world: World) -> None:
    bucket = world.bucket()
    kinds = []
    for name in ("frozen", "thawing"):
        key = world.put(name, content(1000))
        remote = bucket.stat(key)
        assert remote is not None
        world.emulator.chtype("public", key, 2)
        if name == "thawing":
            world.emulator.restore("public", key)
        kinds.append(refused(world.fetch_one(bucket, remote)).kind)
    assert kinds == [OutcomeKind.UNAVAILABLE, OutcomeKind.THAWING]


def test_a_disabled_object_is_fetched_with_a_signature_if_at_all(world: World) -> None:
    key = world.put("object", content(1000))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.status("public", key, disabled=True)
    assert read(world.fetch_one(bucket, remote)) == content(1000)
    world.emulator.faults([{"host": "io_src", "status": 403}])
    result = refused(world.fetch_one(bucket, remote))
    assert result.kind is OutcomeKind.UNAVAILABLE
    assert "disabled" in result.detail


@pytest.mark.parametrize("status", [500, 502, 504, 599, 996, 429, 503, 571, 573])
def test_server_errors_pass(world: World, status: int) -> None:
    world.put("object", content(1000))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", "status": status, "times": 2}])
    assert read(world.fetch_one(bucket, remote)) == content(1000)
    assert not world.requests_of("io_src")


def test_a_domain_that_is_dead_is_left_for_the_origin(world: World) -> None:
    world.put("object", content(1000))
    bucket = world.bucket(domain="http://127.0.0.1:1")
    (remote,) = world.entries(bucket)
    assert read(world.fetch_one(bucket, remote)) == content(1000)


def test_failures_are_tried_once_more_at_the_end(world: World) -> None:
    world.put("object", content(1000))
    bucket = world.bucket(tuning=Tuning(retry=Retry(attempts=2, longest_wait_s=0)))
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", "status": 502, "times": 3}])
    assert read(world.fetch_one(bucket, remote)) == content(1000)


def test_an_error_that_stays_is_one_failure(world: World) -> None:
    bad, good = world.put("bad", content(1000)), world.put("good", content(1000))
    bucket = world.bucket()
    remotes = world.entries(bucket)
    world.emulator.faults([{"host": host, "path": bad, "status": 502} for host in ("io", "io_src")])
    first, second = world.fetch(bucket, remotes)
    assert refused(first).kind is OutcomeKind.FAILED
    assert "502" in refused(first).detail
    assert second.request.remote.key == good
    assert read(second) == content(1000)


def test_no_answer_for_many_objects_ends_the_downloads(world: World) -> None:
    for number in range(120):
        world.put(f"{number:03}", b"x")
    bucket = world.bucket()
    remotes = world.entries(bucket)
    world.emulator.faults([{"host": host, "reset_at": 0} for host in ("io", "io_src")])
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        world.fetch(bucket, remotes)


def test_a_host_that_does_not_go_on_is_given_up(world: World) -> None:
    world.put("object", content(3 * MIB))
    bucket = world.bucket(tuning=Tuning(retry=Retry(longest_wait_s=0), patience=Patience(connect_s=1, stall_s=1)))
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", "delay_s": 3600, "times": 1}])
    assert read(world.fetch_one(bucket, remote)) == content(3 * MIB)


def test_a_slow_body_arrives(world: World) -> None:
    world.put("object", content(1000))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", "slow_bytes_per_s": 4000}])
    assert read(world.fetch_one(bucket, remote)) == content(1000)


@pytest.mark.parametrize("name", ["public", PRIVATE])
def test_a_refused_signature_is_made_anew(world: World, name: str) -> None:
    world.put("object", content(1000), bucket=name)
    bucket = world.bucket(name)
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": "io", "status": 401, "times": 1}])
    assert read(world.fetch_one(bucket, remote)) == content(1000)
    assert "&token=" in (world.requests_of("io") + world.requests_of("io_src"))[-1]["target"]


def test_signatures_that_stay_refused_fail_one_object(world: World) -> None:
    world.put("object", content(1000), bucket=PRIVATE)
    bucket = world.bucket(PRIVATE)
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": host, "status": 401} for host in ("io", "io_src")])
    result = refused(world.fetch_one(bucket, remote))
    assert result.kind is OutcomeKind.FAILED
    assert "401" in result.detail


def test_keys_that_the_api_refuses_too_end_the_downloads(world: World) -> None:
    world.put("object", content(1000), bucket=PRIVATE)
    bucket = world.bucket(PRIVATE)
    (remote,) = world.entries(bucket)
    world.emulator.faults([{"host": host, "status": 401} for host in ("io", "io_src", "rs")])
    with pytest.raises(SignInRefused):
        world.fetch_one(bucket, remote)


def test_a_clock_that_is_off_ends_the_downloads(world: World) -> None:
    world.put("object", content(1000), bucket=PRIVATE)
    bucket = world.bucket(PRIVATE, domain=world.emulator.domain(PRIVATE))
    (remote,) = world.entries(bucket)
    assert read(world.fetch_one(bucket, remote)) == content(1000)
    world.emulator.faults([{"host": "uc", "path": "^/v2/bucketInfo", "status": 200, "body": '{"private": 1}'}])
    world.emulator.clock(7200)
    with pytest.raises(ClockSkewed):
        world.fetch_one(bucket, remote)


def test_a_full_disk_ends_the_downloads_after_what_finished(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(300):
        world.put(f"{number:03}", b"x" * 10)
    bucket = world.bucket()
    remotes = world.entries(bucket)
    monkeypatch.setattr("kodokeep.kodo.body.os.write", disk_of(50, os.write))
    finished: list[Fetched | NotFetched | None] = []
    with pytest.raises(FolderFull):
        finished.extend(bucket.download(map(world.request, remotes, range(300)), threading.Event()))
    assert sum(isinstance(result, Fetched) for result in finished) == 50


def disk_of(writes: int, write: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
    """A disk that takes so many writes."""
    left = iter(range(writes))

    def limited(fd: int, data: Any) -> int:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, data)

    return limited


def test_a_file_that_cannot_be_written_fails_alone(world: World) -> None:
    world.put("object", content(1000))
    bucket = world.bucket()
    (remote,) = world.entries(bucket)
    (world.folder / "temp-0").mkdir()
    result = refused(world.fetch_one(bucket, remote))
    assert result.kind is OutcomeKind.FAILED
    assert "cannot be written" in result.detail
