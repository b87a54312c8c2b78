"""Opening files whose names somebody else may have taken."""

import errno
import os
import stat


def opened(path: str, flags: int) -> int:
    """A descriptor of a regular file. Whatever else has its name is left as it is: OSError.

    Without O_NONBLOCK a fifo would hold up the caller until somebody opens its other end.
    """
    try:
        fd = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a fifo that nobody reads, or a socket
            raise _irregular(path) from error
        raise
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise _irregular(path)
    return fd


def _irregular(path: str) -> OSError:
    return OSError(f"{path} is no regular file")
