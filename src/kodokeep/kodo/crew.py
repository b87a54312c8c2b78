"""A crew: the lanes of one call, fed with tasks and asked for results, all on the caller's thread (design §8).

What belongs here: feeding, collecting, trying failures once more at the end, shutting down. What does not: what a task
is (`download`, `upload`), transfers (`lane`).
"""

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from kodokeep.kodo.lane import A, Ends, Inbox, Lane, Work
from kodokeep.kodo.limiter import Limiter
from kodokeep.kodo.messages import Crash, Ended, GaveUp, Message
from kodokeep.kodo.pace import Pace
from kodokeep.kodo.toll import Turnstile
from kodokeep.model.event import Notice
from kodokeep.ports import StopSignal

_HEARTBEAT_S = 0.25
_LARGE_LANES = 4
_START, _TOP = 16, 64


T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many tasks may be taken before their results are, and how many failures are kept for another try."""

    look_ahead: int
    retried_at_the_end: int


@dataclass(frozen=True, slots=True)
class Paces:
    """How the small lane and each large lane may go."""

    small: Pace
    large: tuple[Pace, ...]

    @staticmethod
    def of(transfers: int | None, at_once: int = 1) -> "Paces":
        """A given number of transfers is kept to in all; without one each large lane has `at_once`."""
        if transfers is None:
            return Paces(Pace(_START, _TOP), tuple(Pace(at_once, at_once) for _ in range(_LARGE_LANES)))
        large = min(_LARGE_LANES, transfers // 2)
        return Paces(Pace(transfers - large, transfers - large), tuple(Pace(1, 1) for _ in range(large)))


class Crew(Generic[T, R]):
    """Small tasks share a lane, large ones have a few lanes. `notice` is called from the caller's thread."""

    def __init__(
        self, bounds: Bounds, stop: StopSignal, notice: Callable[[Notice], None], is_large: Callable[[T], bool]
    ) -> None:  # fmt: skip
        self._bounds = bounds
        self._stop = stop
        self._notice = notice
        self._is_large = is_large
        self._error: Exception | None = None
        self._closed = threading.Event()
        self._in_flight = 0
        self._failed: list[tuple[T, R, T]] = []
        self._small: Inbox[T] = SimpleQueue()
        self._large: Inbox[T] = SimpleQueue()
        self._messages: SimpleQueue[list[Message[T, R]]] = SimpleQueue()
        self._lanes: list[tuple[threading.Thread, Inbox[T]]] = []
        self._has_large_lanes = False

    def hire(self, work: Callable[[Pace], Work[T, R, A]], paces: Paces, limiter: Limiter | None) -> None:
        """Make the lanes; they start with the first task."""
        self._has_large_lanes = bool(paces.large)
        for inbox, pace in [(self._small, paces.small), *((self._large, pace) for pace in paces.large)]:
            ends = Ends(inbox, self._messages, self.halted, self._closed)
            turnstile = Turnstile(limiter) if limiter is not None else None
            self._lanes.append((Lane(ends, work(pace), pace, turnstile), inbox))

    def submit(self, task: T) -> None:
        """Put a task that is in flight before whichever lane has room for it."""
        large = self._has_large_lanes and self._is_large(task)
        (self._large if large else self._small).put(task)

    def halted(self) -> bool:
        """True if nothing new is to be taken up."""
        return self._closed.is_set() or self._error is not None or self._stop.is_set()

    def results(
        self, tasks: Iterator[T], again: Callable[[T, R], T | None], stopping: Callable[[], None] = lambda: None
    ) -> Generator[tuple[T, R] | None, None, None]:  # fmt: skip
        """Every task's result as it comes, None a few times a second while none does.

        Where `again` makes a new task of a result, that is done at the end instead. `stopping` is called, more than
        once, after a stop. Raises what all ended in, after what finished.
        """
        for lane, _ in self._lanes:
            lane.start()
        try:
            yield from self._drained(tasks, again, stopping)
            yield from self._drained(self._second_tries(), lambda *_: None, stopping)
            yield from ((task, result) for task, result, _ in self._failed)  # stopped before they were tried again
        finally:
            self._close()
        if self._error is not None:
            raise self._error

    def _drained(
        self, tasks: Iterator[T], again: Callable[[T, R], T | None], stopping: Callable[[], None]
    ) -> Iterator[tuple[T, R] | None]:  # fmt: skip
        """Feed the lanes and yield what comes back, until nothing is left."""
        more = True
        while True:
            while more and self._in_flight < self._bounds.look_ahead and not self.halted():
                task = next(tasks, None)
                if task is None:
                    more = False
                else:
                    self._in_flight += 1
                    self.submit(task)
            if self._in_flight == 0:
                return
            if self._stop.is_set():
                stopping()
            try:
                batch = self._messages.get(timeout=_HEARTBEAT_S)
            except Empty:
                yield None
                continue
            for message in batch:
                ended = self._received(message)
                if ended is not None and not self._kept_for_later(*ended, again):
                    yield ended

    def _received(self, message: Message[T, R]) -> tuple[T, R] | None:
        """Account for a message; the result in it, if there is one. Raises what broke a lane."""
        match message:
            case Notice():
                self._notice(message)
            case Crash(error):
                raise error
            case GaveUp(error):
                self._error = self._error or error
            case Ended(task, result):
                self._in_flight -= 1
                return None if result is None else (task, result)
        return None

    def _kept_for_later(self, task: T, result: R, again: Callable[[T, R], T | None]) -> bool:
        if len(self._failed) >= self._bounds.retried_at_the_end:
            return False
        following = again(task, result)
        if following is None:
            return False
        self._failed.append((task, result, following))
        return True

    def _second_tries(self) -> Iterator[T]:
        while self._failed:
            yield self._failed.pop()[2]

    def _close(self) -> None:
        """End all threads. What is under way is broken off; what can be resumed stays."""
        self._closed.set()
        for _, inbox in self._lanes:
            inbox.put(None)
        for lane, _ in self._lanes:
            lane.join()
