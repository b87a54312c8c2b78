"""Temp files: downloads in progress, in `.kodokeep/tmp` on the tree's own file system, and how far uploads are.

A name says which content of which key it is for, so that a later run resumes it and a newer content never does.
"""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress

from kodokeep.local.dirs import rewind
from kodokeep.model.entry import RemoteEntry, Stamp

SUFFIX = ".part"
PROGRESS_SUFFIX = ".upload"

PROBE = "probe."
"""How the directory begins in which a starting run tries the disk's names; it is gone within a millisecond."""

_BLOCK_BYTES = 512  # the unit of `st_blocks`, whatever the disk's own blocks are


def temp_name(remote: RemoteEntry) -> str:
    """The temp's name for this very content of this key; the same in every run."""
    content = f"{remote.hash}\n{remote.size_bytes}\n{remote.put_time_ns}"
    return f"{_digest(remote.key, 12)}-{_digest(content, 8)}{SUFFIX}"


def progress_name(key: str, stamp: Stamp) -> str:
    """The name of an upload's progress file, for this very file as this key; the same in every run."""
    content = f"{stamp.size_bytes}\n{stamp.mtime_ns}\n{stamp.ctime_ns}"
    return f"{_digest(key, 12)}-{_digest(content, 8)}{PROGRESS_SUFFIX}"


def temp_inode(temp: str) -> int:
    """The inode of a temp file (absolute path). Raises OSError if it is gone."""
    return os.stat(temp, follow_symlinks=False).st_ino  # noqa: PTH116 (Path would be built for every object)


def temp_bytes(dir_fd: int) -> int:
    """Bytes of the disk that all unfinished downloads hold."""
    rewind(dir_fd)
    with os.scandir(dir_fd) as entries:
        parts = (entry for entry in entries if _is_file(entry, SUFFIX))
        return sum(_BLOCK_BYTES * part.stat(follow_symlinks=False).st_blocks for part in parts)


def drop_temps(dir_fd: int, keep: Iterable[str]) -> None:
    """Remove every temp file and every upload's progress but those named by their paths, and what a run left that was
    killed while it probed.

    `keep` is only passed through, however long it is.
    """
    rewind(dir_fd)
    with os.scandir(dir_fd) as entries:
        stray = {entry.name for entry in entries if _is_file(entry, SUFFIX, PROGRESS_SUFFIX)}
    for name in os.listdir(dir_fd):
        if name.startswith(PROBE):
            _drop_probe(dir_fd, name)
    for path in keep:
        stray.discard(path.rpartition("/")[2])
    for name in stray:
        with suppress(OSError):  # what does not let itself be removed is in nobody's way
            os.unlink(name, dir_fd=dir_fd)


def _drop_probe(dir_fd: int, name: str) -> None:
    with suppress(OSError):
        fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=dir_fd)
        try:
            for probed in os.listdir(fd):  # noqa: PTH208 (by descriptor: no symlink is followed)
                os.unlink(probed, dir_fd=fd)
        finally:
            os.close(fd)
        os.rmdir(name, dir_fd=dir_fd)


def _is_file(entry: os.DirEntry[str], *suffixes: str) -> bool:
    return entry.name.endswith(suffixes) and not entry.is_dir(follow_symlinks=False)


def _digest(text: str, size_bytes: int) -> str:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=size_bytes).hexdigest()
