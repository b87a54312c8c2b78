"""Mounts inside the folder and under it: what is not mounted now is unknown, never deleted (rules 2, 5, 9)."""

import pytest

from tests.system.mounts import Mounts
from tests.system.pair import Pair

pytestmark = pytest.mark.system

OBJECTS = {"top.txt": b"top", "albums/2025.txt": b"albums 2025", "albums/deep/2026.txt": b"albums 2026"}


def test_files_are_copied_to_a_mount_inside_the_folder(pair: Pair, mounts: Mounts) -> None:
    mounts.tmpfs(pair.folder / "albums", "4M")
    pair.put(OBJECTS)
    assert pair.run().exit == 0
    assert pair.tree() == pair.objects
    assert (pair.folder / "albums" / "2025.txt").stat().st_dev != (pair.folder / "top.txt").stat().st_dev

    pair.put({"albums/2025.txt": b"changed"})
    pair.delete("albums/deep/2026.txt")
    result = pair.run("--accept-changes")
    assert (result.exit, result.counts()) == (0, {"unchanged": 1, "downloaded": 1, "deleted": 1, "archived": 2})
    assert pair.tree() == pair.objects
    assert pair.history() == [b"albums 2025", b"albums 2026"]
    assert pair.run().counts() == {"unchanged": 2}


def test_a_vanished_mount_is_neither_deleted_nor_fetched(pair: Pair, mounts: Mounts) -> None:
    mounts.tmpfs(pair.folder / "albums", "4M")
    pair.put(OBJECTS)
    assert pair.run().exit == 0
    mounts.unmount(pair.folder / "albums")
    pair.delete("albums/2025.txt")
    pair.put({"albums/new.txt": b"new", "other.txt": b"other"})

    for _ in range(2):  # it stays known while it is missing
        result = pair.run()
        assert result.exit == 3, result
        assert "albums" in result.stderr
        assert "was a mount point" in result.stderr
        assert pair.tree() == {"top.txt": b"top", "other.txt": b"other"}
        assert pair.history() == []

    accepted = pair.run("--accept-changes")
    assert accepted.exit == 0, accepted
    assert pair.tree() == pair.objects
    assert pair.run().counts() == {"unchanged": len(pair.objects)}


def test_a_mount_that_comes_back_goes_on(pair: Pair, mounts: Mounts) -> None:
    mounts.image(pair.folder / "albums", 16 * 2**20, "mkfs.ext4", "-q")
    pair.put(OBJECTS)
    assert pair.run().exit == 0
    mounts.unmount(pair.folder / "albums")
    assert pair.run().exit == 3
    mounts.again(pair.folder / "albums")
    assert pair.run().counts() == {"unchanged": len(OBJECTS)}


def test_an_unmounted_folder_is_not_written_into(pair: Pair, mounts: Mounts) -> None:
    mounts.tmpfs(pair.folder, "4M")
    pair.put(OBJECTS)
    assert pair.run().exit == 0
    mounts.unmount(pair.folder)

    for arguments in ((), ("--accept-changes",)):
        result = pair.run(*arguments)
        assert result.exit == 4, result
        assert "is the right disk mounted?" in result.stderr
        assert list(pair.folder.iterdir()) == []


def test_another_disk_in_the_place_of_the_folder(pair: Pair, mounts: Mounts) -> None:
    mounts.tmpfs(pair.folder, "4M")
    pair.put(OBJECTS)
    assert pair.run().exit == 0
    mounts.unmount(pair.folder)
    mounts.tmpfs(pair.folder, "4M")
    (pair.folder / "somebody-elses.txt").write_text("theirs")

    assert pair.run().exit == 4
    assert pair.tree() == {"somebody-elses.txt": b"theirs"}

    adopted = pair.run("--adopt", "--accept-changes")
    assert adopted.exit == 0, adopted
    assert pair.tree() == pair.objects | {"somebody-elses.txt": b"theirs"}
