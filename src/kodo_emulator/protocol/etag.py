"""The content hash that Kodo calls etag, both kinds (protocol §9)."""

import hashlib
from collections.abc import Sequence

from kodo_emulator.protocol.entry import b64url, unb64url

BLOCK_BYTES = 4 * 1024 * 1024

_ONE_BLOCK = b"\x16"
_MANY_BLOCKS = b"\x96"
_PARTS = b"\x9e"


class Etag:
    """Hashes a content while it streams by (kind v1)."""

    def __init__(self) -> None:
        self._full_blocks: list[bytes] = []
        self._block = hashlib.sha1(usedforsecurity=False)
        self._room_bytes = BLOCK_BYTES

    def update(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view:
            if self._room_bytes == 0:
                self._full_blocks.append(self._block.digest())
                self._block = hashlib.sha1(usedforsecurity=False)
                self._room_bytes = BLOCK_BYTES
            taken = view[: self._room_bytes]
            self._block.update(taken)
            self._room_bytes -= len(taken)
            view = view[len(taken) :]

    def text(self) -> str:
        """The etag of everything so far, 28 characters."""
        return etag_of_blocks([*self._full_blocks, self._block.digest()])


def etag_of_blocks(digests: Sequence[bytes]) -> str:
    """The etag (kind v1) of a content, from the SHA-1 of each of its blocks; no block: an empty content."""
    if len(digests) > 1:
        return b64url(_MANY_BLOCKS + _sha1(digests))
    return b64url(_ONE_BLOCK + (digests[0] if digests else _sha1([])))


def block_digest(etag: str) -> bytes:
    """The SHA-1 in the etag of a content of one block."""
    return unb64url(etag)[1:]


def etag_of_parts(sizes_bytes: Sequence[int], etags: Sequence[str]) -> str:
    """The etag of a content that came in parts, from the v1 etags of the parts (protocol §9.2)."""
    digests = [block_digest(etag) for etag in etags]
    in_blocks = all(size == BLOCK_BYTES for size in sizes_bytes[:-1]) and all(
        size <= BLOCK_BYTES for size in sizes_bytes[-1:]
    )
    if not in_blocks:
        return b64url(_PARTS + _sha1(digests))
    return etag_of_blocks(digests)


def _sha1(digests: Sequence[bytes]) -> bytes:
    return hashlib.sha1(b"".join(digests), usedforsecurity=False).digest()
