"""Temp files: downloads in progress, in `.kodokeep/tmp` on the tree's own file system.

A name says which content of which key it is for, so that a later run resumes it and a newer content never does.
"""

import hashlib
import os
from collections.abc import Iterable

from kodokeep.model.entry import RemoteEntry

SUFFIX = ".part"


def temp_name(remote: RemoteEntry) -> str:
    """The temp's name for this very content of this key; the same in every run."""
    content = f"{remote.hash}\n{remote.size_bytes}\n{remote.put_time_ns}"
    return f"{_digest(remote.key, 12)}-{_digest(content, 8)}{SUFFIX}"


def temp_inode(temp: str) -> int:
    """The inode of a temp file (absolute path). Raises OSError if it is gone."""
    return os.stat(temp, follow_symlinks=False).st_ino  # noqa: PTH116 (Path would be built for every object)


def drop_temps(dir_fd: int, keep: Iterable[str]) -> None:
    """Remove every temp file but those named by their paths. `keep` is only passed through, however long it is."""
    stray = {name for name in os.listdir(dir_fd) if name.endswith(SUFFIX)}
    for path in keep:
        stray.discard(path.rpartition("/")[2])
    for name in stray:
        os.unlink(name, dir_fd=dir_fd)


def _digest(text: str, size_bytes: int) -> str:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=size_bytes).hexdigest()
