"""A request body between the connection, which feeds it, and a handler, which reads it."""

import asyncio
from collections import deque
from collections.abc import Callable

from kodo_emulator.net.http1 import Body


class StreamedBody:
    """The bytes of one body, held until they are read.

    `resume` is called after each read, so that more may arrive; `ask` before the first one, if the client waits for
    that.
    """

    def __init__(self, resume: Callable[[], None], ask: Callable[[], None] | None = None) -> None:
        self._resume = resume
        self._ask = ask
        self._pieces: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self.buffered_bytes = 0
        self.received_bytes = 0
        self.complete = False
        self.lost = False

    @property
    def is_withheld(self) -> bool:
        """Whether the client keeps the body until it is asked for it (Expect: 100-continue)."""
        return self._ask is not None and not (self._pieces or self.complete)

    async def read(self) -> bytes:
        if self._ask and self.is_withheld:
            self._ask()
        self._ask = None
        while not self._pieces:
            if self.complete:
                return b""
            if self.lost:
                raise ConnectionResetError
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        data = b"".join(self._pieces) if len(self._pieces) > 1 else self._pieces[0]
        self._pieces.clear()
        self.buffered_bytes = 0
        self._resume()
        return data

    def feed(self, data: bytes) -> None:
        self._pieces.append(data)
        self.buffered_bytes += len(data)
        self.received_bytes += len(data)
        wake(self._waiter)

    def end(self, *, lost: bool = False) -> None:
        self.lost = lost
        self.complete = self.complete or not lost
        wake(self._waiter)


class BegunBody:
    """A body of which somebody read the beginning already."""

    def __init__(self, beginning: bytes, rest: Body) -> None:
        self._beginning = beginning
        self._rest = rest

    async def read(self) -> bytes:
        beginning, self._beginning = self._beginning, b""
        return beginning or await self._rest.read()


def wake(waiter: "asyncio.Future[None] | None") -> None:
    """Let whoever awaits `waiter` go on."""
    if waiter and not waiter.done():
        waiter.set_result(None)
