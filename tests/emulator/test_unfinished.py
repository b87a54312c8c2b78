"""What is remembered of uploads that came in several requests."""

import asyncio
from functools import partial

from kodo_emulator.clock import Clock
from kodo_emulator.net.http1 import Response
from kodo_emulator.store.memory import MemoryStore
from kodo_emulator.uploads.unfinished import Unfinished
from tests.emulator.vectors import MIB


def test_of_long_answers_only_the_latest_are_remembered() -> None:
    uploads = Unfinished(MemoryStore(), Clock(), "u")
    made: list[int] = []

    async def make(number: int) -> Response:
        made.append(number)
        return Response(200, body=bytes(MIB))

    async def ask(*numbers: int) -> None:
        for number in numbers:
            await uploads.answer_once(number, partial(make, number))

    asyncio.run(ask(*range(40), 39, 30, 0))
    assert made == [*range(40), 0]
