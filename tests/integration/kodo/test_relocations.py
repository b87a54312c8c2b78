"""Moves and copies that meet another bucket than was planned for: nothing is overwritten, and nothing stays astray."""

import threading
from collections.abc import Callable

import pytest

from kodokeep.kodo.bucket import KodoBucket, Tuning
from kodokeep.kodo.retry import Retry
from kodokeep.model.outcome import Did, DidKind, Relocation
from tests.integration.kodo.conftest import PUBLIC, World

DONE = Did(DidKind.DONE)


@pytest.fixture
def planned(world: World) -> Relocation:
    """From `source`, which holds `old`, to `target`, which is free."""
    put = world.emulator.put(PUBLIC, world.prefix + "source", b"old")
    return Relocation(world.prefix + "source", world.prefix + "target", put["hash"], 3)


def between(world: World, path: str, nth: int, change: Callable[[], object]) -> KodoBucket:
    """A client whose n-th batch of those that the path is found in is refused once; then `change` comes before it."""
    world.emulator.faults([{"host": "rs", "path": path, "nth": nth, "status": 599}])

    def pause(_seconds: float, _cancel: threading.Event) -> None:
        change()

    return world.bucket(tuning=Tuning(retry=Retry(pause=pause)))


def held(world: World, name: str) -> str | None:
    """The hash of what is there."""
    (entry,) = world.bucket().stat_many([world.prefix + name])
    return entry and entry.hash


def test_a_move_leaves_nothing_behind_and_keeps_what_the_object_is(world: World) -> None:
    key = world.put("source", b"x", mime="text/x-test", metadata={"who": "me"})
    bucket = world.bucket()
    (before,) = bucket.stat_many([key])
    assert before is not None
    assert bucket.move_many([Relocation(key, world.prefix + "t", before.hash, 1)]) == [DONE]
    (after,) = world.entries()
    assert (after.key, after.hash, after.mime) == (world.prefix + "t", before.hash, before.mime)
    assert after.metadata == before.metadata


@pytest.mark.parametrize("content", [b"old", b"other"])
def test_a_move_never_overwrites(world: World, planned: Relocation, content: bytes) -> None:
    world.put("target", content)
    before = held(world, "source"), held(world, "target")
    assert [did.kind for did in world.bucket().move_many([planned])] == [DidKind.TAKEN]
    assert (held(world, "source"), held(world, "target")) == before


def test_a_move_of_nothing(world: World, planned: Relocation) -> None:
    world.emulator.delete(PUBLIC, planned.source_key)
    assert [did.kind for did in world.bucket().move_many([planned])] == [DidKind.GONE]
    world.put("target", b"other")
    assert [did.kind for did in world.bucket().move_many([planned])] == [DidKind.GONE]


def test_a_move_that_an_earlier_run_made_is_done(world: World, planned: Relocation) -> None:
    assert world.bucket().move_many([planned]) == world.bucket().move_many([planned]) == [DONE]


def test_a_copy_leaves_the_source(world: World, planned: Relocation) -> None:
    assert world.bucket().copy_many([planned]) == [DONE]
    assert held(world, "source") == held(world, "target") == planned.hash


def test_a_copy_that_is_there_already_is_done(world: World, planned: Relocation) -> None:
    world.put("target", b"old")
    assert world.bucket().copy_many([planned]) == [DONE]


def test_a_copy_never_overwrites(world: World, planned: Relocation) -> None:
    other = world.emulator.put(PUBLIC, planned.target_key, b"other")
    assert [did.kind for did in world.bucket().copy_many([planned])] == [DidKind.TAKEN]
    assert held(world, "target") == other["hash"]


def test_a_copy_of_a_source_that_is_gone_or_changed_is_not_tried(world: World, planned: Relocation) -> None:
    world.put("source", b"new")
    assert [did.kind for did in world.bucket().copy_many([planned])] == [DidKind.GONE]
    world.emulator.delete(PUBLIC, planned.source_key)
    assert [did.kind for did in world.bucket().copy_many([planned])] == [DidKind.GONE]
    assert held(world, "target") is None


def test_a_copy_whose_source_goes_at_the_last_moment(world: World, planned: Relocation) -> None:
    bucket = between(world, "^/copy/", 1, lambda: world.emulator.delete(PUBLIC, planned.source_key))
    assert [did.kind for did in bucket.copy_many([planned])] == [DidKind.GONE]
    assert held(world, "target") is None


def test_a_copy_whose_source_changes_at_the_last_moment_is_removed_again(world: World, planned: Relocation) -> None:
    bucket = between(world, "^/copy/", 1, lambda: world.put("source", b"new"))
    assert [did.kind for did in bucket.copy_many([planned])] == [DidKind.GONE]
    assert held(world, "target") is None
    assert held(world, "source") not in (None, planned.hash)


def test_what_somebody_puts_in_the_place_of_a_copy_stays(world: World, planned: Relocation) -> None:
    bucket = between(world, "/target$", 2, lambda: world.put("target", b"precious"))
    assert [did.kind for did in bucket.copy_many([planned])] == [DidKind.TAKEN]
    assert held(world, "target") == world.emulator.put(PUBLIC, "twin", b"precious")["hash"]


def test_a_copy_that_is_removed_at_once(world: World, planned: Relocation) -> None:
    bucket = between(world, "/target$", 2, lambda: world.emulator.delete(PUBLIC, planned.target_key))
    assert [did.kind for did in bucket.copy_many([planned])] == [DidKind.FAILED]


def test_deleting_what_is_not_there(world: World, planned: Relocation) -> None:
    assert world.bucket().delete_many([planned.source_key, planned.target_key]) == [DONE, DONE]
    assert world.entries() == []
