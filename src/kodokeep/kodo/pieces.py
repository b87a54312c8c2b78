"""Pieces: reading a file that is sent in parts, hashed on the way (protocol §5.3, §9)."""

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
