import os
import stat
from pathlib import Path

import pytest

from kodokeep.whole import replace_file


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_file_takes_the_place_of_another_with_a_mode_of_its_own(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "file"
    file.touch(0o777)
    before = os.umask(0o077)
    try:
        replace_file(file, b"new", mode)
    finally:
        os.umask(before)
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_whoever_is_reading_keeps_the_old_content(tmp_path: Path) -> None:
    file = tmp_path / "file"
    replace_file(file, b"old content", 0o600)
    with file.open("rb") as reading:
        replace_file(file, b"new", 0o600)
        assert reading.read() == b"old content"


@pytest.mark.parametrize("refused", ["fsync", "replace"])
def test_what_cannot_be_written_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "file"
    replace_file(file, b"old", 0o600)
    monkeypatch.setattr(os, refused, full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(file, b"new", 0o600)
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
