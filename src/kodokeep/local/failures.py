"""What the disk refuses, in the words of the error tree."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from kodokeep.errors import FolderFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def room_needed(root: str) -> Iterator[None]:
    """Raise FolderFull where the disk or the quota has no room; any other OSError passes."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        hint = "make room and run again; what was finished is kept"
        raise FolderFull(f"{root}: {error.strerror}", hint=hint) from error
