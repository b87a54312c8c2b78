"""Spots: a name in an open directory, which is what every operation on a file of the folder works on (rule 3)."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from kodokeep.local.dirs import Directories, split
from kodokeep.local.probe import has_lasting_inodes
from kodokeep.model.entry import Stamp

# What every file system can hold: FAT begins in 1980, 32-bit seconds end in 2038.
_SAFE_MIN_NS = 315_619_200 * 1_000_000_000
_SAFE_MAX_NS = (2**31 - 1) * 1_000_000_000
_STAMP_MAX_NS = 2**63 - 1
_UNHOLDABLE = frozenset({errno.EINVAL, errno.EOVERFLOW, errno.ERANGE})


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where a file is or may be. Valid as long as its directory is open."""

    dir_fd: int
    name: str

    def lstat(self) -> os.stat_result | None:
        """What stands here, a symlink as itself; None if nothing does."""
        try:
            return os.stat(self.name, dir_fd=self.dir_fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def unlink(self) -> None:
        """Remove the file here, if there is one."""
        with suppress(FileNotFoundError):
            os.unlink(self.name, dir_fd=self.dir_fd)

    def set_mtime(self, mtime_ns: int) -> None:
        """Set the modification time; one that the disk cannot hold becomes the nearest that every disk can."""
        try:
            self._utime(mtime_ns)
        except (OSError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno not in _UNHOLDABLE:
                raise
            self._utime(min(max(mtime_ns, _SAFE_MIN_NS), _SAFE_MAX_NS))

    def _utime(self, mtime_ns: int) -> None:
        os.utime(self.name, ns=(mtime_ns, mtime_ns), dir_fd=self.dir_fd, follow_symlinks=False)


@contextmanager
def spot_of(directories: Directories, path: str) -> Iterator[Spot]:
    """The spot of a path relative to the folder. Raises Blocked, FileNotFoundError for a missing parent, OSError."""
    parent, name = split(path)
    with directories.open_dir(parent) as dir_fd:
        yield Spot(dir_fd, name)


def stamp_of(found: os.stat_result) -> Stamp:
    """The part of a stat that tells changes; a time beyond 2262, which some disks keep, as the last a record holds."""
    mtime_ns = found.st_mtime_ns
    if not -_STAMP_MAX_NS <= mtime_ns <= _STAMP_MAX_NS:
        mtime_ns = _STAMP_MAX_NS if mtime_ns > 0 else -_STAMP_MAX_NS
    inode = found.st_ino if has_lasting_inodes(found.st_dev) else 0
    return Stamp(found.st_size, mtime_ns, found.st_ctime_ns, inode)


def is_file(found: os.stat_result | None) -> bool:
    """True for a regular file: no symlink, no directory, no nothing."""
    return found is not None and stat.S_ISREG(found.st_mode)


def is_alike(found: os.stat_result, expected: Stamp) -> bool:
    """True for a regular file of this size and mtime, which a move leaves as they are; the ctime it does not."""
    return is_file(found) and (found.st_size, found.st_mtime_ns) == (expected.size_bytes, expected.mtime_ns)


def same_file(one: os.stat_result, other: os.stat_result) -> bool:
    """True for two names of one file."""
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def unchanged_by_rename(before: os.stat_result, after: os.stat_result) -> bool:
    """True if a rename is all that happened to a file; the ctime is left out, because a rename moves it."""
    return (before.st_ino, before.st_size, before.st_mtime_ns) == (after.st_ino, after.st_size, after.st_mtime_ns)
