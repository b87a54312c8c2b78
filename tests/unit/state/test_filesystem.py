"""The mount table is read as proc(5) describes it."""

from pathlib import Path

import pytest

from kodokeep.state import filesystem
from kodokeep.state.filesystem import filesystem_type, on_network

TABLE = r"""21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
22 21 0:5 / /proc rw shared:5 master:1 - proc proc rw
30 21 0:40 / /mnt/my\040nas rw shared:7 - nfs4 host:/export rw
31 30 8:2 / /mnt/my\040nas/disk rw - xfs /dev/sdb1 rw
32 21 0:41 / /over rw - ext4 /dev/sdc1 rw
33 32 0:42 / /over rw - cifs //host/share rw
torn line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/state.db", "ext4"),
        ("/mnt/my nas/state.db", "nfs4"),
        ("/mnt/my nas", "nfs4"),
        ("/mnt/my nas2/state.db", "ext4"),
        ("/mnt/my nas/disk/state.db", "xfs"),
        ("/over/state.db", "cifs"),
    ],
)
def test_the_last_and_deepest_mount_counts(path: str, kind: str) -> None:
    assert filesystem_type(Path(path), TABLE) == kind


def test_no_table_no_answer() -> None:
    assert filesystem_type(Path("/x"), "") == ""


def test_a_temporary_directory_is_local(tmp_path: Path) -> None:
    assert not on_network(tmp_path)


def test_a_system_without_a_mount_table_is_taken_for_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "_MOUNT_TABLE", tmp_path / "missing")
    assert not on_network(tmp_path)
