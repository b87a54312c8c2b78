"""Opening the folder's directories without ever leaving it (rule 3).

Every segment of a path is opened relative to its parent with O_NOFOLLOW, so a symlink is never followed, whoever puts
it there and when; and no system call sees a long path, so PATH_MAX does not matter (rule 14).

Not here: what may be written (`local.files`), and which names are free (`local.allocator`).
Needs POSIX's `dir_fd`; Windows wants another class with these methods.
"""

import errno
import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

from kodokeep.errors import FolderUnusable
from kodokeep.model.key import OWN_DIRECTORY

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Blocked(NotADirectoryError):
    """A segment of a path is a symlink or no directory, or would lead elsewhere (`..`)."""


@dataclass(slots=True)
class _Held:
    fd: int
    users: int = 0
    dropped: bool = False


def split(path: str) -> tuple[str, str]:
    """The directory of a path ("" for the folder itself) and its last name."""
    parent, _, name = path.rpartition("/")
    return parent, name


def rewind(dir_fd: int) -> None:
    """Call before listing a directory that was opened some time ago: btrfs tells what was there when it was opened."""
    os.lseek(dir_fd, 0, os.SEEK_SET)


def _is_fixed(directory: str) -> bool:
    top, _, below = directory.partition("/")
    return top == OWN_DIRECTORY and "/" not in below


def _refuse_dots(name: str, path: str) -> None:
    if name in (".", ".."):
        raise Blocked(errno.ENOTDIR, "no path of the folder", path)


class Directories:
    """The directories of one folder by relative path; the most recently used ones stay open. For one thread.

    An open directory stays the one that was resolved, even if somebody moves it away meanwhile: call `forget` before
    every batch of changes, and `invalidate` after removing or renaming a directory.
    """

    def __init__(self, root: str, *, capacity: int = 64) -> None:
        """Open the folder itself, through symlinks. Raises FolderUnusable."""
        try:
            root_fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise FolderUnusable(f"cannot open the folder {root}: {error.strerror}") from error
        self.root = root
        self._root = _Held(root_fd)
        self._capacity = max(capacity, 2)  # a directory and the parent it is opened from
        self._open: OrderedDict[str, _Held] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close everything; the object is of no more use."""
        self.forget()
        self._drop(self._root)

    def forget(self) -> None:
        """Close all directories but the folder itself."""
        while self._open:
            self._drop(self._open.popitem()[1])

    def invalidate(self, path: str) -> None:
        """Close what is open at `path` and below it."""
        below = f"{path}/"
        for stale in [held for held in self._open if held == path or held.startswith(below)]:
            self._drop(self._open.pop(stale))

    @contextmanager
    def open_dir(self, path: str) -> Iterator[int]:
        """The file descriptor of a directory, "" for the folder, valid inside the `with` block.

        Raises Blocked, FileNotFoundError, OSError.
        """
        held = self._hold(path)
        held.users += 1
        try:
            yield held.fd
        finally:
            held.users -= 1
            if held.dropped:
                self._drop(held)

    @contextmanager
    def open_fresh(self, path: str) -> Iterator[int]:
        """The same, to be listed. Raises as `open_dir`."""
        with self.open_dir(path) as fd:
            rewind(fd)
            yield fd

    def lstat(self, path: str) -> os.stat_result:
        """What stands at a path, a symlink as itself. Raises Blocked, FileNotFoundError, OSError."""
        parent, name = split(path)
        _refuse_dots(name, path)
        with self.open_dir(parent) as fd:
            return os.stat(name, dir_fd=fd, follow_symlinks=False) if name else os.fstat(fd)

    def names(self, path: str) -> list[str]:
        """The names in a directory, as the disk spells them. Raises Blocked, FileNotFoundError, OSError."""
        with self.open_fresh(path) as fd:
            return os.listdir(fd)  # noqa: PTH208 - a descriptor is no path

    def make_dirs(self, path: str) -> None:
        """Make a directory and its parents where they are missing. Raises Blocked, OSError."""
        if path in self._open:
            return
        try:
            self._make_missing(path)
        except FileNotFoundError:  # a directory that was open has been removed meanwhile
            self.forget()
            self._make_missing(path)

    def remove_empty_parents(self, path: str) -> None:
        """Remove the directories above a path, upwards, as long as they are empty and let themselves.

        `.kodokeep` and what is next below it stay.
        """
        directory, _ = split(path)
        while directory and not _is_fixed(directory):
            parent, name = split(directory)
            self.invalidate(directory)
            try:
                with self.open_dir(parent) as fd:
                    os.rmdir(name, dir_fd=fd)
            except FileNotFoundError:
                pass  # gone already; the one above may be empty now
            except OSError:
                return  # not empty, a mount point, or not ours to remove: an empty directory harms nobody
            directory = parent

    def _make_missing(self, path: str) -> None:
        missing = []
        while True:
            try:
                with self.open_dir(path):
                    break
            except FileNotFoundError:
                missing.append(path)
                path, _ = split(path)
        for directory in reversed(missing):
            parent, name = split(directory)
            with self.open_dir(parent) as fd, suppress(FileExistsError):  # made in this moment by somebody else
                os.mkdir(name, dir_fd=fd)
            with self.open_dir(directory):  # raises if that somebody made no directory
                pass

    def _hold(self, path: str) -> _Held:
        if not path:
            return self._root
        held = self._open.get(path)
        if held is not None:
            self._open.move_to_end(path)
            return held
        known, names = self._nearest_open(path)
        held = self._hold(known)
        for name in names:
            known = f"{known}/{name}" if known else name
            held = self._open_child(held, name, known)
        return held

    def _nearest_open(self, path: str) -> tuple[str, list[str]]:
        """The deepest directory above `path` that is open, and the names that lead on from it."""
        names = []
        while path and path not in self._open:
            path, name = split(path)
            names.append(name)
        return path, names[::-1]

    def _open_child(self, parent: _Held, name: str, path: str) -> _Held:
        _refuse_dots(name, path)
        try:
            fd = os.open(name, _FLAGS, dir_fd=parent.fd)
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                raise Blocked(errno.ENOTDIR, "not a directory, or a symlink", path) from error
            raise OSError(error.errno, error.strerror, path) from error
        held = self._open[path] = _Held(fd)
        while len(self._open) > self._capacity:
            self._drop(self._open.popitem(last=False)[1])
        return held

    def _drop(self, held: _Held) -> None:
        """Close a directory that is out of the cache, now or when its last user is done."""
        held.dropped = True
        if not held.users:
            os.close(held.fd)
