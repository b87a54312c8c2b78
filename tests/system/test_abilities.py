"""What the doctor says that a disk can do, on disks that differ in it."""

import pytest

from kodokeep.local.abilities import abilities
from kodokeep.local.folder import LocalFolder
from tests.system.mounts import Mounts
from tests.system.pair import Pair
from tests.system.test_file_systems import DISKS

pytestmark = pytest.mark.system

TRAITS: dict[str, dict[str, bool]] = {
    "ext4": {"exact_names": True, "keeps_names": True, "fine_times": True, "shares_blocks": False},
    "ext2 with whole seconds": {"fine_times": False},
    "xfs": {"shares_blocks": True},
    "btrfs": {"shares_blocks": True},
    "tmpfs": {"shares_blocks": False},
    "exfat": {"exact_names": False},
    "ntfs": {"refuses_windows_names": True},
    "ntfs in lower case": {"keeps_names": False},
}


@pytest.mark.parametrize("name", TRAITS)
def test_each_disk_is_told_by_what_it_can_do(name: str, pair: Pair, mounts: Mounts) -> None:
    DISKS[name](mounts, pair)
    with LocalFolder.open(str(pair.folder), create=True):
        pass
    before = sorted(pair.folder.rglob("*"))
    found = abilities(str(pair.folder))
    assert found is not None
    assert {trait: getattr(found, trait) for trait in TRAITS[name]} == TRAITS[name]
    assert sorted(pair.folder.rglob("*")) == before
