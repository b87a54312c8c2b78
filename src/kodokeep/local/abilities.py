"""Abilities: what the folder's disk can do, tried where every run tries it, for people who want to know.

What belongs here: putting the probes together, and clones of files. What does not: what follows from it for a run
(`names`, `probe`).
"""

import errno
import os
import sys
from dataclasses import dataclass

from kodokeep.local.dirs import Directories
from kodokeep.local.names import probe_names
from kodokeep.local.parked import TMP
from kodokeep.local.probe import FINE_NS, PROBE_NAME, DiskClock
from kodokeep.local.workshop import scratch_name

_FICLONE = 0x40049409
_CANNOT_CLONE = frozenset({errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOTTY, errno.EINVAL, errno.EXDEV, errno.ENOSYS})


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a disk does with names, copies and times. `shares_blocks` None: this system cannot be asked."""

    name_bytes: int
    exact_names: bool
    keeps_names: bool
    refuses_windows_names: bool
    shares_blocks: bool | None
    fine_times: bool


def abilities(root: str) -> Abilities | None:
    """Try it out in `.kodokeep/tmp` and leave nothing behind; None if no run has made that yet.

    Raises OSError if it cannot be written, FolderUnusable.
    """
    with Directories(root) as directories:
        try:
            directories.lstat(TMP)
        except FileNotFoundError:
            return None
        scratch = f"{TMP}/{scratch_name()}"
        rules = probe_names(directories, scratch)
        try:
            with directories.open_dir(scratch) as fd:
                fine, shares = _has_fine_times(fd), _shares_blocks(fd)
        finally:
            directories.invalidate(scratch)
            with directories.open_dir(TMP) as fd:
                os.rmdir(scratch.rpartition("/")[2], dir_fd=fd)
    return Abilities(rules.max_bytes, rules.exact, rules.keeps, rules.portable, shares, fine)


def _has_fine_times(dir_fd: int) -> bool:
    clock = DiskClock(dir_fd)
    clock.close()
    os.unlink(PROBE_NAME, dir_fd=dir_fd)
    return clock.granularity_ns <= FINE_NS


def _shares_blocks(dir_fd: int) -> bool | None:
    """True if a copy may have the same blocks as its original until one of them is changed."""
    if sys.platform != "linux":
        return None
    import fcntl  # noqa: PLC0415 - there is none on Windows

    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    names = ("original", "clone")
    files = [os.open(name, flags, 0o600, dir_fd=dir_fd) for name in names]
    try:
        os.write(files[0], bytes(4096))
        fcntl.ioctl(files[1], _FICLONE, files[0])
    except OSError as error:
        if error.errno not in _CANNOT_CLONE:
            raise
        return False
    finally:
        for file, name in zip(files, names, strict=True):
            os.close(file)
            os.unlink(name, dir_fd=dir_fd)
    return True
