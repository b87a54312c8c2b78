"""The main job on file systems that people have: what they round, fold or cannot name must not matter."""

import os
from collections.abc import Callable

import pytest

from tests.system.mounts import Mounts
from tests.system.pair import Pair

pytestmark = pytest.mark.system

MIB = 2**20
OBJECTS = {
    "photos/2026/one.jpg": b"one" * 1000,
    "photos/2026/two.jpg": b"two" * 1000,
    "照片/西湖.jpg": b"West Lake",
    "a": b"an object beside objects below its own name",
    "a/b": b"below",
    "double//slash": b"empty segment",
    "empty": b"",
    "larger.bin": os.urandom(3 * MIB),
}
TWINS = {
    "A.txt": b"upper",
    "a.txt": b"lower",
    "Dir/x": b"upper directory",
    "dir/x": b"lower directory",
    "STRASSE": b"1",
    "strasse": b"2",
    "caf\u00e9": b"composed",
    "cafe\u0301": b"decomposed",
}
FOR_WINDOWS = {
    "what? 10:30 <now>.txt": b"characters",
    "con": b"a device",
    "Aux.tar.gz": b"a device with an extension",
    "nul/x": b"below a device",
    "dots...": b"dots at the end",
    "space ": b"a space at the end",
    'back\\slash "and" more|*': b"more characters",
}
DISKS: dict[str, Callable[[Mounts, Pair], None]] = {
    "ext2": lambda mounts, pair: mounts.image(pair.folder, 64 * MIB, "mkfs.ext2", "-q"),
    "ext2 with whole seconds": lambda mounts, pair: mounts.image(pair.folder, 64 * MIB, "mkfs.ext2", "-q", "-I", "128"),
    "ext4": lambda mounts, pair: mounts.image(pair.folder, 64 * MIB, "mkfs.ext4", "-q"),
    "xfs": lambda mounts, pair: mounts.image(pair.folder, 320 * MIB, "mkfs.xfs", "-q"),
    "btrfs": lambda mounts, pair: mounts.image(pair.folder, 128 * MIB, "mkfs.btrfs", "-q"),
    "tmpfs": lambda mounts, pair: mounts.tmpfs(pair.folder, "64M"),
    "exfat": lambda mounts, pair: mounts.exfat(pair.folder, 64 * MIB),
    "ntfs": lambda mounts, pair: mounts.ntfs(pair.folder, 64 * MIB, "windows_names"),
    "ntfs in lower case": lambda mounts, pair: mounts.ntfs(pair.folder, 64 * MIB, "ignore_case,windows_names"),
}


@pytest.fixture(params=DISKS)
def disk(request: pytest.FixtureRequest, pair: Pair, mounts: Mounts) -> Pair:
    """A pair whose folder is a disk of its own."""
    DISKS[request.param](mounts, pair)
    return pair


def contents(pair: Pair) -> list[bytes]:
    """What the tree holds, whatever the names."""
    return sorted(pair.tree().values())


def assert_nothing_to_do(pair: Pair) -> None:
    """A run that fetches and moves nothing; where times are coarse, files of these seconds are looked at again."""
    result = pair.run()
    counts = result.counts()
    assert result.exit == 0, result
    assert counts.get("unchanged", 0) + result.summary["touched"] == len(pair.objects), result
    assert set(counts) <= {"unchanged"}, result


def test_backup_change_repair_and_adopt(disk: Pair) -> None:
    disk.put(OBJECTS | TWINS | FOR_WINDOWS)
    first = disk.run()
    assert first.exit == 0, first
    assert contents(disk) == sorted(disk.objects.values())
    assert_nothing_to_do(disk)

    disk.put({"photos/2026/one.jpg": b"changed", "a.txt": b"lower, changed"})
    disk.delete("photos/2026/two.jpg", "Dir/x")
    (disk.folder / "larger.bin").unlink()
    (disk.folder / "empty").write_bytes(b"edited")
    result = disk.run("--accept-changes")
    assert result.exit == 0, result
    assert (result.summary["downloaded"], result.summary["deleted"], result.summary["archived"]) == (4, 2, 5)
    assert contents(disk) == sorted(disk.objects.values())
    left = [OBJECTS["photos/2026/one.jpg"], OBJECTS["photos/2026/two.jpg"], TWINS["a.txt"], TWINS["Dir/x"], b"edited"]
    assert disk.history() == sorted(left)
    assert_nothing_to_do(disk)

    (disk.folder / ".kodokeep" / "state.db").unlink()
    assert disk.run().counts() == {"adopted": len(disk.objects)}
    assert contents(disk) == sorted(disk.objects.values())
