"""Bytes on their way into the store, hashed while they stream."""

import hashlib
import zlib
from types import TracebackType
from typing import Self

from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.arguments import integer
from kodo_emulator.protocol.etag import Etag
from kodo_emulator.protocol.mime import HEAD_BYTES
from kodo_emulator.store.interface import Incoming

_MAX_CRC32 = 2**32 - 1


class Arrival:
    """Everything that is asked of an uploaded content, in one pass.

    As a context it forgets the content at its end, unless that was sealed: then it belongs to who sealed it.
    """

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._sealed = False
        self._etag = Etag()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.crc32 = 0
        self.size_bytes = 0
        self.head = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def write(self, data: bytes) -> None:
        self._incoming.write(data)
        self._etag.update(data)
        self._md5.update(data)
        self.crc32 = zlib.crc32(data, self.crc32)
        self.size_bytes += len(data)
        if len(self.head) < HEAD_BYTES:
            self.head += data[: HEAD_BYTES - len(self.head)]

    @property
    def etag(self) -> str:
        return self._etag.text()

    @property
    def md5(self) -> str:
        """Lower-case hex."""
        return self._md5.hexdigest()

    def check_crc32(self, claimed: str | None) -> None:
        """Compare with what the client says, if it does; the forms of the documents leave it empty (protocol §5.1).

        Raises:
            KodoError: 400 for no number, 406 for another content.
        """
        if not claimed:
            return
        if integer("crc32", claimed, 0, _MAX_CRC32) != self.crc32:
            raise KodoError(406, "crc32 mismatch")  # [unv crc32-mismatch-text]

    async def seal(self) -> str:
        """The store's name of the content, now that all of it is there."""
        content = await self._incoming.seal()
        self._sealed = True
        return content

    def discard(self) -> None:
        """Forget a content that was not sealed."""
        if not self._sealed:
            self._incoming.discard()
