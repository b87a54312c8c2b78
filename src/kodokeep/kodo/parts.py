"""Parts: how a file is cut for a resumable upload, and reading it piece by piece (protocol §5.3, §9)."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kodokeep.kodo.commit import changed
from kodokeep.kodo.delivery import Feed
from kodokeep.kodo.retry import Cancelled
from kodokeep.model.qetag import BLOCK_BYTES, Qetag
from kodokeep.ports import Source

_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Files up to `form_bytes` are sent as one form, others in parts of `part_bytes`, or a multiple if there would be
    more than `max_parts`. With parts of one block the hash is the one that the same bytes have as a form.
    """

    form_bytes: int = BLOCK_BYTES
    part_bytes: int = BLOCK_BYTES
    max_parts: int = 10_000

    def part_sizes(self, size_bytes: int) -> tuple[int, ...]:
        """The sizes of all parts of a file that is not empty."""
        each = self.part_bytes * -(-size_bytes // (self.part_bytes * self.max_parts))
        whole, rest = divmod(size_bytes, each)
        return (each,) * whole + ((rest,) if rest else ())


@dataclass(frozen=True, slots=True)
class Piece:
    """One part that was read: its md5, and what to send, from memory if it is no larger than a block."""

    md5: str
    body: bytes | Feed


def read_part(source: Source, offset: int, size_bytes: int, hasher: Qetag, halted: Callable[[], bool]) -> Piece:
    """Read a part and hash it on the way, for itself and into `hasher`. Raises Stale, Cancelled, OSError."""
    md5 = hashlib.md5(usedforsecurity=False)
    if size_bytes <= BLOCK_BYTES:
        data = source.read(offset, size_bytes)
        if len(data) != size_bytes:
            raise changed()
        md5.update(data)
        hasher.update(data)
        return Piece(md5.hexdigest(), data)
    for chunk in chunks(source, offset, size_bytes, halted):
        md5.update(chunk)
        hasher.update(chunk)
    return Piece(md5.hexdigest(), Feed(source, offset, size_bytes))


def chunks(source: Source, offset: int, size_bytes: int, halted: Callable[[], bool]) -> Iterator[bytes]:
    """A stretch of the file. Raises Stale if it ends early, Cancelled, OSError."""
    end = offset + size_bytes
    while offset < end:
        if halted():
            raise Cancelled
        chunk = source.read(offset, min(_READ_BYTES, end - offset))
        if not chunk:
            raise changed()
        yield chunk
        offset += len(chunk)
