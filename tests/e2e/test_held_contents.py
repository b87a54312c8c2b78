"""Contents that nobody may lose unasked: never synced, withheld, kept in another mode (rules 21, 22, 25)."""

from typing import Any

import pytest

from kodokeep import app
from tests.e2e.kit import World

REST = {f"rest/{number:02}": b"rest %d" % number for number in range(30)}
HERE, THERE = b"never synced, here", b"never synced, in the bucket"


def begin(world: World, mode: str, **options: object) -> World:
    """Both sides agree on some files."""
    world.configure(**{"mode": mode} | options)
    world.put_many(REST)
    for key, data in REST.items():
        world.write(key, data)
    assert world.run().counts() == {"adopted": len(REST)}
    return world


def kept(world: World) -> set[bytes]:
    return {*world.tree().values(), *world.remote().values(), *world.history().values()}


HELD_AT_FIRST_SIGHT = [
    ("backup", None, THERE),
    ("publish", None, HERE),
    ("sync", "remote", THERE),
]


@pytest.mark.parametrize(("mode", "conflicts", "winner"), HELD_AT_FIRST_SIGHT)
def test_a_content_that_was_never_synced_is_held_at_first_sight(
    world: World, mode: str, conflicts: str | None, winner: bytes
) -> None:
    """One file among many, so no limit would hold it; with approval it goes to history."""
    begin(world, mode, **{"conflicts": conflicts} if conflicts else {})
    world.put("x", THERE)
    world.write("x", HERE)
    for _ in range(2):
        held = world.run()
        assert (held.exit, held.guards, held.summary["held"]) == (4, {"never-synced"}, 1)
        assert (world.tree()["x"], world.remote()["x"], world.history()) == (HERE, THERE, {})
    assert world.tell("approve", "photos", "x").exit == 0
    assert world.run().exit == 0
    assert world.tree()["x"] == world.remote()["x"] == winner
    assert kept(world) >= {HERE, THERE}
    assert world.run().exit == 0


@pytest.mark.parametrize("conflicts", ["keep-both", "newer"])
def test_a_sync_keeps_both_at_first_sight(world: World, conflicts: str) -> None:
    """`newer` cannot tell which of two contents of the same second is."""
    begin(world, "sync", conflicts=conflicts)
    world.put("x", THERE)
    world.write("x", HERE)
    assert world.run().counts() == {"conflicts": 1, "uploaded": 1, "unchanged": len(REST)}
    assert world.tree() == world.remote()
    assert kept(world) >= {HERE, THERE}


WITHHELD = ("frozen", "deep frozen", "thawing", "disabled")


def withhold(world: World, key: str, how: str) -> None:
    if how == "disabled":
        world.emulator.status(world.bucket, key, disabled=True)
        return
    world.emulator.chtype(world.bucket, key, 3 if how == "deep frozen" else 2)
    if how == "thawing":
        world.emulator.restore(world.bucket, key)


@pytest.mark.parametrize("how", WITHHELD)
@pytest.mark.parametrize("mode", ["sync", "publish"])
@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_an_object_whose_bytes_cannot_be_had_is_neither_overwritten_nor_deleted(
    world: World, mode: str, how: str, change: str
) -> None:
    begin(world, mode, deletions="propagate")
    key = "rest/07"
    withhold(world, key, how)
    assert world.run().counts() == {"touched": 1, "unchanged": len(REST) - 1}
    if change == "edited":
        world.write(key, b"edited")
    else:
        (world.folder / key).unlink()
    for options in ((), ("--accept-changes",)):
        held = world.run(*options)
        assert (held.exit, held.counts()) == (4, {"held": 1, "unchanged": len(REST) - 1})
        assert (held.uploads(), world.history()) == ([], {})
    assert world.emulator.stat(world.bucket, key)["fsize"] == len(REST[key])


def test_an_object_that_is_frozen_after_the_plan_stands_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(world, "sync")
    world.write("rest/07", b"edited")
    download, left = app.KodoBucket.download, ["frozen"]

    def freeze_first(*arguments: Any) -> Any:
        if left:
            withhold(world, "rest/07", left.pop())
        return download(*arguments)

    monkeypatch.setattr(app.KodoBucket, "download", freeze_first)
    result = world.run()
    assert (result.summary["uploaded"], result.summary["unavailable"]) == (0, 1)
    assert world.emulator.stat(world.bucket, "rest/07")["fsize"] == len(REST["rest/07"])
    assert world.run().exit == 4


def test_a_file_that_a_backup_kept_is_not_uploaded_when_the_mode_becomes_sync(world: World) -> None:
    """Its object was deleted on purpose; only an edit makes it a file like any other."""
    begin(world, "backup", deletions="keep")
    for key in ("rest/01", "rest/02"):
        world.delete(key)
    assert world.run().counts() == {"kept": 2, "unchanged": len(REST) - 2}
    assert world.run().counts() == {"unchanged": len(REST) - 2}, "settled, and not counted again"
    world.configure(mode="sync", deletions="propagate")
    assert world.run().exit == 4
    adopted = world.run("--adopt")
    assert (adopted.exit, adopted.uploads()) == (0, [])
    assert world.remote().keys() == REST.keys() - {"rest/01", "rest/02"}
    world.write("rest/01", b"edited after all")
    assert world.run().counts()["uploaded"] == 1
    world.put("rest/02", b"back with another content")
    assert world.run().exit == 0
    assert (
        world.tree()
        == world.remote()
        == REST
        | {
            "rest/01": b"edited after all",
            "rest/02": b"back with another content",
        }
    )


def test_an_object_that_a_publish_kept_does_not_come_back_when_the_mode_becomes_sync(world: World) -> None:
    begin(world, "publish", deletions="keep")
    (world.folder / "rest/01").unlink()
    assert world.run().counts() == {"kept": 1, "unchanged": len(REST) - 1}
    world.configure(mode="sync", deletions="propagate")
    adopted = world.run("--adopt")
    assert (adopted.exit, adopted.downloads()) == (0, [])
    assert ("rest/01" in world.tree(), "rest/01" in world.remote()) == (False, True)
    world.put("rest/01", b"changed in the bucket")
    assert world.run().exit == 0
    assert world.tree()["rest/01"] == b"changed in the bucket"


def test_a_publish_writes_no_file_of_the_tree(world: World) -> None:
    begin(world, "publish", deletions="propagate")
    world.put("only/there", b"1")
    world.put("rest/03", b"changed in the bucket")
    world.delete("rest/04")
    world.emulator.move(world.bucket, "rest/05", "rest/relabelled")
    (world.folder / "rest/06").unlink()
    before = world.tree()
    result = world.run()
    assert (result.exit, result.summary["remote_only"]) == (0, 2)
    assert world.tree() == before
    assert world.remote() == before | {"only/there": b"1", "rest/relabelled": REST["rest/05"]}
    assert kept(world) >= {b"changed in the bucket", REST["rest/06"]}
