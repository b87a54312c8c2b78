"""Downloads: requests in, results out, with lanes at work in between (design §8).

What belongs here: feeding, collecting and shutting down, all on the caller's thread. What does not: transfers.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from kodokeep.kodo.clerk import Clerk, Stat
from kodokeep.kodo.errands import Shared
from kodokeep.kodo.lane import LARGE_BYTES, Inbox, Lane
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.pace import Pace
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.sources import Sources
from kodokeep.kodo.task import Crash, Fatal, GaveUp, Message, Task
from kodokeep.kodo.transport import Transport
from kodokeep.model.event import Notice
from kodokeep.model.outcome import DownloadRequest, Fetched, NotFetched, OutcomeKind
from kodokeep.ports import StopSignal

LOOK_AHEAD = 256
"""Requests that may be taken before their results are."""

RETRIED_AT_THE_END = 10_000
"""Failures that are kept for another try at the end; further ones are final at once."""

_HEARTBEAT_S = 0.25
_LARGE_LANES = 4
_START, _TOP = 16, 64


@dataclass(frozen=True, slots=True)
class Tools:
    """What downloads are made with."""

    transport: Transport
    retry: Retry
    stat: Stat
    meter: Meter
    notice: Callable[[Notice], None]
    transfers: int | None


class Downloads:
    """One `download` call. Small objects share a lane, large ones have a few lanes of one connection each."""

    def __init__(self, tools: Tools, sources: Sources, stop: StopSignal) -> None:
        self._tools = tools
        self._stop = stop
        self._error: Exception | None = None
        self._closed = threading.Event()
        self._in_flight = 0
        self._failed: list[NotFetched] = []
        self._small: Inbox = SimpleQueue()
        self._large: Inbox = SimpleQueue()
        self._messages: SimpleQueue[list[Message]] = SimpleQueue()
        self._clerk = Clerk(tools.stat, self._submit)
        shared = Shared(sources, tools.retry, self._clerk, self._halted, self._closed)
        small, large = _paces(tools.transfers)
        self._has_large_lanes = bool(large)
        self._lanes = [
            (Lane(inbox, self._messages, shared, pace, tools.transport, tools.meter), inbox)
            for inbox, pace in [(self._small, small), *((self._large, pace) for pace in large)]
        ]

    def results(self, requests: Iterable[DownloadRequest]) -> Iterator[Fetched | NotFetched | None]:
        """See ports.Bucket.download."""
        for lane, _ in self._lanes:
            lane.start()
        try:
            yield from self._drained(map(Task, requests), final=False)
            yield from self._drained(map(_again, self._taken_failures()), final=True)
            yield from self._taken_failures()  # stopped before they were tried again
        finally:
            self._close()
        if self._error is not None:
            raise self._error

    def _drained(self, tasks: Iterator[Task], *, final: bool) -> Iterator[Fetched | NotFetched | None]:
        """Feed the lanes and yield what comes back, until nothing is left."""
        more = True
        while True:
            while more and self._in_flight < LOOK_AHEAD and not self._halted():
                task = next(tasks, None)
                if task is None:
                    more = False
                else:
                    self._in_flight += 1
                    self._submit(task)
            if self._in_flight == 0:
                return
            if self._stop.is_set():
                self._clerk.break_off()
            try:
                batch = self._messages.get(timeout=_HEARTBEAT_S)
            except Empty:
                yield None
                continue
            for message in batch:
                result = self._received(message)
                if isinstance(result, NotFetched) and not final and self._kept_for_later(result):
                    continue
                if result is not None:
                    yield result

    def _received(self, message: Message) -> Fetched | NotFetched | None:
        """Account for a message; the result in it, if there is one. Raises what broke a lane."""
        match message:
            case Notice():
                self._tools.notice(message)
                return None
            case Crash(error):
                raise error
            case GaveUp(error):
                self._error = self._error or error
                return None
            case Fatal(error):
                self._error = self._error or error
        self._in_flight -= 1
        return message if isinstance(message, Fetched | NotFetched) else None

    def _kept_for_later(self, result: NotFetched) -> bool:
        if result.kind is not OutcomeKind.FAILED or len(self._failed) >= RETRIED_AT_THE_END:
            return False
        self._failed.append(result)
        return True

    def _taken_failures(self) -> Iterator[NotFetched]:
        while self._failed:
            yield self._failed.pop()

    def _submit(self, task: Task) -> None:
        large = self._has_large_lanes and task.body.expected.size_bytes >= LARGE_BYTES
        (self._large if large else self._small).put(task)

    def _halted(self) -> bool:
        return self._closed.is_set() or self._error is not None or self._stop.is_set()

    def _close(self) -> None:
        """End all threads. What is under way is broken off; partial files of resumable objects stay."""
        self._closed.set()
        for _, inbox in self._lanes:
            inbox.put(None)
        for lane, _ in self._lanes:
            lane.join()
        self._clerk.close()


def _again(failed: NotFetched) -> Task:
    return Task(failed.request, failed.received_bytes)


def _paces(transfers: int | None) -> tuple[Pace, list[Pace]]:
    """How the small lane and each large lane may go; a given number of transfers is kept to in all."""
    if transfers is None:
        return Pace(_START, _TOP), [Pace(1, 1) for _ in range(_LARGE_LANES)]
    large = min(_LARGE_LANES, transfers // 2)
    return Pace(transfers - large, transfers - large), [Pace(1, 1) for _ in range(large)]
