"""Bytes on their way into the store, hashed while they stream."""

import hashlib
import zlib

from kodo_emulator.protocol.etag import Etag
from kodo_emulator.store.interface import Incoming


class Arrival:
    """Everything that is asked of an uploaded content, in one pass."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._etag = Etag()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.crc32 = 0
        self.size_bytes = 0

    def write(self, data: bytes) -> None:
        self._incoming.write(data)
        self._etag.update(data)
        self._md5.update(data)
        self.crc32 = zlib.crc32(data, self.crc32)
        self.size_bytes += len(data)

    @property
    def etag(self) -> str:
        return self._etag.text()

    @property
    def md5(self) -> str:
        """Lower-case hex."""
        return self._md5.hexdigest()

    async def seal(self) -> str:
        """The store's name of the content, now that all of it is there."""
        return await self._incoming.seal()

    def discard(self) -> None:
        self._incoming.discard()
