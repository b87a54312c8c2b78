"""Renames in the bucket of which one wants a directory where another wants a file."""

import pytest

from tests.e2e.kit import World


@pytest.mark.parametrize("below", ["a//b", "a/b", "c/b"])
def test_a_swap_beside_a_rename_below_one_of_its_keys_is_done_in_one_run(world: World, below: str) -> None:
    world.configure(mode="sync")
    world.put_many({"a": b"one", "c": b"three", "x": b"moves below"})
    assert world.run().exit == 0
    for source, target in (("a", "t"), ("c", "a"), ("t", "c"), ("x", below)):
        world.emulator.move(world.bucket, source, target)
    result = world.run()
    assert (result.exit, result.counts(), result.downloads()) == (0, {"moved": 3}, [])
    assert world.tree() == world.remote() == {"a": b"three", "c": b"one", below: b"moves below"}
    assert world.history() == {}
    assert world.run().counts() == {"unchanged": 3}
