"""A crash at every single disk operation, state write and log sync of a run; the next run makes it good (rule 10)."""

import itertools
from collections.abc import Callable

import pytest

from tests.e2e.kit import World
from tests.machine.fuse import Fuse, crash_at
from tests.machine.history import Life

SHARDS = 6


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_crash_anywhere_is_made_good_by_the_next_run(world: World, fuse: Fuse, shard: int) -> None:
    life = Life(world, seed=shard)
    life.begin()
    crashes = 0
    for number in itertools.count(shard, SHARDS):
        life.go_on()
        if not crash_at(world, fuse, number):
            break
        crashes += 1
        life.check()
    assert crashes >= 6
    assert {"before StateStore.intend", "after StateStore.commit", "rename-into-place", "rename-to-history"} <= set(
        fuse.seen
    )
    life.check()
    life.check_rest()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_crash_of_the_very_first_run(make_world: Callable[..., World], fuse: Fuse, shard: int) -> None:
    for number in itertools.count(shard, SHARDS):
        world = make_world()
        world.put_many({"a": b"1", "b/c": b"2"})
        if not crash_at(world, fuse, number):
            return
        assert world.run().exit == 0, f"crashed {fuse.seen[-1]}"
        world.check_settled()
        assert world.history() == {}


@pytest.mark.parametrize("first", range(3, 50, 6))
def test_a_crash_while_a_crash_is_made_good(world: World, fuse: Fuse, first: int) -> None:
    life = Life(world, seed=first)
    life.begin()
    life.go_on()
    assert crash_at(world, fuse, first)
    for second in range(0, 60, 4):
        if not crash_at(world, fuse, second):
            break
    life.check()


def test_the_order_of_a_batch_is_that_of_rule_1(world: World, fuse: Fuse) -> None:
    """Temps durable, intents, renames, durable, run log durable, state: each after the one before."""
    world.put("a", b"1")
    world.run()
    world.put("a", b"2")
    fuse.seen = []
    world.run()
    order = iter(fuse.seen)
    for step in (
        "after LocalFolder.sync",
        "after StateStore.intend",
        "rename-to-history",
        "rename-into-place",
        "after LocalFolder.sync",
        "after JsonlRunLog.sync",
        "before StateStore.commit",
    ):
        assert step in order, (step, fuse.seen)
