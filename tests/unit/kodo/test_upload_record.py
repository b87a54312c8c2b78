"""The record of a resumable upload on a real disk."""

from pathlib import Path

from kodokeep.kodo import resume
from kodokeep.kodo.resume import Record, SavedPart

RECORD = Record("b", "dir/鍵", 9, 4, "an-id", 7, {1: SavedPart("e1", "m1"), 10_000: SavedPart("e2", "m2")})


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = str(tmp_path / "a.upload")
    resume.save(path, RECORD)
    assert resume.load(path) == RECORD
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.upload"]


def test_a_record_that_was_being_written_is_cleared_away_with_the_other(tmp_path: Path) -> None:
    path = str(tmp_path / "a.upload")
    resume.save(path, RECORD)
    (tmp_path / "new-a.upload").write_bytes(b"{")
    assert resume.load(path) == RECORD
    resume.drop(path)
    assert not list(tmp_path.iterdir())


def test_dropping_nothing_does_no_harm(tmp_path: Path) -> None:
    resume.drop(str(tmp_path / "a.upload"))
    assert resume.load(str(tmp_path / "a.upload")) is None
