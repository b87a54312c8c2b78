"""Opening directories: symlinks are never followed, the cache stays true (rules 3, 14)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.errors import FolderUnusable
from kodokeep.local.dirs import Blocked, Directories, split


@pytest.fixture
def directories(tmp_path: Path) -> Iterator[Directories]:
    with Directories(str(tmp_path), capacity=3) as opened:
        yield opened


def open_descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208


def test_a_directory_is_opened_by_its_path(tmp_path: Path, directories: Directories) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    with directories.open_dir("a/b") as fd:
        assert os.fstat(fd).st_ino == (tmp_path / "a/b").stat().st_ino
    with directories.open_dir("") as fd:
        assert os.fstat(fd).st_ino == tmp_path.stat().st_ino


@pytest.mark.parametrize("path", ["link", "link/inner", "file", "file/x", "..", "a/..", "a/../a", "."])
def test_no_path_leaves_the_folder(tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    (outside / "inner").mkdir(parents=True)
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "link").symlink_to(outside)
    (root / "file").touch()
    with Directories(str(root)) as directories:
        with pytest.raises(Blocked), directories.open_dir(path):
            pass
        with pytest.raises(Blocked):
            directories.make_dirs(f"{path}/new")
    assert [entry.name for entry in outside.iterdir()] == ["inner"]


def test_a_symlink_is_seen_as_itself(tmp_path: Path, directories: Directories) -> None:
    (tmp_path / "link").symlink_to("/etc")
    assert directories.lstat("link").st_ino == (tmp_path / "link").lstat().st_ino
    with pytest.raises(Blocked):
        directories.lstat("link/passwd")
    with pytest.raises(Blocked):
        directories.lstat("..")


def test_a_path_may_be_longer_than_the_system_takes(directories: Directories) -> None:
    path = "/".join(["x" * 200] * 40)
    directories.make_dirs(path)
    with directories.open_dir(path) as fd:
        os.close(os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=fd))
    assert directories.lstat(f"{path}/file").st_size == 0
    assert directories.names(path) == ["file"]


def test_few_directories_stay_open_and_none_in_the_end(tmp_path: Path) -> None:
    before = open_descriptors()
    with Directories(str(tmp_path), capacity=3) as directories:
        for number in range(20):
            directories.make_dirs(f"d{number}/e")
        assert len(open_descriptors() - before) <= 4
    assert open_descriptors() == before


def test_a_directory_in_use_outlives_its_place_in_the_cache(tmp_path: Path, directories: Directories) -> None:
    (tmp_path / "used").mkdir()
    with directories.open_dir("used") as fd:
        for number in range(10):
            directories.make_dirs(f"other{number}")
        directories.forget()
        assert os.fstat(fd).st_ino == (tmp_path / "used").stat().st_ino
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(fd)


def test_a_replaced_directory_is_found_again_once_invalidated(tmp_path: Path, directories: Directories) -> None:
    directories.make_dirs("a/b")
    (tmp_path / "a").rename(tmp_path / "moved")
    (tmp_path / "a/b").mkdir(parents=True)
    directories.invalidate("a")
    with directories.open_dir("a/b") as fd:
        assert os.fstat(fd).st_ino == (tmp_path / "a/b").stat().st_ino


def test_directories_are_made_below_one_that_was_removed_meanwhile(tmp_path: Path, directories: Directories) -> None:
    directories.make_dirs("a")
    (tmp_path / "a").rmdir()
    directories.make_dirs("a/b")
    assert (tmp_path / "a/b").is_dir()


def test_empty_parents_are_removed_up_to_the_first_that_is_not_empty(tmp_path: Path, directories: Directories) -> None:
    directories.make_dirs("a/b/c")
    (tmp_path / "a/keep").touch()
    directories.remove_empty_parents("a/b/c/file")
    assert [entry.name for entry in (tmp_path / "a").iterdir()] == ["keep"]
    directories.make_dirs("a/b")
    assert (tmp_path / "a/b").is_dir()


def test_the_folder_itself_is_never_removed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with Directories(str(root)) as directories:
        directories.make_dirs("a")
        directories.remove_empty_parents("a/gone/file")
        assert list(root.iterdir()) == []


def test_the_own_directory_and_its_parts_are_never_removed(tmp_path: Path, directories: Directories) -> None:
    for path in (".kodokeep/history/run/d", ".kodokeep/tmp", "history/run"):
        (tmp_path / path).mkdir(parents=True)
        directories.remove_empty_parents(f"{path}/file")
    assert sorted(path.name for path in tmp_path.rglob("*")) == [".kodokeep", "history", "tmp"]


def test_a_folder_that_is_none_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in ("file", "missing"):
        with pytest.raises(FolderUnusable, match=path):
            Directories(str(tmp_path / path))


def test_split() -> None:
    assert split("a/b/c") == ("a/b", "c")
    assert split("a") == ("", "a")
