"""What a disk can do, found out without leaving anything behind."""

from pathlib import Path

from kodokeep.local.abilities import abilities
from kodokeep.local.folder import LocalFolder


def test_a_disk_is_tried_where_runs_try_it_and_nothing_stays(tmp_path: Path) -> None:
    with LocalFolder.open(str(tmp_path), create=True):
        pass
    before = sorted(tmp_path.rglob("*"))
    found = abilities(str(tmp_path))
    assert sorted(tmp_path.rglob("*")) == before
    assert found is not None
    assert (found.name_bytes, found.exact_names, found.keeps_names) == (255, True, True)
    assert found.fine_times
    assert not found.refuses_windows_names


def test_where_no_run_was_nothing_is_tried(tmp_path: Path) -> None:
    assert abilities(str(tmp_path)) is None
    assert list(tmp_path.iterdir()) == []


def test_it_works_beside_a_run(tmp_path: Path) -> None:
    with LocalFolder.open(str(tmp_path), create=True):
        assert abilities(str(tmp_path)) == abilities(str(tmp_path))
