"""Many operations in few calls: what is asked again, what is not, and what a lost reply may have done (rule 26)."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kodokeep.errors import BucketUnknown, Interrupted, KodoError, SignInRefused, Unreachable
from kodokeep.kodo.bucket import KodoBucket, Tuning
from kodokeep.kodo.retry import Retry
from kodokeep.model.options import Credentials
from kodokeep.model.outcome import Did, DidKind, Relocation
from tests.emulator_process import Emulator
from tests.integration.kodo.conftest import HOSTILE_KEYS, NEVER, PUBLIC, World, content

DONE = Did(DidKind.DONE)

COUNT = 2500

LOST_REPLIES: list[dict[str, Any]] = [
    {"reset_at": 0},
    {"reset_at": 5},
    {"truncate_at": 5},
    {"short_length": 5},
    {"json_error_200": True},
    {"anonymous": True},
]
"""The operations are done, and nobody is told."""

REFUSALS: list[dict[str, Any]] = [
    {"status": 429},
    {"status": 503},
    {"status": 571},
    {"status": 573},
    {"status": 599},
    {"status": 599, "reset_at": 0},
    {"html_200": True},
    {"reset_request_at": 1},
    {"status": 200, "body": "[]"},
    {"status": 200, "body": '[{"code": "200"}]'},
]
"""Nothing is done, and nothing is told that could be believed."""


def move(bucket: KodoBucket, source: str, target: str) -> Relocation:
    """A move, or copy, of what the source has now."""
    (found,) = bucket.stat_many([source])
    assert found is not None
    return Relocation(source, target, found.hash, found.size_bytes)


def three(world: World, bucket: KodoBucket) -> list[Relocation]:
    """Moves of three objects: a to A and so on."""
    keys = [world.put(name, name.encode()) for name in "abc"]
    moves = [move(bucket, key, world.prefix + key[-1].upper()) for key in keys]
    world.emulator.clear_log()
    return moves


def batches(world: World) -> int:
    return len(world.requests_of("rs"))


def names(world: World) -> list[str]:
    return [entry.key.removeprefix(world.prefix) for entry in world.entries()]


@pytest.fixture(scope="module")
def large() -> Iterator[Emulator]:
    with Emulator(PUBLIC) as running:
        yield running


def test_thousands_need_a_call_for_each_thousand(large: Emulator, tmp_path: Path) -> None:
    world = World(large, "", tmp_path)
    bucket = world.bucket()
    large.put(PUBLIC, "seed", b"x")
    seed = move(bucket, "seed", "")
    large.clear_log()
    copies = [Relocation("seed", f"a/{n:04}", seed.hash, seed.size_bytes) for n in range(COUNT)]
    assert bucket.copy_many(copies) == [DONE] * COUNT
    assert batches(world) == 9
    large.clear_log()
    moves = [Relocation(copy.target_key, f"b/{n:04}", seed.hash, 1) for n, copy in enumerate(copies)]
    assert bucket.move_many(moves) == [DONE] * COUNT
    assert batches(world) == 3
    keys = [entry.key for entry in bucket.listing("", NEVER)]
    assert keys == [f"b/{n:04}" for n in range(COUNT)] + ["seed"]
    large.clear_log()
    looks = bucket.stat_many([*reversed(keys), "a/0000"])
    assert [look and look.key for look in looks] == [*reversed(keys), None]
    assert bucket.delete_many(keys) == [DONE] * (COUNT + 1)
    assert batches(world) == 6
    assert list(bucket.listing("", NEVER)) == []


def test_nothing_asks_nothing(world: World) -> None:
    bucket = world.bucket()
    assert (bucket.stat_many([]), bucket.delete_many([]), bucket.move_many([]), bucket.copy_many([])) == ([],) * 4
    assert bucket.requests == 0


@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_hostile_keys(world: World, key: str) -> None:
    bucket = world.bucket()
    put = world.emulator.put(PUBLIC, key, key.encode() + b"!")
    away, back, twin = world.prefix + "away", world.prefix + "back", world.prefix + "twin"
    there = move(bucket, key, away)
    assert (there.hash, bucket.move_many([there])) == (put["hash"], [DONE])
    assert bucket.stat_many([key, away])[0] is None
    assert bucket.copy_many([Relocation(away, key, there.hash, there.size_bytes)]) == [DONE]
    assert bucket.move_many([Relocation(key, back, there.hash, there.size_bytes)]) == [DONE]
    assert bucket.copy_many([Relocation(back, twin, there.hash, there.size_bytes)]) == [DONE]
    assert names(world) == ["away", "back", "twin"]
    world.emulator.put(PUBLIC, key, b"")
    assert bucket.delete_many([key]) == [DONE]
    assert bucket.stat_many([key]) == [None]


def test_a_batch_of_the_longest_keys(world: World) -> None:
    bucket = world.bucket()
    planned = move(bucket, world.put("a", b"x"), "")
    keys = [f"{n:06}" + "😀" * 186 for n in range(1000)]
    copies = [Relocation(planned.source_key, key, planned.hash, 1) for key in keys]
    world.emulator.clear_log()
    assert bucket.copy_many(copies) == [DONE] * 1000
    assert bucket.delete_many(keys) == [DONE] * 1000
    assert batches(world) == 4


def test_a_stat_tells_what_the_listing_tells(world: World) -> None:
    mib = 1024 * 1024
    world.put("a", content(3 * mib), parts=[2 * mib, mib], mime="text/x-test", metadata={"who": "me"})
    world.put("b", b"b")
    bucket = world.bucket()
    entries = world.entries(bucket)
    assert bucket.stat_many([entry.key for entry in entries]) == entries


@pytest.mark.parametrize("fault", LOST_REPLIES, ids=str)
def test_a_lost_reply_to_moves_is_judged_by_what_is_there(world: World, fault: dict[str, Any]) -> None:
    bucket = world.bucket()
    moves = three(world, bucket)
    world.emulator.faults([{"host": "rs", "path": "^/move/", "nth": 1, **fault}])
    assert bucket.move_many(moves) == [DONE] * 3
    assert names(world) == ["A", "B", "C"]
    assert batches(world) == 4


@pytest.mark.parametrize("fault", LOST_REPLIES, ids=str)
def test_a_lost_reply_to_copies_and_deletions(world: World, fault: dict[str, Any]) -> None:
    bucket = world.bucket()
    copies = three(world, bucket)
    world.emulator.faults([{"host": "rs", "path": "^/copy/|^/delete/", "nth": [1, 3], **fault}])
    assert bucket.copy_many(copies) == [DONE] * 3
    assert bucket.delete_many([copy.source_key for copy in copies]) == [DONE] * 3
    assert names(world) == ["A", "B", "C"]
    assert [rule["fired"] for rule in world.emulator.rules()] == [2]


def test_a_lost_reply_tells_done_and_refused_apart(world: World) -> None:
    bucket = world.bucket()
    moves = three(world, bucket)
    world.put("B", b"of somebody else")
    world.emulator.delete(PUBLIC, moves[2].source_key)
    world.emulator.faults([{"host": "rs", "path": "^/move/", "nth": 1, "reset_at": 0}])
    assert [did.kind for did in bucket.move_many(moves)] == [DidKind.DONE, DidKind.TAKEN, DidKind.GONE]
    assert names(world) == ["A", "B", "b"]


@pytest.mark.parametrize("fault", REFUSALS, ids=str)
def test_a_call_that_is_refused_is_sent_again(world: World, fault: dict[str, Any]) -> None:
    bucket = world.bucket()
    moves = three(world, bucket)
    world.emulator.faults([{"host": "rs", "nth": [1, 2], **fault}])
    assert bucket.move_many(moves) == [DONE] * 3
    assert names(world) == ["A", "B", "C"]
    assert batches(world) == 3


@pytest.mark.parametrize("status", [429, 503, 571, 573, 599])
def test_only_what_failed_for_a_while_is_asked_for_again(world: World, status: int) -> None:
    bucket = world.bucket()
    moves = three(world, bucket)
    world.emulator.faults([{"path": ":[^:]*/[bc]$", "operation_status": status, "nth": [1, 2]}])
    assert bucket.move_many(moves) == [DONE] * 3
    assert names(world) == ["A", "B", "C"]
    first, *others = [line["received"] for line in world.requests_of("rs")]
    assert len(others) == 2
    assert all(received < first for received in others)


def test_what_fails_for_ever_fails_alone(world: World) -> None:
    bucket = world.bucket()
    moves = three(world, bucket)
    world.emulator.faults([{"path": "/b$", "operation_status": 573}, {"path": "/c$", "operation_status": 403}])
    dids = bucket.move_many(moves)
    assert [did.kind for did in dids] == [DidKind.DONE, DidKind.FAILED, DidKind.FAILED]
    assert ("573" in dids[1].detail, "403" in dids[2].detail) == (True, True)
    assert [rule["fired"] for rule in world.emulator.rules()] == [7, 1]
    assert names(world) == ["A", "b", "c"]


@pytest.mark.parametrize("fault", [{"operation_status": 400}, {"operation_status": 599}], ids=str)
def test_a_look_that_fails_is_an_error(world: World, fault: dict[str, Any]) -> None:
    keys = [world.put(name, b"x") for name in "ab"]
    world.emulator.faults([{"path": "/b$", **fault}])
    with pytest.raises(KodoError, match=str(fault["operation_status"])):
        world.bucket().stat_many(keys)


@pytest.mark.parametrize("data", ["null", "{}", '{"fsize":-1}'])
def test_a_look_that_cannot_be_read_is_an_error(world: World, data: str) -> None:
    world.emulator.faults([{"host": "rs", "status": 200, "body": f'[{{"code":200,"data":{data}}}]'}])
    with pytest.raises(KodoError, match="unreadable"):
        world.bucket().stat_many(["a"])


def test_moves_that_cannot_be_judged_fail(world: World) -> None:
    bucket = world.bucket()
    moves = three(world, bucket)
    world.emulator.faults(
        [{"path": "^/move/", "nth": 1, "reset_at": 0}, {"path": "^/stat/.*", "operation_status": 403}]
    )
    dids = bucket.move_many(moves)
    assert [did.kind for did in dids] == [DidKind.FAILED] * 3
    assert "403" in dids[0].detail


def test_nobody_answers(world: World) -> None:
    bucket = world.bucket()
    moves = three(world, bucket)
    world.emulator.faults([{"host": "rs", "status": 503}])
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        bucket.move_many(moves)
    assert batches(world) == 7


def test_an_unknown_bucket(world: World) -> None:
    with pytest.raises(BucketUnknown):
        world.bucket("nobodys").delete_many(["a"])


def test_a_bucket_that_is_dropped_meanwhile(world: World) -> None:
    bucket = world.bucket()
    moves = three(world, bucket)
    world.emulator.faults([{"host": "rs", "operation_status": 631}])
    with pytest.raises(BucketUnknown):
        bucket.move_many(moves)
    assert batches(world) == 1


@pytest.mark.parametrize("access_key", [None, "who"])
def test_wrong_keys(world: World, access_key: str | None) -> None:
    bucket = world.bucket(credentials=Credentials(access_key or world.emulator.access_key, "wrong"))
    with pytest.raises(SignInRefused):
        bucket.delete_many(["a"])
    assert batches(world) == (access_key is None)


def test_stopped_during_a_back_off(world: World) -> None:
    stop = threading.Event()

    def pause(_seconds: float, cancel: threading.Event) -> bool:
        stop.set()
        return cancel.wait()

    moves = three(world, world.bucket())
    world.emulator.faults([{"host": "rs", "status": 599}])
    with pytest.raises(Interrupted):
        world.bucket(tuning=Tuning(retry=Retry(pause=pause))).move_many(moves, stop)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kodo")]
    assert batches(world) == 1


def test_stopped_before(world: World) -> None:
    stop = threading.Event()
    stop.set()
    bucket = world.bucket()
    for ask in (bucket.stat_many, bucket.delete_many):
        with pytest.raises(Interrupted):
            ask(["a"], stop)
    assert bucket.requests == 0


def test_with_a_stop_that_is_not_given(world: World) -> None:
    bucket = world.bucket()
    assert bucket.move_many(three(world, bucket), NEVER) == [DONE] * 3
