"""The folder's identity, recorded in it and outside it (rule 5)."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kodokeep.errors import FolderUnusable
from kodokeep.local.identity import Difference, FolderIdentity, Identity, IdentityStatus, IdentityVerdict

PHOTOS = Identity(uc="public cloud", bucket="photos", prefix="照片/", mode="backup")


class Pair:
    def __init__(self, base: Path) -> None:
        self.folder = base / "folder"
        self.home = base / "home"
        (self.folder / ".kodokeep").mkdir(parents=True)

    def identity(self, expected: Identity = PHOTOS) -> FolderIdentity:
        return FolderIdentity(self.folder / ".kodokeep", self.home, expected)

    def check(self, expected: Identity = PHOTOS) -> IdentityVerdict:
        return self.identity(expected).check()

    @property
    def here(self) -> Path:
        return self.folder / ".kodokeep" / "identity.json"

    @property
    def there(self) -> Path:
        (record,) = (self.home / "folders").iterdir()
        return record


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_neither_record_is_a_first_run(pair: Pair) -> None:
    assert pair.check() == IdentityVerdict(IdentityStatus.FIRST_RUN)
    assert pair.check().goes_on
    assert not pair.home.exists()


def test_written_identity_is_the_same_next_time(pair: Pair) -> None:
    pair.identity().write()
    assert pair.check() == IdentityVerdict(IdentityStatus.SAME)
    assert pair.check().goes_on
    assert json.loads(pair.here.read_text()) == {
        "uc": "public cloud",
        "bucket": "photos",
        "prefix": "照片/",
        "mode": "backup",
    }


def test_unmounted_disk_looks_like_a_folder_without_record(pair: Pair) -> None:
    pair.identity().write()
    pair.here.unlink()
    assert pair.check() == IdentityVerdict(IdentityStatus.MISSING_HERE)
    assert not pair.check().goes_on


def test_missing_kodokeep_directory_is_missing_here(pair: Pair) -> None:
    pair.identity().write()
    pair.here.unlink()
    pair.here.parent.rmdir()
    assert pair.check().status is IdentityStatus.MISSING_HERE


def test_folder_of_another_machine_is_missing_there(pair: Pair) -> None:
    pair.identity().write()
    pair.there.unlink()
    assert pair.check() == IdentityVerdict(IdentityStatus.MISSING_THERE)
    assert not pair.check().goes_on


def test_moved_folder_is_missing_there(pair: Pair) -> None:
    pair.identity().write()
    pair.folder = pair.folder.rename(pair.folder.with_name("moved"))
    assert pair.check().status is IdentityStatus.MISSING_THERE


def test_symlink_to_the_folder_is_the_same_folder(pair: Pair) -> None:
    pair.identity().write()
    link = pair.folder.with_name("link")
    link.symlink_to(pair.folder)
    pair.folder = link
    assert pair.check().status is IdentityStatus.SAME


@pytest.mark.parametrize(
    ("field", "value"), [("uc", "http://uc"), ("bucket", "videos"), ("prefix", ""), ("mode", "sync")]
)
def test_every_part_binds(pair: Pair, field: str, value: str) -> None:
    pair.identity().write()
    verdict = pair.check(replace(PHOTOS, **{field: value}))
    assert verdict.status is IdentityStatus.DIFFERENT
    assert Difference(pair.here, field, getattr(PHOTOS, field), value) in verdict.differences
    assert {difference.field for difference in verdict.differences} == {field}


def test_changed_mode_meets_the_outer_record_too(pair: Pair) -> None:
    pair.identity().write()
    pair.here.unlink()
    (difference,) = pair.check(replace(PHOTOS, mode="sync")).differences
    assert difference == Difference(pair.there, "mode", "backup", "sync")


@pytest.mark.parametrize("damage", ["", "{", "[1]", "{}"])
def test_damaged_record_is_no_match(pair: Pair, damage: str) -> None:
    pair.identity().write()
    pair.here.write_text(damage)
    verdict = pair.check()
    assert verdict.status is IdentityStatus.DIFFERENT
    assert [(d.record, d.field) for d in verdict.differences] == [(pair.here, "record")]


def test_writing_again_accepts_a_changed_folder(pair: Pair) -> None:
    pair.identity(replace(PHOTOS, bucket="videos")).write()
    pair.identity().write()
    assert pair.check().status is IdentityStatus.SAME


def test_folders_own_record_is_written_first(pair: Pair) -> None:
    pair.home.write_text("in the way")
    with pytest.raises(FolderUnusable, match="cannot write the folder's identity"):
        pair.identity().write()
    assert pair.here.exists()


def test_unreadable_record_is_named(pair: Pair) -> None:
    pair.here.mkdir()
    with pytest.raises(FolderUnusable, match=r"identity\.json: cannot read"):
        pair.check()
