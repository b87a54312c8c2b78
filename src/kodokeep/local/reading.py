"""Opening a file of the tree to be read: never through a symlink, and never waiting for the writer of a fifo."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from kodokeep.local.spot import Spot

_GONE_OR_ELSE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EISDIR, None})


def is_none_any_more(error: OSError) -> bool:
    """True if a file could not be opened because it is gone, or something that is no regular file has its name."""
    return error.errno in _GONE_OR_ELSE


def open_file(spot: Spot) -> int:
    """A descriptor of the regular file at a spot. Raises OSError, also for anything else that stands there."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    fd = os.open(spot.name, flags, dir_fd=spot.dir_fd)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError("no regular file")
    return fd


@contextmanager
def opened_file(spot: Spot) -> Iterator[int]:
    """The same for the length of a `with` block."""
    fd = open_file(spot)
    try:
        yield fd
    finally:
        os.close(fd)
