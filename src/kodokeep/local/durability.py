"""Durability: how written files and changed directories get onto the disk (rule 1).

What belongs here: the ways to sync and the choice between them. What does not: in which order a batch syncs (that is
`execution`), and which names files get (`files`).
"""

import ctypes
import fcntl
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from kodokeep.local.dirs import Directories, split
from kodokeep.local.probe import is_user_space

Checkpoint = Callable[[str], None]
"""Called with an operation's name just before it happens, so that tests can stop the world there."""

MAX_KEPT_DIRECTORIES = 64
"""How many changed directories are kept open until the next sync."""


def no_checkpoint(_operation: str) -> None:
    """The checkpoint of every run that is no test."""


class Durability(Protocol):
    """Learns what was written and makes it durable, at once or at the next `sync`."""

    def file_written(self, dir_fd: int, name: str) -> None:
        """A complete file is about to get its final name, which may be in another directory."""

    def name_changed(self, directories: Directories, path: str) -> None:
        """The name at a path relative to the folder came or went; directories above it may be new or gone."""

    def sync(self) -> None:
        """Return once everything told so far is durable. Raises OSError if the disk cannot write it."""

    def sync_device(self, dir_fd: int) -> None:
        """Make the names in one directory durable, which is on a device that `sync` does not reach."""

    def close(self) -> None:
        """Forget everything that was told."""


class WholeFileSystem:
    """One `syncfs` for everything: it costs the same for one file as for ten thousand (performance §2)."""

    def __init__(self, root_fd: int, syncfs: Callable[[int], None]) -> None:
        self._root_fd = root_fd
        self._syncfs = syncfs

    def file_written(self, dir_fd: int, name: str) -> None:
        """Nothing to note: the next sync covers it."""

    def name_changed(self, directories: Directories, path: str) -> None:
        """Nothing to note: the next sync covers it."""

    def sync(self) -> None:
        """Flush the file system of the folder; reports write errors since the folder was opened."""
        self._syncfs(self._root_fd)

    def sync_device(self, dir_fd: int) -> None:
        """Flush that whole device."""
        self._syncfs(dir_fd)

    def close(self) -> None:
        """Nothing is held."""


class EachFile:
    """Where no call flushes a whole file system: files before they get their name, directories at the sync."""

    def __init__(self, sync_fd: Callable[[int], None]) -> None:
        self._sync_fd = sync_fd
        self._changed: dict[tuple[int, int], int] = {}

    def file_written(self, dir_fd: int, name: str) -> None:
        """Sync the file now: rule 1 wants it durable before its name."""
        sync_file(dir_fd, name, self._sync_fd)

    def name_changed(self, directories: Directories, path: str) -> None:
        """Keep the directories of the path for the next sync: any of them may have been made for it."""
        while path:
            path, _ = split(path)
            with suppress(FileNotFoundError), directories.open_dir(path) as dir_fd:
                self._keep(dir_fd)

    def sync(self) -> None:
        """Sync every directory told since the last time."""
        while self._changed:
            where, fd = next(iter(self._changed.items()))
            self._sync_fd(fd)
            del self._changed[where]
            os.close(fd)

    def sync_device(self, dir_fd: int) -> None:
        """Sync the one directory."""
        self._sync_fd(dir_fd)

    def close(self) -> None:
        """Close the kept directories without syncing them."""
        for fd in self._changed.values():
            os.close(fd)
        self._changed.clear()

    def _keep(self, dir_fd: int) -> None:
        found = os.fstat(dir_fd)
        if (found.st_dev, found.st_ino) in self._changed:
            return
        if len(self._changed) >= MAX_KEPT_DIRECTORIES:
            self.sync()
        self._changed[found.st_dev, found.st_ino] = os.dup(dir_fd)


def durability_of(root_fd: int) -> Durability:
    """The cheapest way that is safe for the file system of the folder."""
    syncfs = _load_syncfs()
    # The kernel does not pass syncfs on to file systems in user space, but it does pass on fsync.
    if syncfs is None or is_user_space(os.fstat(root_fd).st_dev):
        return EachFile(sync_descriptor)
    return WholeFileSystem(root_fd, syncfs)


def sync_descriptor(fd: int) -> None:
    """Make one open file or directory durable, through the disk's own cache where the system can ask for that."""
    if sys.platform == "darwin":
        with suppress(OSError):  # not every file system knows it; fsync below is the next best
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
            return
    os.fsync(fd)


def sync_file(dir_fd: int, name: str, sync_fd: Callable[[int], None] = sync_descriptor) -> None:
    """Make one closed file durable. Raises OSError; a fifo in its place is not waited for."""
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=dir_fd)
    try:
        sync_fd(fd)
    finally:
        os.close(fd)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_descriptor(fd)
    finally:
        os.close(fd)


def _load_syncfs() -> Callable[[int], None] | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "syncfs"):
        return None

    def syncfs(fd: int) -> None:
        # ctypes lets other threads run meanwhile, downloads among them.
        if library.syncfs(fd) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return syncfs
