"""How changes get onto the disk (rule 1): one call for all, or file by file."""

import errno
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.local import durability
from kodokeep.local.dirs import Directories
from kodokeep.local.durability import (
    MAX_KEPT_DIRECTORIES,
    EachFile,
    WholeFileSystem,
    durability_of,
    sync_directory,
    sync_file,
)


class Synced:
    """Stands for fsync and syncfs: remembers what was synced, by inode."""

    def __init__(self) -> None:
        self.inodes: list[int] = []

    def __call__(self, fd: int) -> None:
        self.inodes.append(os.fstat(fd).st_ino)


@pytest.fixture
def synced() -> Synced:
    return Synced()


@pytest.fixture
def directories(tmp_path: Path) -> Iterator[Directories]:
    with Directories(str(tmp_path)) as opened:
        yield opened


def inode(path: Path) -> int:
    return path.stat().st_ino


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_whole_file_system_is_one_call(tmp_path: Path, directories: Directories, synced: Synced) -> None:
    (tmp_path / "file").touch()
    with directories.open_dir("") as root_fd:
        whole = WholeFileSystem(root_fd, synced)
        whole.file_written(root_fd, "file")
        whole.name_changed(directories, "file")
        assert synced.inodes == []
        whole.sync()
        assert synced.inodes == [inode(tmp_path)]
        whole.close()


def test_whole_file_system_reaches_another_device_by_its_directory(
    tmp_path: Path, directories: Directories, synced: Synced
) -> None:
    (tmp_path / "mount").mkdir()
    with directories.open_dir("") as root_fd, directories.open_dir("mount") as mount_fd:
        WholeFileSystem(root_fd, synced).sync_device(mount_fd)
    assert synced.inodes == [inode(tmp_path / "mount")]


def test_each_file_is_synced_before_it_gets_its_name(tmp_path: Path, directories: Directories, synced: Synced) -> None:
    (tmp_path / "file").touch()
    with directories.open_dir("") as root_fd:
        EachFile(synced).file_written(root_fd, "file")
    assert synced.inodes == [inode(tmp_path / "file")]


def test_each_changed_directory_is_synced_once_with_those_above_it(
    tmp_path: Path, directories: Directories, synced: Synced
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    each = EachFile(synced)
    each.name_changed(directories, "a/b/one")
    each.name_changed(directories, "a/b/two")
    assert synced.inodes == []
    each.sync()
    assert sorted(synced.inodes) == sorted(map(inode, (tmp_path, tmp_path / "a", tmp_path / "a" / "b")))
    each.sync()
    assert len(synced.inodes) == 3


def test_directories_that_are_gone_need_no_sync(tmp_path: Path, directories: Directories, synced: Synced) -> None:
    each = EachFile(synced)
    each.name_changed(directories, "gone/too/file")
    each.sync()
    assert synced.inodes == [inode(tmp_path)]


def test_many_directories_do_not_exhaust_the_process(tmp_path: Path, directories: Directories, synced: Synced) -> None:
    each = EachFile(synced)
    directories.forget()
    gc.collect()  # what earlier tests let go of is closed now, not while this one counts
    before = open_files()
    names = [f"d{number}" for number in range(MAX_KEPT_DIRECTORIES * 3)]
    for name in names:
        (tmp_path / name).mkdir()
        each.name_changed(directories, f"{name}/file")
    directories.forget()
    assert open_files() - before <= MAX_KEPT_DIRECTORIES
    each.sync()
    assert set(synced.inodes) == {inode(tmp_path), *(inode(tmp_path / name) for name in names)}
    assert open_files() == before


def test_failed_sync_forgets_nothing(tmp_path: Path, directories: Directories) -> None:
    attempts: list[int] = []

    def fail_once(fd: int) -> None:
        attempts.append(os.fstat(fd).st_ino)
        if len(attempts) == 1:
            raise OSError(errno.EIO, "broken")

    each = EachFile(fail_once)
    each.name_changed(directories, "file")
    with pytest.raises(OSError, match="broken"):
        each.sync()
    each.sync()
    assert attempts == [inode(tmp_path)] * 2


def test_close_lets_go_of_directories(tmp_path: Path, directories: Directories, synced: Synced) -> None:
    before = open_files()
    each = EachFile(synced)
    each.name_changed(directories, "file")
    each.close()
    assert (open_files(), synced.inodes) == (before, [])


def test_linux_syncs_the_whole_file_system(directories: Directories) -> None:
    with directories.open_dir("") as root_fd:
        chosen = durability_of(root_fd)
        assert isinstance(chosen, WholeFileSystem)
        chosen.sync()


def test_failing_syncfs_is_an_error(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY)
    chosen = durability_of(fd)
    os.close(fd)
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        chosen.sync()


def test_file_systems_in_user_space_are_synced_file_by_file(
    directories: Directories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durability, "is_user_space", lambda _device: True)
    with directories.open_dir("") as root_fd:
        assert isinstance(durability_of(root_fd), EachFile)


def test_systems_without_syncfs_are_synced_file_by_file(
    directories: Directories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kodokeep.local.durability.sys.platform", "other")
    with directories.open_dir("") as root_fd:
        assert isinstance(durability_of(root_fd), EachFile)


def test_a_fifo_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    dir_fd = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(OSError, match="Invalid argument"):
            sync_file(dir_fd, "fifo")
    finally:
        os.close(dir_fd)


def test_real_files_and_directories_can_be_synced(tmp_path: Path, directories: Directories) -> None:
    (tmp_path / "file").write_bytes(b"content")
    each = EachFile(durability.sync_descriptor)
    with directories.open_dir("") as root_fd:
        each.file_written(root_fd, "file")
    each.name_changed(directories, "file")
    each.sync()
    sync_directory(tmp_path)
