"""Mounts inside the folder and under it: what is not mounted now is unknown, never deleted (rules 2, 5, 9)."""

import pytest

from tests.system.mounts import Mounts, call
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


def test_both_ways_across_a_mount(pair: Pair, mounts: Mounts) -> None:
    """Renames onto and off the mount on either side, and a conflict on it: copies, durable before the original goes."""
    mounts.tmpfs(pair.folder / "albums", "4M")
    pair.configure(mode="sync", deletions="propagate")
    pair.put(OBJECTS | {"a": b"content of a", "albums/b": b"content of b", "c": b"content of c"})
    assert pair.run().exit == 0
    pair.emulator.move(pair.bucket, "a", "albums/a")
    pair.emulator.move(pair.bucket, "albums/b", "b")
    call("mv", pair.folder / "c", pair.folder / "albums" / "c")
    (pair.folder / "albums" / "2025.txt").write_bytes(b"edited here")
    pair.put({"albums/2025.txt": b"edited there"})
    result = pair.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 2, "moved": 3, "conflicts": 1, "uploaded": 1})
    (conflict,) = [key for key in pair.contents() if " (conflict " in key]
    assert pair.contents() == pair.remote()
    assert pair.contents() == {
        "top.txt": b"top",
        "albums/deep/2026.txt": b"albums 2026",
        "albums/a": b"content of a",
        "b": b"content of b",
        "albums/c": b"content of c",
        "albums/2025.txt": b"edited there",
        conflict: b"edited here",
    }
    assert pair.run().counts() == {"unchanged": 7}


def test_two_files_swapped_across_a_mount_in_the_bucket(pair: Pair, mounts: Mounts) -> None:
    mounts.tmpfs(pair.folder / "albums", "4M")
    pair.configure(mode="sync", deletions="propagate")
    pair.put(OBJECTS | {"albums/x": b"content of x", "y": b"content of y"})
    assert pair.run().exit == 0
    for source, target in (("albums/x", "z"), ("y", "albums/x"), ("z", "y")):
        pair.emulator.move(pair.bucket, source, target)
    assert pair.run().counts() == {"unchanged": 3, "moved": 2}
    assert pair.contents() == pair.remote() == OBJECTS | {"y": b"content of x", "albums/x": b"content of y"}
    assert pair.run().counts() == {"unchanged": 5}


def test_a_vanished_mount_takes_nothing_out_of_the_bucket(pair: Pair, mounts: Mounts) -> None:
    """Its files are not deleted, whatever `deletions` says, and are no half of a rename."""
    mounts.image(pair.folder / "albums", 16 * 2**20, "mkfs.ext4", "-q")
    pair.configure(mode="sync", deletions="propagate")
    pair.put(OBJECTS)
    assert pair.run().exit == 0
    mounts.unmount(pair.folder / "albums")
    (pair.folder / "albums 2025, from a backup").write_bytes(OBJECTS["albums/2025.txt"])
    result = pair.run()
    assert (result.exit, result.counts()) == (3, {"unchanged": 1, "copied": 1, "failed": 2})
    assert pair.remote() == OBJECTS | {"albums 2025, from a backup": OBJECTS["albums/2025.txt"]}
    mounts.again(pair.folder / "albums")
    assert pair.run().counts() == {"unchanged": 4}
