"""Trust: whoever may write a config decides what is run, what is written where, and who gets what the keys sign.

What belongs here: who may write a config file. What does not: what is done about it: commands of a file that others
may write are not run (`attention`, `rescue`), and one that only happens to lie in the current directory is not used at
all if it is somebody else's (`find`).

Windows keeps this in access lists, and new files there are the user's own; there only kept folders count.
"""

import json
import os
import shlex
import stat
from pathlib import Path

from kodokeep.model.key import OWN_DIRECTORY
from kodokeep.model.options import Mode

WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
HAS_OWNERS = hasattr(os, "getuid")

_IDENTITY = "identity.json"


def opened(file: Path) -> tuple[bytes, str]:
    """The content of a config, and why others may have written it, empty if nobody else may.

    The owner is that of what was read, whatever has the name by then. Raises OSError.
    """
    with file.open("rb") as reading:
        found = os.fstat(reading.fileno())
        content = reading.read()
    return content, _others(file, found) or _kept(file)


def writers(file: Path) -> str:
    """Why others may write a config, empty if nobody else may, or if it cannot be looked at."""
    try:
        return opened(file)[1]
    except OSError:
        return ""


def stranger(file: Path) -> str:
    """Why a config that nobody named is not used, empty if it may be. A link, too, must be one's own.

    That the group may write it is what many systems do for every file, and only keeps its commands from being run.
    """
    try:
        found = (file.lstat(), file.stat())
    except OSError:
        return ""
    if HAS_OWNERS:
        for each in found:
            if each.st_uid not in (os.getuid(), 0):
                return f"it belongs to user {each.st_uid}"
        if found[1].st_mode & stat.S_IWOTH:
            return "everybody may write it"
    return _kept(file)


def _others(file: Path, found: os.stat_result) -> str:
    if not HAS_OWNERS:
        return ""
    if found.st_uid not in (os.getuid(), 0):
        return f"it belongs to user {found.st_uid}; make a copy of your own"
    if found.st_mode & WRITABLE_BY_OTHERS:
        return f"others may write it: chmod go-w {shlex.quote(str(file))}"
    return ""


def _kept(file: Path) -> str:
    """A config in a folder that is kept in step with a bucket may have come from there."""
    try:
        place = file.resolve()
    except (OSError, RuntimeError):
        return ""
    for folder in place.parents:
        if (folder / OWN_DIRECTORY).is_dir() and not _is_published(folder):
            return f"whoever may write to the bucket of {folder}, in which it lies, may write it; move it elsewhere"
    return ""


def _is_published(folder: Path) -> bool:
    """True if nothing comes from the bucket into this folder."""
    try:
        record = json.loads((folder / OWN_DIRECTORY / _IDENTITY).read_bytes())
        return bool(record["mode"] == Mode.PUBLISH)
    except (OSError, ValueError, KeyError, TypeError):
        return False
