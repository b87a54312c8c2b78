"""Cycles of renames that are cut off while an object waits under a reserved key (rule 20)."""

from collections.abc import Callable
from typing import Any

import pytest

from kodokeep import app
from kodokeep.model.parking import is_parking_key
from tests.e2e.kit import World
from tests.machine.fuse import Crash
from tests.machine.shared import BUCKET, CONFLICT, Shared
from tests.machine.sides import rotate

BEGIN = {"a": b"content of a", "b": b"content of b", "c": b"content of c"}
ROTATED = {"a": b"content of c", "b": b"content of a", "c": b"content of b"}
PARKED_ONLY, ONE_MOVED = 1, 2


def cut_off(make_world: Callable[..., World], calls: int, **options: str) -> Shared:
    """Three files changed names on the first machine; its run was killed after so many calls that move objects."""
    shared = Shared(make_world, **options)
    for key, data in BEGIN.items():
        shared.change(BUCKET, lambda side, key=key, data=data: side.write(key, data))  # type: ignore[misc]
    shared.settle()
    shared.change("machine 0", lambda side: rotate(side, ["a", "b", "c"]))
    left = [calls]
    original = app.KodoBucket.move_many

    def move_and_die(*arguments: Any) -> Any:
        results = original(*arguments)
        left[0] -= 1
        if left[0] == 0:
            raise Crash
        return results

    shared.look()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.KodoBucket, "move_many", move_and_die)
        with pytest.raises(Crash):
            shared.worlds[0].tell("run")
    assert len(parked(shared)) == 1
    return shared


def parked(shared: Shared) -> list[str]:
    return [key for key in shared.bucket.contents() if is_parking_key(key)]


@pytest.mark.parametrize("deletions", ["restore", "propagate"])
@pytest.mark.parametrize("calls", [PARKED_ONLY, ONE_MOVED])
def test_the_next_run_goes_through_with_it(make_world: Callable[..., World], calls: int, deletions: str) -> None:
    shared = cut_off(make_world, calls, deletions=deletions)
    assert shared.run(0).exit == 0
    assert shared.bucket.contents() == ROTATED
    shared.settle()
    assert shared.worlds[1].tree() == ROTATED


@pytest.mark.parametrize("deletions", ["restore", "propagate"])
@pytest.mark.parametrize("calls", [PARKED_ONLY, ONE_MOVED])
def test_what_waits_is_nothing_to_the_other_machine(
    make_world: Callable[..., World], calls: int, deletions: str
) -> None:
    """It would be a file of a strange name there, and with `restore` never go away again."""
    shared = cut_off(make_world, calls, deletions=deletions)
    result = shared.run(1)
    assert (result.exit, result.counts()["filtered"], result.notices) == (0, 1, {"parked"})
    assert not any(is_parking_key(key) for key in shared.worlds[1].tree())
    shared.settle()
    assert parked(shared) == []
    assert set(shared.bucket.contents().values()) == set(BEGIN.values())


def test_what_finds_both_its_names_taken_gets_one_more(make_world: Callable[..., World]) -> None:
    """Somebody wrote to the name that the content left, and to the one that it was to get."""
    shared = cut_off(make_world, ONE_MOVED)
    for name in ("machine 0", BUCKET):
        for key in BEGIN:
            shared.change(name, lambda side, key=key: side.write(key, b"written anew"))  # type: ignore[misc]
    before = set(shared.bucket.contents().values())
    result = shared.run(0, "--accept-changes")
    assert (result.exit, result.notices) == (0, {"settled-crash", "parked", "left-parked"})
    assert parked(shared) == []
    shared.settle()
    (kept,) = (key for key in shared.bucket.contents() if CONFLICT in key)
    assert {shared.bucket.contents()[kept], b"written anew"} == before


def test_a_bucket_that_refuses_lets_it_wait_for_a_later_run(make_world: Callable[..., World]) -> None:
    shared = cut_off(make_world, PARKED_ONLY)
    refusing = {"host": "rs", "path": "move", "status": 599}
    assert shared.run(0, faults=[refusing]).exit in (3, 6)
    assert len(parked(shared)) == 1
    shared.settle()
    assert shared.bucket.contents() == ROTATED
