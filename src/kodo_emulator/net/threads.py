"""Work that blocks for as long as another server likes, beside the event loop."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


async def run_apart(work: Callable[[], T]) -> T:
    """The result of `work`, done in a thread of its own.

    It is not one of the loop's own threads, since those keep the process from ending. A caller that is cancelled does
    not wait; the thread ends when it likes, or with the process.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            report = partial(_settle, result.set_result, work())
        except BaseException as error:  # noqa: BLE001 -- whatever it is, the caller gets it
            report = partial(_settle, result.set_exception, error)
        with suppress(RuntimeError):  # The loop ended first: nobody waits.
            loop.call_soon_threadsafe(report)

    def _settle(settle: Callable[..., None], outcome: object) -> None:
        if not result.done():
            settle(outcome)

    threading.Thread(target=run, daemon=True).start()
    return await result
