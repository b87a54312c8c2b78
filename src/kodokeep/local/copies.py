"""Copying a file of the tree into a temp: content that is here already need not travel (rule 27).

The disk shares the blocks or copies by itself where it can; what is hashed is the copy. There is no hard link: a later
edit of one file must not be one of the other.
"""

import errno
import os
from pathlib import Path

from kodokeep.local.content import described, feed
from kodokeep.local.dirs import Directories
from kodokeep.local.failures import raise_if_full
from kodokeep.local.probe import DiskClock
from kodokeep.local.reading import opened_file
from kodokeep.local.spot import Spot, spot_of
from kodokeep.model.entry import LocalContent
from kodokeep.model.qetag import Qetag

_CHUNK_BYTES = 64 * 1024 * 1024
_BUFFER_BYTES = 1024 * 1024

# What a kernel or file system answers that cannot copy by itself.
_UNSUPPORTED = frozenset(
    {errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM, errno.EBADF}
)


def copy_to_temp(directories: Directories, path: str, temp: str, clock: DiskClock) -> LocalContent | None:
    """Copy the regular file at a tree path into a new file `temp` (absolute), over whatever has its name.

    None, with no temp left, if the file is gone, unreadable, or changed meanwhile. Raises FolderFull.
    """
    try:
        with spot_of(directories, path) as spot:
            content = _copied(spot, temp, clock)
    except OSError as error:
        Path(temp).unlink(missing_ok=True)
        raise_if_full(directories.root, error)
        return None
    if content is None:
        Path(temp).unlink(missing_ok=True)
    return content


def _copied(spot: Spot, temp: str, clock: DiskClock) -> LocalContent | None:
    with opened_file(spot) as reading:
        before = os.fstat(reading)
        racy = not clock.let_age(before.st_ctime_ns)
        hasher = Qetag(md5=True)
        Path(temp).unlink(missing_ok=True)
        writing = os.open(temp, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            _copy(reading, writing)
            os.lseek(writing, 0, os.SEEK_SET)
            feed(writing, hasher)
        finally:
            os.close(writing)
        return described(hasher, before, os.fstat(reading), racy=racy)


def _copy(reading: int, writing: int) -> None:
    """Copy an open file from its beginning to its end."""
    if hasattr(os, "copy_file_range"):
        try:
            while os.copy_file_range(reading, writing, _CHUNK_BYTES):
                pass
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
    # Where the disk does not copy by itself, or stops early (some say 0 at once), the rest is read and written.
    while data := os.read(reading, _BUFFER_BYTES):
        view = memoryview(data)
        while view:
            view = view[os.write(writing, view) :]
