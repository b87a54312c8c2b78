"""What the disk refuses, in the words of the error tree."""

import errno

from kodokeep.errors import FolderFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_full(error: OSError) -> bool:
    """True if the disk or the quota has no room."""
    return error.errno in _FULL


def raise_if_full(root: str, error: OSError) -> None:
    """Raise FolderFull if the disk or the quota has no room: that concerns the whole run, not one file."""
    if is_full(error):
        hint = "make room and run again; what was finished is kept"
        raise FolderFull(f"{root}: {error.strerror}", hint=hint) from error
