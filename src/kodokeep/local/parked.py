"""Parked files: what waits in `.kodokeep/tmp` in the middle of a move that has no free place to go to directly.

The name alone tells whose content it is, on any disk, so that a file whose move never ended finds its way to history.
A key that is too long for one name begins with directories.
"""

import base64
import os
import stat
from collections.abc import Iterator

from kodokeep.local.dirs import Directories
from kodokeep.model.key import NAME_MAX_BYTES, OWN_DIRECTORY

TMP = f"{OWN_DIRECTORY}/tmp"  # noqa: S108 (the folder's own, not the system's)
SUFFIX = ".parked"

_DIRECTORY_SUFFIX = ".parking"
_LEAD = "k"  # so that the empty key has a name


def parking_path(key: str, name_max: int = NAME_MAX_BYTES) -> str:
    """Where the file of this key waits, relative to the folder; the same in every run."""
    name = _LEAD + base64.b32hexencode(key.encode()).decode().rstrip("=").lower()
    size = name_max - len(_DIRECTORY_SUFFIX)
    *above, last = (name[start : start + size] for start in range(0, len(name), size))
    return "/".join([TMP, *(f"{part}{_DIRECTORY_SUFFIX}" for part in above), f"{last}{SUFFIX}"])


def is_parking(path: str) -> bool:
    """True for a path of `.kodokeep/tmp`."""
    return path.startswith(f"{TMP}/")


def parked(directories: Directories) -> Iterator[tuple[str, str]]:
    """Everything that waits, as path and key; directories in which nothing does are removed. Raises OSError."""
    pending = [(TMP, "")]
    while pending:
        directory, begun = pending.pop()
        with directories.open_fresh(directory) as fd, os.scandir(fd) as entries:
            found = [(entry.name, entry.stat(follow_symlinks=False).st_mode) for entry in entries]
        if not found:
            directories.remove_empty_parents(f"{directory}/nothing")
        for name, mode in found:
            if stat.S_ISDIR(mode) and name.endswith(_DIRECTORY_SUFFIX):
                pending.append((f"{directory}/{name}", begun + name.removesuffix(_DIRECTORY_SUFFIX)))
            elif stat.S_ISREG(mode) and name.endswith(SUFFIX):
                key = _key(begun + name.removesuffix(SUFFIX))
                if key is not None:
                    yield f"{directory}/{name}", key


def _key(text: str) -> str | None:
    """The key that a name was made of; None for a name that is not ours."""
    padded = text[len(_LEAD) :].upper()
    try:
        return base64.b32hexdecode(padded + "=" * (-len(padded) % 8)).decode()
    except ValueError:
        return None
