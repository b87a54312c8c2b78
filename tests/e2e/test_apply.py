"""Plan files: `apply` does what the plan says, refuses what moved on, and leaves all else alone."""

from pathlib import Path

import pytest

from tests.e2e.kit import Result, World, check_sums

CONTENTS = {name: name.encode() * 3 for name in ("a", "b", "c", "d", "e", "f")}


@pytest.fixture
def synced(world: World) -> World:
    world.configure(mode="sync", deletions="propagate", guard_objects=1000)
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    return world


def planned(world: World) -> Path:
    """A plan file of the pair as it is now."""
    file = world.root / "plan.jsonl"
    assert world.tell("plan", "photos", "-o", str(file), "--force").exit in (0, 4)
    return file


def apply(world: World, file: Path, *options: str) -> Result:
    result = world.tell("apply", "--json", *options, str(file))
    check_sums(result.summary)
    return result


def swap(world: World, *names: str) -> None:
    """Each of these files gets the name of the next, the last one that of the first."""
    for name in names:
        (world.folder / name).rename(world.folder / f"{name}.away")
    for name, target in zip(names, (*names[1:], names[0]), strict=True):
        (world.folder / f"{name}.away").rename(world.folder / target)


def check_converges(world: World) -> None:
    for _ in range(2):
        assert world.run("--accept-changes").exit == 0
    assert world.tree() == world.remote()
    assert set(world.run().counts()) == {"unchanged"}
    world.check_nothing_pending()


def test_what_came_after_the_plan_is_left_alone(synced: World) -> None:
    synced.write("a", b"edited")
    synced.write("new", b"new")
    (synced.folder / "b").unlink()
    file = planned(synced)
    synced.write("later", b"later")
    synced.put("c", b"edited in the bucket")
    result = apply(synced, file)
    assert (result.exit, result.counts()) == (
        0,
        {"uploaded": 2, "deleted": 1, "archived": 2, "unchanged": 3, "filtered": 2},
    )
    assert synced.tree()["c"] == CONTENTS["c"]
    assert "later" not in synced.remote()
    check_converges(synced)


def test_what_moved_on_is_refused_and_the_rest_is_done(synced: World) -> None:
    synced.write("a", b"edited")
    synced.write("b", b"edited, too")
    (synced.folder / "c").unlink()
    file = planned(synced)
    synced.write("a", b"edited once more")
    synced.put("c", b"edited in the bucket")
    result = apply(synced, file)
    assert (result.exit, result.summary["uploaded"], result.summary["stale"]) == (3, 1, 2)
    assert synced.remote() == CONTENTS | {"b": b"edited, too", "c": b"edited in the bucket"}
    check_converges(synced)


def test_a_plan_that_was_applied_does_nothing_again(synced: World) -> None:
    synced.write("a", b"edited")
    file = planned(synced)
    assert apply(synced, file).exit == 0
    again = apply(synced, file)
    assert (again.exit, again.counts()) == (3, {"unchanged": 6, "stale": 1})
    check_converges(synced)


@pytest.mark.parametrize("moved", ["a", "b", "c", "spare"])
@pytest.mark.parametrize("side", ["here", "in the bucket"])
def test_a_chain_of_renames_of_which_one_leg_moved_on(synced: World, moved: str, side: str) -> None:
    """a → b → c → spare: whatever is refused, no move takes a place that is not free."""
    for name, target in (("c", "spare"), ("b", "c"), ("a", "b")):
        (synced.folder / name).rename(synced.folder / target)
    file = planned(synced)
    if side == "here":
        synced.write(moved, b"written after the plan")
    else:
        synced.put(moved, b"written after the plan")
    result = apply(synced, file)
    stands = (moved, side) == ("a", "here")  # the chain began there, so it is as before
    assert (result.exit, result.summary["stale"] > 0) == ((0, False) if stands else (3, True))
    kept = {*synced.tree().values(), *synced.remote().values(), *synced.history().values()}
    assert kept >= {b"written after the plan", *synced.tree().values()}
    check_converges(synced)
    assert b"written after the plan" in synced.remote().values()


@pytest.mark.parametrize("side", ["here", "in the bucket"])
def test_a_cycle_of_renames_of_which_one_leg_moved_on(synced: World, side: str) -> None:
    swap(synced, "a", "b", "c")
    file = planned(synced)
    if side == "here":
        synced.write("b", b"written after the plan")
    else:
        synced.put("b", b"written after the plan")
    assert apply(synced, file).exit == 3
    check_converges(synced)
    assert set(synced.remote().values()) >= {b"written after the plan"}
    assert not [key for key in synced.emulator.keys(synced.bucket) if "moving" in key]


def test_two_chains_become_a_cycle_after_the_plan(synced: World) -> None:
    """What was the free end of a chain is where another one begins by now."""
    (synced.folder / "b").rename(synced.folder / "z")
    (synced.folder / "a").rename(synced.folder / "b")
    file = planned(synced)
    (synced.folder / "z").rename(synced.folder / "a")
    result = apply(synced, file)
    assert result.exit == 3
    assert set(synced.remote().values()) >= set(CONTENTS.values())
    check_converges(synced)
    assert synced.remote() == CONTENTS | {"a": CONTENTS["b"], "b": CONTENTS["a"]}


def test_a_plan_does_not_settle_a_changed_filter(synced: World) -> None:
    """Rule 18: the first whole plan under other settings is shown, whatever part of it was applied before."""
    synced.configure(mode="sync", deletions="propagate", guard_objects=1000, exclude="[ab]")
    assert synced.run().exit == 0
    synced.delete("a", "b")
    synced.configure(mode="sync", deletions="propagate", guard_objects=1000)
    synced.write("new", b"new")
    file = planned(synced)
    text = file.read_text().splitlines()
    kept = [line for line in text if '"key":"new"' in line]
    header = text[0].replace(f'"actions":{len(text) - 1}', '"actions":1')
    file.write_text("\n".join([header, *kept, ""]))
    assert apply(synced, file).exit == 0
    held = synced.run()
    assert (held.exit, held.guards) == (4, {"settings-changed"})
    assert synced.tree().keys() >= {"a", "b"}


def test_guards_hold_what_a_plan_says(synced: World) -> None:
    synced.configure(mode="sync", deletions="propagate", guard_objects=0, guard_percent=1)
    (synced.folder / "a").unlink()
    file = planned(synced)
    held = apply(synced, file)
    assert (held.exit, held.counts()) == (4, {"held": 1, "unchanged": 5})
    assert synced.remote() == CONTENTS
    assert apply(synced, file, "--accept-changes").exit == 0
    check_converges(synced)
