"""Where the state is kept, and whose it is: no state ever speaks for another folder or bucket (rule 5)."""

import shutil
from collections.abc import Callable

import pytest

from tests.e2e.kit import World

CONTENTS = {f"k{number}": b"content %d" % number for number in range(30)}


def begin(world: World, **options: object) -> World:
    """A pair that goes both ways, with its state outside the folder."""
    world.configure(**{"mode": "sync", "deletions": "propagate", "state_dir": world.root / "states"} | options)
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    return world


def test_a_state_outside_the_folder_does_its_work(world: World) -> None:
    begin(world)
    assert not (world.private / "state.db").exists()
    (world.folder / "k0").unlink()
    world.write("new", b"new")
    assert world.run().counts() == {"unchanged": 29, "uploaded": 1, "deleted": 1, "archived": 1}
    assert world.run().counts() == {"unchanged": 30}


@pytest.mark.parametrize("bucket", ["another bucket", "the same bucket"])
def test_two_pairs_of_one_name_in_one_state_dir_know_nothing_of_each_other(
    make_world: Callable[..., World], bucket: str
) -> None:
    """The other one's files would look as if they had been here, and were deleted since."""
    first = begin(make_world())
    second = make_world(beside=first) if bucket == "the same bucket" else make_world()
    second.configure(mode="sync", deletions="propagate", state_dir=first.root / "states")
    if bucket == "another bucket":
        second.put_many(CONTENTS)
    for key in list(CONTENTS)[:25]:
        second.write(key, CONTENTS[key])
    result = second.run()
    assert (result.exit, result.summary["deleted"]) == (0, 0)
    assert second.tree() == second.remote() == CONTENTS
    assert first.run().counts() == {"unchanged": 30}


def test_a_folder_that_was_made_anew_is_not_taken_for_one_whose_files_were_deleted(world: World) -> None:
    """All records of the folder are gone but the state, which is elsewhere: that is no first run."""
    begin(world)
    shutil.rmtree(world.folder)
    shutil.rmtree(world.state_home)
    for key in list(CONTENTS)[:25]:
        world.write(key, CONTENTS[key])
    held = world.run()
    assert (held.exit, held.guards) == (4, {"identity"})
    assert world.remote() == CONTENTS


def test_a_state_dir_among_the_files_of_a_folder_is_a_mistake_in_the_config(world: World) -> None:
    """The state would be one of the files that it tells of, and change with every run."""
    world.put("a", b"one")
    world.configure(mode="sync", state_dir=world.folder / "states")
    result = world.tell("run")
    assert result.exit == 2
    assert f"[bucket:photos] state_dir = {world.folder}/states: expected a directory outside of" in result.stderr
    assert not world.folder.exists()


@pytest.mark.parametrize("mode", ["sync", "backup", "publish"])
def test_what_was_agreed_with_another_bucket_deletes_nothing_from_this_one(
    make_world: Callable[..., World], mode: str
) -> None:
    """The bucket in the config is another one, on purpose: what it lacks was never deleted from it."""
    world, other = make_world(), make_world()
    world.configure(mode=mode, deletions="propagate")
    world.put_many(CONTENTS)
    for key, data in CONTENTS.items():
        world.write(key, data)
    assert world.run().exit == 0
    (world.folder / "k0").unlink()
    moved_over = {key: data for key, data in CONTENTS.items() if key != "k1"}
    other.put_many(moved_over)
    world.bucket, world.objects = other.bucket, moved_over
    world.configure(mode=mode, deletions="propagate")
    assert world.run().exit == 4
    planned = world.tell("plan", "--json")
    result = world.run("--adopt")
    assert (result.exit, result.counts()["adopted"], result.summary["deleted"]) == (0, 28, 0)
    assert {(event["action"], event["key"]) for event in planned.events[1:]} == {done[:2] for done in result.actions}
    assert world.tree().keys() | {"k0"} == CONTENTS.keys()
    assert world.remote().keys() | {"k1"} == CONTENTS.keys()
    assert world.run().summary["deleted"] == 0
