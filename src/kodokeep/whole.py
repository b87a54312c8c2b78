"""Small files that are there whole or not at all: who reads one finds the old content or the new, also after a crash.

What belongs here: putting such a file in place. What does not: the files of a folder and its records (`local`), and
what is in a file or who may read it.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def replace_file(file: Path, content: bytes, mode: int) -> None:
    """Write a file durably in place of what had its name. Raises OSError; then all is as before."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        beside.chmod(mode)
        beside.replace(file)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    sync_directory(file.parent)


def sync_directory(directory: Path) -> None:
    """Make names that came and went durable, where that can be asked for."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network disks cannot
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
