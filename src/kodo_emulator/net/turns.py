"""Work that takes long on the event loop, done in turns with everybody else's."""

import asyncio
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Turns = Generator[None, None, T]
"""Work that yields wherever others may have a turn; its return value is its result."""

_TURN_S = 0.01


def at_once(work: Turns[T]) -> T:
    """The result of `work` for those who let nobody else have a turn."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result


async def in_turns(work: Turns[T]) -> T:
    """The result of `work`. Others get a turn whenever it has taken one of a good length."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        if loop.time() - began_s > _TURN_S:
            await asyncio.sleep(0)
            began_s = loop.time()
