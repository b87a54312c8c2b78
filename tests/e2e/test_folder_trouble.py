"""Trouble with the folder: it is not what it should be, and nothing is lost for it (rules 2, 3, 4, 9)."""

import os
import select
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kodokeep.local.temps import temp_name
from kodokeep.model.entry import TICK_NS, RemoteEntry
from tests.e2e.kit import World, snapshot
from tests.e2e.limits import ordinary_user

CONTENTS = {"a.txt": b"one", "d/b.txt": b"two", "d/e/c.txt": b"three", "z.txt": b"four"}


@pytest.fixture
def backed_up(world: World) -> World:
    """A world after its first backup."""
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    return world


@pytest.fixture
def forbid() -> Iterator[Callable[[Path, int], None]]:
    """Changes the mode of a directory until the test is over."""
    changed: list[Path] = []

    def change(path: Path, mode: int) -> None:
        changed.append(path)
        path.chmod(mode)

    yield change
    for path in changed:
        path.chmod(0o755)


def test_a_folder_that_is_a_file(world: World) -> None:
    world.put("a", b"1")
    world.folder.write_bytes(b"precious")
    result = world.run()
    assert result.exit == 2
    assert str(world.folder) in result.stderr
    assert "a file is where the folder should be" in result.stderr
    assert world.folder.read_bytes() == b"precious"


def test_a_folder_below_a_file(world: World) -> None:
    (world.root / "file").write_bytes(b"precious")
    world.configure(folder=world.root / "file" / "folder")
    result = world.run()
    assert result.exit == 2
    assert str(world.root / "file") in result.stderr


def test_a_folder_that_cannot_be_written(world: World, forbid: Callable[[Path, int], None]) -> None:
    world.put("a", b"1")
    world.folder.mkdir()
    forbid(world.folder, 0o555)
    with ordinary_user():
        result = world.run()
    assert result.exit == 2
    assert f"{world.folder}: cannot write" in result.stderr


def test_a_folder_that_cannot_be_made(world: World, forbid: Callable[[Path, int], None]) -> None:
    (world.root / "locked").mkdir()
    forbid(world.root / "locked", 0o555)
    world.configure(folder=world.root / "locked" / "folder")
    with ordinary_user():
        result = world.run()
    assert result.exit == 2
    assert "cannot create the folder" in result.stderr


def test_what_cannot_be_read_is_unknown_and_not_deleted(backed_up: World, forbid: Callable[[Path, int], None]) -> None:
    """Rule 2: an unreadable directory does not look like one whose files were deleted."""
    backed_up.put("d/e/new", b"would go below")
    backed_up.put("other", b"5")
    backed_up.delete("d/b.txt")
    forbid(backed_up.folder / "d", 0)
    with ordinary_user():
        result = backed_up.run()
    assert result.exit == 3
    assert result.counts() == {"unchanged": 2, "downloaded": 1, "failed": 3}
    assert "d/" in result.stderr
    (backed_up.folder / "d").chmod(0o755)
    assert backed_up.tree() == CONTENTS | {"other": b"5"}
    assert backed_up.run().counts() == {"unchanged": 4, "downloaded": 1, "deleted": 1, "archived": 1}
    backed_up.check_settled()


def test_a_directory_that_cannot_be_written_fails_alone(backed_up: World, forbid: Callable[[Path, int], None]) -> None:
    backed_up.put("d/new", b"new")
    backed_up.put("d/b.txt", b"changed")
    backed_up.put("a.txt", b"changed")
    backed_up.delete("d/e/c.txt")
    forbid(backed_up.folder / "d", 0o555)
    with ordinary_user():
        result = backed_up.run()
    assert (result.exit, result.summary["failed"]) == (3, 2)
    assert "Permission denied" in result.stderr
    assert (backed_up.folder / "d/b.txt").read_bytes() == b"two"
    assert (backed_up.folder / "a.txt").read_bytes() == b"changed"
    (backed_up.folder / "d").chmod(0o755)
    assert backed_up.run().exit == 0
    backed_up.check_settled()


def test_an_unreadable_file_is_unknown(backed_up: World, forbid: Callable[[Path, int], None]) -> None:
    backed_up.put("a.txt", b"changed in the bucket")
    os.utime(backed_up.folder / "a.txt", ns=(1, 1))
    (backed_up.folder / "a.txt").chmod(0)
    with ordinary_user():
        result = backed_up.run()
    assert (result.exit, result.counts()) == (3, {"unchanged": 3, "failed": 1})
    (backed_up.folder / "a.txt").chmod(0o644)
    assert backed_up.tree() == CONTENTS


def test_nothing_is_written_or_deleted_through_a_symlink(backed_up: World) -> None:
    """Rule 3."""
    outside = backed_up.root / "outside"
    (backed_up.folder / "d").rename(outside)
    (backed_up.folder / "d").symlink_to(outside)
    backed_up.put("d/new", b"must not leave the folder")
    backed_up.put("d/b.txt", b"changed")
    backed_up.delete("d/e/c.txt")
    before = snapshot(outside)
    result = backed_up.run("--accept-changes")
    assert (result.exit, result.summary["failed"]) == (3, 2)
    assert snapshot(outside) == before
    assert (backed_up.folder / "d%%/new").read_bytes() == b"must not leave the folder"
    assert (backed_up.folder / "d").is_symlink()
    assert "symlink" in result.stderr


def test_a_symlink_in_the_place_of_a_file_is_left_alone(backed_up: World) -> None:
    target = backed_up.root / "target"
    target.write_bytes(b"somebody else's")
    (backed_up.folder / "a.txt").unlink()
    (backed_up.folder / "a.txt").symlink_to(target)
    backed_up.put("a.txt", b"changed")
    result = backed_up.run()
    assert (result.exit, result.counts()) == (3, {"unchanged": 3, "failed": 1})
    assert target.read_bytes() == b"somebody else's"
    assert (backed_up.folder / "a.txt").is_symlink()


def test_a_local_directory_where_an_object_belongs_leaves_both(world: World) -> None:
    """Rule 7: whoever comes second takes the escape."""
    world.write("a/mine", b"local")
    world.put("a", b"object")
    assert world.run().counts() == {"downloaded": 1, "local_only": 1}
    assert world.tree() == {"a/mine": b"local", "a": b"object"}
    assert world.paths() == ["a%%", "a/mine"]
    assert world.run().counts() == {"unchanged": 1, "local_only": 1}


def test_names_that_are_no_keys_are_told_and_left_alone(backed_up: World) -> None:
    odd = os.fsencode(backed_up.folder) + b"/not-utf8-\xff"
    with open(odd, "wb") as file:  # noqa: PTH123 - a name of bytes
        file.write(b"mine")
    os.mkfifo(backed_up.folder / "pipe")
    result = backed_up.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 4})
    assert "not-a-key" in result.notices
    assert os.path.exists(odd)  # noqa: PTH110 - a name of bytes


def test_a_fifo_in_the_place_of_a_temp_fails_alone(backed_up: World) -> None:
    """Its bytes would be gone with whoever reads it."""
    backed_up.put_many({"new": b"must not go down a pipe", "other": b"5"})
    stat = backed_up.emulator.stat(backed_up.bucket, "new")
    new = RemoteEntry("new", stat["fsize"], stat["hash"], stat["putTime"] * TICK_NS)
    pipe = backed_up.private / "tmp" / temp_name(new)
    os.mkfifo(pipe)
    fd = os.open(pipe, os.O_RDWR)
    try:
        result = backed_up.run()
        ready, _, _ = select.select([fd], [], [], 0)
    finally:
        os.close(fd)
    assert (result.exit, result.counts()) == (3, {"unchanged": 4, "downloaded": 1, "failed": 1})
    assert f"{pipe} is no regular file" in result.stderr
    assert (pipe.is_fifo(), ready) == (True, [])
    pipe.unlink()
    assert backed_up.run().exit == 0
    backed_up.check_settled()


def test_a_folder_that_is_gone_is_held_not_downloaded_again(backed_up: World) -> None:
    """Rule 5: a vanished mount point."""
    backed_up.folder.rename(backed_up.root / "away")
    result = backed_up.run()
    assert (result.exit, result.guards, result.downloads()) == (4, {"identity"}, [])
    assert not backed_up.folder.exists()


def test_a_damaged_state_is_told_and_left(backed_up: World) -> None:
    file = backed_up.private / "state.db"
    file.write_bytes(b"not a database at all" * 500)
    result = backed_up.run()
    assert result.exit == 2
    assert "state.db" in result.stderr
    assert backed_up.tree() == CONTENTS


def test_a_file_that_changes_while_the_run_works_is_stale_and_safe(
    backed_up: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 9: seen at planning, edited before its turn."""
    from kodokeep.local.folder import LocalFolder  # noqa: PLC0415

    backed_up.put("a.txt", b"the bucket's new content")
    place = LocalFolder.place

    def edited_just_before(folder: LocalFolder, placement: object) -> object:
        backed_up.write("a.txt", b"typed at this very moment")
        return place(folder, placement)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalFolder, "place", edited_just_before)
    result = backed_up.run()
    assert result.counts() == {"unchanged": 3, "stale": 1}
    assert backed_up.tree()["a.txt"] == b"typed at this very moment"
    monkeypatch.undo()
