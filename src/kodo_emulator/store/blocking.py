"""Work on contents that blocks, done in a thread while the event loop goes on. Where contents live is not told here."""

import asyncio
from collections.abc import Callable, Sequence
from typing import BinaryIO, Protocol

_COPY_BYTES = 1024 * 1024


class Settling(Protocol):
    """An `Incoming` that can also be sealed without an event loop."""

    def write(self, data: bytes) -> None: ...

    def settle(self) -> str:
        """`seal`, blocking."""
        ...

    def discard(self) -> None: ...


async def finish_in_thread(work: Callable[[], str]) -> str:
    """The result of something that blocks.

    A caller that is cancelled goes on when the thread has ended, so that it can clear away what the thread left.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def join_contents(openers: Sequence[Callable[[], BinaryIO]], joined: Settling) -> str:
    """Make `joined` of other contents, one after the other; it is discarded where that fails."""

    def join() -> str:
        for opener in openers:
            with opener() as source:
                while data := source.read(_COPY_BYTES):
                    joined.write(data)
        return joined.settle()

    try:
        return await finish_in_thread(join)
    except BaseException:
        joined.discard()
        raise
