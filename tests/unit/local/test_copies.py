"""Content that is in the folder already is copied into a temp, hashed, and never linked (rule 27)."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kodokeep.errors import FolderFull
from kodokeep.local.folder import LocalFolder
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.qetag import v1
from tests.unit.local.bench import Bench

TEXT = "0123456789" * 500_000


@pytest.fixture
def temp(folder: LocalFolder) -> Path:
    return Path(folder.temp_for(RemoteEntry("copy", 1, "hash", 1)))


def unable(number: int) -> Callable[..., int]:
    def copy_file_range(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return copy_file_range


def nothing(*_: object) -> int:
    return 0


def half(reading: int, writing: int, _count: int) -> int:
    data = os.read(reading, 1_234_567)
    os.write(writing, data)
    if os.lseek(reading, 0, os.SEEK_CUR) > 2_000_000:
        raise OSError(errno.EOPNOTSUPP, "no more")
    return len(data)


@pytest.mark.parametrize(
    "by_itself",
    [None, unable(errno.EXDEV), unable(errno.ENOSYS), nothing, half],
    ids=["as-it-is", "across-file-systems", "old-kernel", "does-nothing", "stops-in-between"],
)
def test_a_copy_is_whole_hashed_and_a_file_of_its_own(
    bench: Bench, folder: LocalFolder, temp: Path, monkeypatch: pytest.MonkeyPatch, by_itself: Callable[..., int] | None
) -> None:
    if by_itself is not None:
        monkeypatch.setattr(os, "copy_file_range", by_itself)
    file = bench.write("a", TEXT)
    temp.write_text("left over by an earlier attempt, and longer" * 200_000)
    content = folder.copy_to_temp("a", str(temp))
    assert content is not None
    assert (content.content_hash, content.stamp) == (v1(TEXT.encode()), bench.stamp("a"))
    assert temp.read_text() == TEXT
    assert (temp.stat().st_nlink, temp.stat().st_ino != file.stat().st_ino) == (1, True)
    file.write_text("edited later")
    assert temp.read_text() == TEXT


def test_an_empty_file_can_be_copied(bench: Bench, folder: LocalFolder, temp: Path) -> None:
    bench.write("a", "")
    content = folder.copy_to_temp("a", str(temp))
    assert content is not None
    assert content.content_hash == v1(b"")


@pytest.mark.parametrize(
    "make",
    [lambda path: None, lambda path: path.mkdir(), lambda path: path.symlink_to(__file__), os.mkfifo],
    ids=["missing", "directory", "symlink", "fifo"],
)
def test_what_is_no_file_is_not_copied(
    bench: Bench, folder: LocalFolder, temp: Path, make: Callable[[Path], object]
) -> None:
    make(bench.root / "a")
    temp.write_text("left over")
    assert folder.copy_to_temp("a", str(temp)) is None
    assert not temp.exists()


def test_a_file_that_changes_meanwhile_leaves_no_temp(
    bench: Bench, folder: LocalFolder, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = bench.write("a", "content")
    real = os.copy_file_range

    def copy_and_edit(reading: int, writing: int, count: int) -> int:
        copied = real(reading, writing, count)
        file.write_text("edited")
        return copied

    monkeypatch.setattr(os, "copy_file_range", copy_and_edit)
    assert folder.copy_to_temp("a", str(temp)) is None
    assert not temp.exists()


def test_a_disk_without_room_ends_the_run_and_leaves_no_temp(
    bench: Bench, folder: LocalFolder, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.write("a", "content")
    monkeypatch.setattr(os, "copy_file_range", unable(errno.ENOSPC))
    with pytest.raises(FolderFull):
        folder.copy_to_temp("a", str(temp))
    assert not temp.exists()
