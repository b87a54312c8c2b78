"""Uploads that may only take so much of the line (trafficLimit, protocol §2.4)."""

import asyncio

from kodo_emulator.net.http1 import Body
from kodo_emulator.protocol.traffic import BYTE_BITS


class PacedBody:
    """A body whose bytes are taken no faster than the limit; no limit, or 0, lets them pass."""

    def __init__(self, body: Body, bits_per_s: int | None = None) -> None:
        self._body = body
        self._clock_s = asyncio.get_running_loop().time
        self._started_s = self._clock_s()
        self._read_bits = 0
        self.bits_per_s = bits_per_s

    async def read(self) -> bytes:
        data = await self._body.read()
        self._read_bits += len(data) * BYTE_BITS
        if self.bits_per_s:
            due_s = self._started_s + self._read_bits / self.bits_per_s
            await asyncio.sleep(max(due_s - self._clock_s(), 0))
        return data
