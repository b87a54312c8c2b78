"""Moving one file to a free name, within a file system or by a copy (rule 9).

What belongs here: the move and nothing of what it means. What does not: which file goes where and what to do when the
world has moved (`files`, `settle`).
"""

import errno
import os
import zlib
from dataclasses import dataclass

from kodokeep.local.content import feed
from kodokeep.local.durability import Checkpoint, Durability, sync_descriptor
from kodokeep.local.reading import opened_file
from kodokeep.local.rename import Rename
from kodokeep.local.spot import Spot, stamp_of
from kodokeep.model.qetag import Qetag

_BUFFER_BYTES = 1024 * 1024


class SourceChanged(Exception):
    """A file changed while it was copied; it stays where it is, the copy is gone."""


@dataclass(frozen=True, slots=True)
class Moves:
    """How files move. `checkpoint` hears of every disk operation before it happens."""

    rename: Rename
    durability: Durability
    checkpoint: Checkpoint

    def move(self, source: Spot, target: Spot, operation: str) -> bool:
        """Give a file another name that must be free; True if the move crossed devices and thus made a copy.

        Raises FileExistsError, FileNotFoundError, SourceChanged, OSError.
        """
        self.checkpoint(operation)
        try:
            self.rename(source.dir_fd, source.name, target.dir_fd, target.name)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self.copy_away(source, target)
            return True
        return False

    def copy_away(self, source: Spot, target: Spot) -> None:
        """Copy beside the target, verify, sync, rename; the original goes only once the copy is durable.

        Raises as `move`.
        """
        before = os.stat(source.name, dir_fd=source.dir_fd, follow_symlinks=False)
        beside = staged(target)
        beside.unlink()
        try:
            self.checkpoint("copy-beside")
            _copy_verified(source, beside)
            beside.set_mtime(before.st_mtime_ns)
            self.checkpoint("rename-copy")
            self.rename(beside.dir_fd, beside.name, target.dir_fd, target.name)
        except OSError:
            beside.unlink()
            raise
        self.durability.sync()
        self.durability.sync_device(target.dir_fd)
        after = source.lstat()
        if after is None or stamp_of(after) != stamp_of(before) or after.st_ino != before.st_ino:
            target.unlink()
            raise SourceChanged
        self.checkpoint("remove-original")
        source.unlink()
        self.durability.sync_device(source.dir_fd)


def staged(target: Spot) -> Spot:
    """Where a copy grows before it gets its name: beside it, under a name that no key has (rule 4)."""
    return Spot(target.dir_fd, f"kodoke~{zlib.crc32(os.fsencode(target.name))}")


def same_content(one: Spot, other: Spot) -> bool:
    """True if two regular files hold the same bytes. Raises OSError."""
    return _hash(one) == _hash(other)


def _hash(spot: Spot) -> tuple[int, str]:
    hasher = Qetag()
    with opened_file(spot) as fd:
        feed(fd, hasher)
    return hasher.size_bytes, hasher.v1()


def _copy_verified(source: Spot, target: Spot) -> None:
    """Copy into a new file, sync it, and read it back. Raises OSError (EIO if it reads back differently)."""
    hasher = Qetag()
    with opened_file(source) as reading:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        writing = os.open(target.name, flags, os.fstat(reading).st_mode & 0o777, dir_fd=target.dir_fd)
        with os.fdopen(writing, "wb", buffering=0) as copy:
            buffer = bytearray(_BUFFER_BYTES)
            while count := os.readv(reading, [buffer]):
                chunk = memoryview(buffer)[:count]
                hasher.update(chunk)
                while chunk:
                    chunk = chunk[copy.write(chunk) :]
            sync_descriptor(writing)
    if _hash(target) != (hasher.size_bytes, hasher.v1()):
        raise OSError(errno.EIO, "a copy reads back differently", target.name)
