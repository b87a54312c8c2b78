"""Kodo's content hash, the qetag, computed while bytes stream by (protocol §9).

What belongs here: the hash itself and telling its kinds apart. What does not: reading files or bodies (`local`,
`kodo`), and deciding which hash proves what (`planning`, `kodo`).
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import repeat

BLOCK_BYTES = 4 * 1024 * 1024
"""Blocks of the v1 hash; parts of a v2 hash are cut into the same."""

_DIGEST_BYTES = 20
_ONE_BLOCK, _BLOCKS, _PARTS = b"\x16", b"\x96", b"\x9e"

# The second character is fixed to 16 letters by the two lowest bits of all three first bytes.
_V1 = re.compile(r"[Fl][g-v][A-Za-z0-9_-]{26}")
_V2 = re.compile(r"n[g-v][A-Za-z0-9_-]{26}")


class HashKind(StrEnum):
    """What a hash that Kodo reports was computed over. Only hashes of one kind can be compared."""

    V1 = "v1"
    V2 = "v2"
    UNKNOWN = "unknown"


def hash_kind(value: str) -> HashKind:
    """The kind of a listed hash. A V2 hash can be recomputed only with the object's part sizes; UNKNOWN ones never."""
    if _V1.fullmatch(value):
        return HashKind.V1
    if _V2.fullmatch(value):
        return HashKind.V2
    return HashKind.UNKNOWN


def v1(data: bytes | bytearray | memoryview) -> str:
    """The v1 qetag of a whole content that is in memory."""
    if len(data) <= BLOCK_BYTES:
        return _text(_ONE_BLOCK, _sha1(data))
    hasher = Qetag()
    hasher.update(data)
    return hasher.v1()


class Qetag:
    """Streaming hasher: feed `update`, then read `v1`, `v2` and `md5` in any order, at any time.

    `parts` are the object's part sizes in bytes, for `v2`. Where they are whole blocks nothing is hashed twice.
    """

    __slots__ = ("_blocks", "_md5", "_parts", "_parts_pieces", "size_bytes")

    def __init__(self, parts: tuple[int, ...] = (), *, md5: bool = False) -> None:
        self.size_bytes = 0
        self._parts = parts if min(parts, default=1) > 0 else ()
        self._blocks = _Pieces(repeat(BLOCK_BYTES))
        on_blocks = all(part % BLOCK_BYTES == 0 for part in self._parts[:-1])
        self._parts_pieces = self._blocks if on_blocks else _Pieces(_piece_sizes(self._parts))
        self._md5 = hashlib.md5(usedforsecurity=False) if md5 else None

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Take the next bytes; they are not copied."""
        self.size_bytes += len(data)
        self._blocks.update(data)
        if self._parts_pieces is not self._blocks:
            self._parts_pieces.update(data)
        if self._md5 is not None:
            self._md5.update(data)

    def v1(self) -> str:
        """The v1 qetag of what was fed so far."""
        digests = self._blocks.digests()
        if len(digests) == _DIGEST_BYTES:
            return _text(_ONE_BLOCK, digests)
        return _text(_BLOCKS, _sha1(digests))

    def v2(self) -> str | None:
        """The qetag of what was fed as an upload in these parts; None if they do not add up to it.

        Parts of one block each give the v1 hash, as they do on Kodo.
        """
        if not self._parts or sum(self._parts) != self.size_bytes:
            return None
        if all(part == BLOCK_BYTES for part in self._parts[:-1]) and self._parts[-1] <= BLOCK_BYTES:
            return self.v1()
        return _text(_PARTS, _sha1(_part_digests(self._parts, self._parts_pieces.digests())))

    def md5(self) -> str | None:
        """The MD5 as 32 hex digits; None if it was not asked for."""
        return None if self._md5 is None else self._md5.hexdigest()


class _Pieces:
    """SHA-1 of each piece of a stream that is cut at endless given sizes."""

    __slots__ = ("_done", "_left", "_sha", "_sizes")

    def __init__(self, sizes: Iterable[int]) -> None:
        self._sizes = iter(sizes)
        self._left = next(self._sizes)
        self._sha = hashlib.sha1(usedforsecurity=False)
        self._done = bytearray()

    def update(self, data: bytes | bytearray | memoryview) -> None:
        if len(data) <= self._left:
            self._sha.update(data)
            self._left -= len(data)
            return
        view = memoryview(data)
        while view:
            if self._left == 0:
                self._next_piece()
            self._sha.update(view[: self._left])
            taken = min(self._left, len(view))
            self._left -= taken
            view = view[taken:]

    def digests(self) -> bytes:
        """20 bytes for each piece, the unfinished one included."""
        return bytes(self._done) + self._sha.digest()

    def _next_piece(self) -> None:
        self._done += self._sha.digest()
        self._sha = hashlib.sha1(usedforsecurity=False)
        self._left = next(self._sizes)


def _piece_sizes(parts: tuple[int, ...]) -> Iterator[int]:
    """Every part cut into blocks, then blocks for bytes that no part announced."""
    for part in parts:
        yield from repeat(BLOCK_BYTES, part // BLOCK_BYTES)
        if part % BLOCK_BYTES:
            yield part % BLOCK_BYTES
    yield from repeat(BLOCK_BYTES)


def _part_digests(parts: tuple[int, ...], pieces: bytes) -> bytes:
    """One digest for each part: that of its only block, or the digest of its blocks' digests."""
    result = bytearray()
    start = 0
    for part in parts:
        end = start + _DIGEST_BYTES * -(-part // BLOCK_BYTES)
        result += pieces[start:end] if part <= BLOCK_BYTES else _sha1(pieces[start:end])
        start = end
    return bytes(result)


def _sha1(data: bytes | bytearray | memoryview) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _text(kind: bytes, digest: bytes) -> str:
    return base64.urlsafe_b64encode(kind + digest).decode("ascii")
