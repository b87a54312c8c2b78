"""Filters where changes go both ways: what they leave out is nobody's business, on whichever side it is (rule 18)."""

import shutil

import pytest

from tests.e2e.kit import World

CONTENTS = {"a.txt": b"content a", "b.txt": b"content b", "c.bak": b"content c", "d/x.txt": b"x", "d/y.bak": b"y"}


def begin(world: World, **options: object) -> World:
    """Both sides agree on everything; then the options come."""
    world.configure(mode="sync", deletions="propagate")
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    world.configure(**{"mode": "sync", "deletions": "propagate"} | options)
    assert world.run("--accept-changes").exit == 0
    return world


def check_at_rest(world: World) -> None:
    again = world.run()
    assert (again.exit, set(again.counts()) <= {"unchanged", "filtered"}) == (0, True)
    assert (again.downloads(), again.uploads()) == ([], [])


def test_a_name_that_leaves_or_enters_what_takes_part_is_gone_or_new(world: World) -> None:
    """On either side. What left is on the side that renamed it, and in history."""
    begin(world, exclude="*.bak")
    (world.folder / "a.txt").rename(world.folder / "a.bak")
    (world.folder / "c.bak").rename(world.folder / "c.txt")
    world.emulator.move(world.bucket, "b.txt", "b.bak")
    world.emulator.move(world.bucket, "d/y.bak", "d/y.txt")
    result = world.run()
    assert (result.exit, result.counts()["deleted"], result.counts()["archived"]) == (0, 2, 2)
    assert world.tree().keys() == {"a.bak", "c.txt", "d/x.txt", "d/y.txt", "d/y.bak"}
    assert world.remote().keys() == {"b.bak", "c.bak", "c.txt", "d/x.txt", "d/y.txt"}
    assert set(world.history().values()) == {b"content a", b"content b"}
    check_at_rest(world)


@pytest.mark.parametrize("side", ["folder", "bucket"])
def test_a_directory_that_is_left_out_can_be_deleted_on_one_side(world: World, side: str) -> None:
    """Nothing follows, and nothing is lost when it takes part again: that is a changed filter."""
    begin(world, exclude="/d/")
    if side == "folder":
        shutil.rmtree(world.folder / "d")
    else:
        world.delete("d/x.txt", "d/y.bak")
    check_at_rest(world)
    world.configure(mode="sync", deletions="propagate")
    held = world.run()
    assert (held.exit, held.guards, held.summary["held"]) == (4, {"settings-changed"}, 2)
    assert len(world.tree()) + len(world.remote()) == 2 * len(CONTENTS) - 2
    accepted = world.run("--accept-changes")
    assert (accepted.exit, accepted.counts()["deleted"], accepted.counts()["archived"]) == (0, 2, 2)
    assert world.tree() == world.remote()
    check_at_rest(world)


def test_a_directory_that_loses_its_last_file_keeps_what_is_left_out(world: World) -> None:
    begin(world, exclude="*.bak")
    world.delete("d/x.txt")
    assert world.run().summary["deleted"] == 1
    assert world.tree().keys() == CONTENTS.keys() - {"d/x.txt"}


def test_only_a_whole_key_within_the_limits_moves(world: World) -> None:
    """Sizes look at both sides: whichever is beyond keeps the key as it is, deleted or edited on the other."""
    begin(world, max_size="1K")
    world.put("b.txt", b"b" * 2000)
    (world.folder / "b.txt").unlink()
    world.write("a.txt", b"a" * 2000)
    world.put("a.txt", b"edited there")
    world.write("new", b"n" * 2000)
    for _ in range(2):
        result = world.run()
        assert (result.exit, result.counts()) == (0, {"unchanged": 3, "filtered": 3})
    assert world.history() == {}
    world.configure(mode="sync", deletions="propagate")
    assert world.run("--accept-changes").exit == 0
    assert world.tree() == world.remote()
    contents = set(world.tree().values())
    assert {b"a" * 2000, b"b" * 2000, b"edited there", b"n" * 2000} <= contents
    check_at_rest(world)


@pytest.mark.parametrize("mode", ["sync", "publish", "backup"])
def test_junk_travels_in_backups_only(world: World, mode: str) -> None:
    world.configure(mode=mode)
    world.put_many({"d/.DS_Store": b"there", "d/a": b"a"})
    world.write("d/Thumbs.db", b"here")
    world.write("letter.txt~", b"here")
    assert world.run().exit == 0
    assert ("d/.DS_Store" in world.tree()) is (mode == "backup")
    assert world.remote().keys() == {"d/.DS_Store", "d/a"}
    world.configure(mode=mode, default_excludes="no")
    assert world.run("--accept-changes").exit == 0
    assert ("d/Thumbs.db" in world.remote()) is (mode != "backup")


def test_a_prefix_restricts_folder_and_bucket_alike(world: World) -> None:
    world.put_many({"pho": b"1", "photos/a": b"a", "photos/b": b"b", "other/x": b"x"})
    world.configure(mode="sync", deletions="propagate", prefix="pho")
    assert world.run().counts() == {"downloaded": 3}
    for path in ("outside", "phone", "ph", "photos/new"):
        world.write(path, path.encode())
    (world.folder / "photos/a").rename(world.folder / "photos/c")
    assert world.run().counts() == {"unchanged": 2, "moved": 1, "uploaded": 2}
    inside = {"pho", "phone", "photos/b", "photos/c", "photos/new"}
    assert world.remote().keys() == inside | {"other/x"}
    assert world.tree().keys() == inside | {"outside", "ph"}
    check_at_rest(world)
