"""A lost state is never a trap: all is adopted by content, nothing is deleted or sent again, nobody is asked."""

import os

import pytest

from tests.e2e.kit import Result, World

MIB = 2**20
LARGE = os.urandom(5 * MIB)


def lose(world: World) -> None:
    """The file is gone, as after a repair of the disk."""
    for file in world.private.glob("state.db*"):
        file.unlink()


def settled(world: World) -> Result:
    """A run after the loss, which nobody has to confirm; the next one finds nothing to do."""
    result = world.run()
    assert (result.exit, result.guards, result.summary["deleted"]) == (0, set(), 0)
    assert set(world.run().counts()) <= {"unchanged", "remote_only"}
    return result


def test_what_was_sent_or_came_in_parts_is_known_by_its_parts(world: World) -> None:
    world.configure(mode="sync", deletions="propagate")
    world.put("there", b"y" * (9 * MIB), parts=[5 * MIB, 4 * MIB])
    world.write("here", LARGE)
    assert world.run().exit == 0
    lose(world)
    result = settled(world)
    assert result.counts() == {"adopted": 2}
    assert (result.downloads(), result.uploads()) == ([], [])


def test_a_publish_leaves_what_only_the_bucket_has(world: World) -> None:
    world.configure(mode="publish", deletions="propagate")
    world.put("remote only", b"there")
    for path, data in {"a": b"a", "b": b"b", "large": LARGE}.items():
        world.write(path, data)
    assert world.run().exit == 0
    (world.folder / "b").unlink()
    lose(world)
    result = settled(world)
    assert result.counts() == {"adopted": 2, "remote_only": 2}
    assert (result.downloads(), result.uploads()) == ([], [])
    assert world.remote().keys() == {"remote only", "a", "b", "large"}


def test_a_file_that_was_edited_at_the_same_time_loses_nothing(world: World) -> None:
    """Nobody can know which side is the newer one: both contents are kept."""
    world.configure(mode="sync", deletions="propagate")
    world.put_many({"a": b"a", "edited": b"agreed"})
    assert world.run().exit == 0
    world.write("edited", b"edited here")
    lose(world)
    assert settled(world).counts() == {"adopted": 1, "conflicts": 1, "uploaded": 1}
    assert world.tree() == world.remote()
    assert set(world.tree().values()) == {b"a", b"agreed", b"edited here"}


def test_a_publish_asks_for_that_file_only(world: World) -> None:
    world.configure(mode="publish")
    for path, data in {"a": b"a", "edited": b"agreed"}.items():
        world.write(path, data)
    assert world.run().exit == 0
    world.write("edited", b"edited here")
    lose(world)
    held = world.run()
    assert (held.exit, held.counts(), held.guards) == (4, {"adopted": 1, "held": 1}, {"never-synced"})
    assert world.remote()["edited"] == b"agreed"
    assert world.tell("approve", "photos").exit == 0
    assert world.run().counts() == {"unchanged": 1, "uploaded": 1, "archived": 1}
    assert list(world.history().values()) == [b"agreed"]


@pytest.mark.parametrize("deletions", ["propagate", "restore"])
def test_after_a_run_that_was_cut_off_in_the_middle_of_a_swap_both_contents_are_there(
    world: World, deletions: str
) -> None:
    world.configure(mode="sync", deletions=deletions)
    world.put_many({"one": b"first", "two": b"second", "three": b"third"})
    assert world.run().exit == 0
    (world.folder / "one").rename(world.folder / "waiting")
    (world.folder / "two").rename(world.folder / "one")
    (world.folder / "waiting").rename(world.folder / "two")
    world.emulator.faults([{"host": "rs", "status": 599, "nth": list(range(2, 100))}])
    assert world.run().exit == 6
    world.emulator.clear_faults()
    lose(world)
    settled_beside_what_waits(world)
    assert {key: data for key, data in world.remote().items() if "/moving/" not in key} == world.tree()
    assert set(world.tree().values()) == {b"first", b"second", b"third"}


def settled_beside_what_waits(world: World) -> None:
    """Whose the waiting object is, nobody knows any more: it is told and left alone."""
    for _ in range(2):
        result = world.run()
        assert (result.exit, result.summary["deleted"], result.summary["filtered"]) == (0, 0, 1)
        assert result.notices == {"parked"}
    assert set(result.counts()) == {"unchanged", "filtered"}
