"""Batches: many operations on objects in few calls, each with an answer of its own (protocol §4.1).

What belongs here: cutting into calls, asking again. What does not: what an answer means for an object (`objects`,
`relocations`).
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlencode

from kodokeep.kodo import wire
from kodokeep.kodo.api import Api
from kodokeep.kodo.failures import CONCERNS_ALL, Failure, Unreadable, of_status
from kodokeep.kodo.hosts import Hosts
from kodokeep.kodo.retry import Retry

MAX_OPERATIONS = 1000
"""The most that one call may hold (protocol §4.1)."""


class Answer(NamedTuple):
    """The last word about one operation. `failure` tells what is wrong if `code` is not 200; `data` is JSON."""

    code: int
    data: bytes
    failure: Failure | None


class Batches:
    """Sends operations of one bucket; thread-safe."""

    def __init__(self, api: Api, hosts: Hosts, retry: Retry) -> None:
        self._api = api
        self._hosts = hosts
        self._retry = retry

    def run(self, operations: Sequence[str], cancel: threading.Event) -> list[Answer]:
        """The answer to each operation (`/stat/…`, `/move/…`), in the same order.

        What fails for a while is asked for again, by itself and a bounded number of times. After a lost reply all of a
        call is: then an operation may answer that it has been done already. Raises Failure if a call as a whole
        fails, or for a reason that concerns every object; Cancelled.
        """
        answers: list[Answer] = []
        for start in range(0, len(operations), MAX_OPERATIONS):
            answers += self._call(operations[start : start + MAX_OPERATIONS], cancel)
        return answers

    def _call(self, operations: Sequence[str], cancel: threading.Event) -> list[Answer]:
        bases = self._hosts.of_bucket(cancel).rs
        answers: dict[int, Answer] = {}
        unsettled = list(range(len(operations)))

        def attempt(number: int) -> None:
            url = f"{bases[number % len(bases)]}/batch"
            asked = [operations[index] for index in unsettled]
            answers.update(zip(unsettled, self._asked(url, asked, cancel), strict=True))
            unsettled[:] = [index for index in unsettled if _may_succeed(answers[index])]
            if unsettled:
                raise _Unsettled(answers[unsettled[0]].failure)

        with suppress(_Unsettled):  # Those have their failures, the others their answers.
            self._retry.call(attempt, cancel)
        return [answers[index] for index in range(len(operations))]

    def _asked(self, url: str, operations: Sequence[str], cancel: threading.Event) -> list[Answer]:
        form = urlencode([("op", operation) for operation in operations])
        entries = self._api.batch_once(url, form, wire.decode_batch, cancel)
        if len(entries) != len(operations):
            raise Unreadable(url, f"{len(entries)} entries for {len(operations)} operations")
        return [_answer(entry, url) for entry in entries]


class _Unsettled(Failure):
    """Some operations of a call are to be asked for again."""

    def __init__(self, first: Failure | None) -> None:
        assert first is not None
        super().__init__(first.error, status=first.status, retryable=True)


def _may_succeed(answer: Answer) -> bool:
    return answer.failure is not None and answer.failure.retryable


def _answer(entry: wire.BatchEntry, url: str) -> Answer:
    data = bytes(entry.data)
    if entry.code == 200:
        return Answer(200, data, None)
    failure = of_status(entry.code, data, url)
    if isinstance(failure.error, CONCERNS_ALL):
        raise failure
    return Answer(entry.code, data, failure)
