"""Small files that nobody else may read: looked at before they are used, written whole or not at all.

What belongs here: owners, modes and links. What does not: what is in the files. Each refusal names
the command that mends it. On Windows new files of a user are the user's own, and owners and modes are not looked at.
"""

import os
import shlex
import stat
from pathlib import Path

from kodokeep.errors import ConfigError
from kodokeep.whole import replace_file, sync_directory

MOST_BYTES = 64 * 1024
OTHERS = stat.S_IRWXG | stat.S_IRWXO
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
HAS_OWNERS = hasattr(os, "getuid")

_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_SAFELY = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)  # a pipe of that name must not hold us up


def read_private(file: Path, *, follow_links: bool = False) -> bytes:
    """The content of a file that only its owner can read.

    Raises FileNotFoundError if it is not there, ConfigError if it is anything else, others can read it, or it is large.
    """
    content, found = _read(file, _SAFELY if follow_links else _SAFELY | _NO_LINKS)
    _check_owner(file, found)
    if HAS_OWNERS and found.st_mode & OTHERS:
        raise _refused(file, "others may read or write it", f"chmod 600 {shlex.quote(str(file))}")
    return content


def read_handed_over(file: Path) -> bytes:
    """The content of a file that the system prepared for this very process, whose modes are its affair.

    Raises FileNotFoundError, ConfigError.
    """
    return _read(file, _SAFELY)[0]


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read, durably, in place of what had its name. Raises OSError."""
    replace_file(file, content, 0o600)


def remove_private(file: Path) -> bool:
    """Remove a file durably; False if there was none. Raises OSError."""
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    sync_directory(file.parent)
    return True


def is_there(path: Path) -> bool:
    """True if something has this name, a broken link too. Raises ConfigError if that cannot be told."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ConfigError(f"{path}: cannot be looked at: {error.strerror}") from None
    return True


def make_private(directory: Path) -> None:
    """Make a directory that only its owner can enter, with all above it. Raises ConfigError if others can enter it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_private(directory)


def check_private(directory: Path) -> None:
    """Raises ConfigError if a directory is a link, somebody else's, or others can enter it; OSError."""
    found = _check_directory(directory)
    if HAS_OWNERS and found.st_mode & OTHERS:
        raise _refused(directory, "others may enter it", f"chmod 700 {shlex.quote(str(directory))}")


def check_not_shared(directory: Path) -> None:
    """Raises ConfigError if a directory is a link, somebody else's, or others can put files into it; OSError."""
    found = _check_directory(directory)
    if HAS_OWNERS and found.st_mode & OTHERS_WRITE:
        raise _refused(directory, "others may change what is in it", f"chmod go-w {shlex.quote(str(directory))}")


def _read(file: Path, flags: int) -> tuple[bytes, os.stat_result]:
    try:
        descriptor = os.open(file, os.O_RDONLY | flags)
    except FileNotFoundError:
        raise
    except OSError as error:
        if flags & _NO_LINKS and file.is_symlink():
            target = file.parent / file.readlink()
            raise _refused(file, "it is a symlink", f"put the file itself there, which is {target}") from None
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ConfigError(f"{file}: is no file")
        with os.fdopen(descriptor, "rb", closefd=False) as opened:
            content = opened.read(MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{file}: is larger than {MOST_BYTES // 1024} KiB, which is not what was expected there")
    return content, found


def _check_directory(directory: Path) -> os.stat_result:
    found = directory.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise _refused(directory, "it is a symlink", "put the directory itself there")
    if not stat.S_ISDIR(found.st_mode):
        raise ConfigError(f"{directory}: is no directory")
    _check_owner(directory, found)
    return found


def _check_owner(path: Path, found: os.stat_result) -> None:
    """Root may own it: whoever is root can read everything anyway."""
    if HAS_OWNERS and found.st_uid not in (os.getuid(), 0):
        raise _refused(path, f"it belongs to user {found.st_uid}", f"chown {os.getuid()} {shlex.quote(str(path))}")


def _refused(path: Path, why: str, mend: str) -> ConfigError:
    return ConfigError(f"{path}: refused, because {why}", hint=mend)
