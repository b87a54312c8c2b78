"""A lane: one thread that drives many transfers at once through libcurl's multi interface.

What belongs here: handles, waiting, the back-off queue. What does not: what is asked and what an answer means (the
lane's `Work`: `errands` for downloads, `chores` for uploads).
"""

import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

import pycurl

from kodokeep.kodo.messages import Crash, Message
from kodokeep.kodo.pace import Pace
from kodokeep.kodo.toll import Toll, Turnstile

T = TypeVar("T")
R = TypeVar("R")
A = TypeVar("A", bound="Attempt")

OVER = -1.0
"""Instead of seconds to wait: there is no next attempt."""

_HUNGRY_WAIT_S = 0.02  # curl's own wait cannot be interrupted by a new task
_LONGEST_WAIT_S = 0.2


class Attempt(Protocol):
    """Drives a curl handle that is used over and over; lives as long as its lane."""

    @property
    def handle(self) -> pycurl.Curl:
        """What is given to curl."""

    @property
    def toll(self) -> Toll | None:
        """What it has to pay, if there is a limiter."""

    def abandon(self) -> None:
        """What was under way was broken off from outside."""


class Work(Protocol[T, R, A]):
    """What one lane does with its tasks. Each is in the hands of one lane; what there is to tell gathers in `out`.

    `begin` and `ended` return the seconds to wait before the task's next attempt, or OVER. With `drop` a task ends
    without a result, because the run is stopping.
    """

    out: list[Message[T, R]]

    def attempt(self, turnstile: Turnstile | None) -> A:
        """A new one, with a handle of its own."""

    def begin(self, task: T) -> float:
        """Take up a task that is new, or that goes on after others."""

    def start(self, task: T, attempt: A) -> None:
        """Set up the task's next attempt."""

    def ended(self, task: T, attempt: A, code: int, message: str) -> float:
        """curl is done with it."""

    def drop(self, task: T) -> float:
        """End a task; OVER."""

    def breaks_off(self, task: T) -> bool:
        """True if a stop does not wait for the end of what is under way."""

    def renew(self, task: T) -> float | None:
        """The limit changed: seconds until it goes on over a new connection, OVER, or None if it keeps the old one."""

    def own(self) -> T | None:
        """A task that came out of others and is next; never one while the run is stopping."""

    def wind_down(self) -> None:
        """The run is stopping: drop what waits within."""


Inbox = SimpleQueue[T | None]
"""Tasks for whichever lane has room; a None for each lane wakes it once all is closed."""


@dataclass(frozen=True, slots=True)
class Ends(Generic[T, R]):
    """Where a lane's tasks come from and its messages go to, and whether it is to take up nothing new, or to end."""

    inbox: Inbox[T]
    outbox: SimpleQueue[list[Message[T, R]]]
    halted: Callable[[], bool]
    closed: threading.Event


class Lane(threading.Thread, Generic[T, R, A]):
    """Takes tasks and tells messages in batches, until all is closed. As many attempts at once as `pace` allows."""

    def __init__(
        self, ends: Ends[T, R], work: Work[T, R, A], pace: Pace, turnstile: Turnstile | None = None
    ) -> None:  # fmt: skip
        super().__init__(name="kodo-lane", daemon=True)
        self._ends = ends
        self._work = work
        self._pace = pace
        self._turnstile = turnstile
        self._idle: list[A] = []
        self._active: dict[pycurl.Curl, tuple[T, A]] = {}
        self._delayed: list[tuple[float, int, T]] = []
        self._numbers = itertools.count()
        self._busy = False

    def run(self) -> None:
        """The thread."""
        multi = pycurl.CurlMulti()
        try:
            while not self._ends.closed.is_set():
                if self._turnstile is not None and self._turnstile.changed():
                    multi = self._renew(multi)
                self._take(multi)
                self._drive(multi)
                self._tell()
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            self._ends.outbox.put([Crash(error)])
        finally:
            self._shut(multi)

    def _take(self, multi: pycurl.CurlMulti) -> None:
        """Start what is due and what is new, as long as there is room; wait if there is nothing else to do."""
        if self._ends.halted():
            self._wind_down(multi)
        self._busy = False
        while self._has_room() and not self._busy:
            if self._delayed and self._delayed[0][0] <= time.monotonic():
                self._start(heapq.heappop(self._delayed)[2], multi)
                continue
            task = self._work.own()
            if task is not None:
                # What it did without an attempt may have taken long: curl must have its turn before the next one.
                self._busy = self._go_on(task, self._work.begin(task), multi)
                continue
            try:
                task = self._next_task()
            except Empty:
                return
            if task is None:
                return
            if self._ends.halted():
                self._work.drop(task)
            else:
                self._go_on(task, self._work.begin(task), multi)

    def _has_room(self) -> bool:
        most = self._pace.limit
        return len(self._active) < (most if self._turnstile is None else self._turnstile.room(most))

    def _next_task(self) -> T | None:
        inbox = self._ends.inbox
        if self._active or self._work.out:
            return inbox.get_nowait()
        if self._delayed:
            due_s = self._delayed[0][0] - time.monotonic()
            return inbox.get(timeout=min(max(due_s, 0.0), _LONGEST_WAIT_S))
        return inbox.get()

    def _drive(self, multi: pycurl.CurlMulti) -> None:
        """Let curl work, then see which transfers ended; wait for the network only if none did."""
        if not self._active:
            return
        while multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass
        ended = self._collect(multi)
        due_s = math.inf if self._turnstile is None else self._turnstile.serve(multi)
        if ended or self._busy or due_s == 0:
            return
        wait_s = _HUNGRY_WAIT_S if self._has_room() or self._delayed else _LONGEST_WAIT_S
        if self._turnstile is not None and not any(multi.fdset()):
            time.sleep(min(wait_s, due_s))  # all wait for their turn, and curl would not wait at all
        elif multi.select(min(wait_s, due_s)) == -1:
            time.sleep(_HUNGRY_WAIT_S)

    def _collect(self, multi: pycurl.CurlMulti) -> bool:
        ended = False
        while True:
            queued, good, bad = multi.info_read()
            for handle in good:
                self._end(handle, pycurl.E_OK, "", multi)
            for handle, code, message in bad:
                self._end(handle, code, message, multi)
            ended = ended or bool(good or bad)
            if not queued:
                return ended

    def _end(self, handle: pycurl.Curl, code: int, message: str, multi: pycurl.CurlMulti) -> None:
        task, attempt = self._active.pop(handle)
        multi.remove_handle(handle)
        self._idle.append(attempt)
        self._go_on(task, self._work.ended(task, attempt, code, message), multi)

    def _go_on(self, task: T, delay_s: float, multi: pycurl.CurlMulti) -> bool:
        """True if it is over."""
        if delay_s == OVER:
            return True
        if self._ends.halted():
            self._work.drop(task)
        elif delay_s > 0:
            heapq.heappush(self._delayed, (time.monotonic() + delay_s, next(self._numbers), task))
        else:
            self._start(task, multi)
        return False

    def _start(self, task: T, multi: pycurl.CurlMulti) -> None:
        attempt = self._idle.pop() if self._idle else self._work.attempt(self._turnstile)
        self._work.start(task, attempt)
        self._active[attempt.handle] = task, attempt
        if attempt.toll is None:
            multi.add_handle(attempt.handle)
        elif not attempt.toll.waits:
            attempt.toll.go(multi)

    def _break_off(self, attempt: A, multi: pycurl.CurlMulti) -> None:
        del self._active[attempt.handle]
        if attempt.toll is None or attempt.toll.begun:
            multi.remove_handle(attempt.handle)
        self._idle.append(attempt)
        attempt.abandon()

    def _renew(self, multi: pycurl.CurlMulti) -> pycurl.CurlMulti:
        """The limit changed: what can goes on over new connections, when there is room."""
        for task, attempt in list(self._active.values()):
            delay_s = self._work.renew(task)
            if delay_s is None:
                continue
            self._break_off(attempt, multi)
            if delay_s != OVER:
                heapq.heappush(self._delayed, (time.monotonic() + delay_s, next(self._numbers), task))
        if self._active:
            return multi
        multi.close()
        return pycurl.CurlMulti()

    def _wind_down(self, multi: pycurl.CurlMulti) -> None:
        """Stopping: short transfers may finish, long ones are broken off, waiting ones dropped."""
        for task, attempt in list(self._active.values()):
            slow = attempt.toll is not None and attempt.toll.owes  # and so no form that the bucket has heard to its end
            if slow or self._work.breaks_off(task):
                self._break_off(attempt, multi)
                self._work.drop(task)
        while self._delayed:
            self._work.drop(heapq.heappop(self._delayed)[2])
        self._work.wind_down()

    def _tell(self) -> None:
        if self._work.out:
            self._ends.outbox.put(self._work.out)
            self._work.out = []

    def _shut(self, multi: pycurl.CurlMulti) -> None:
        for task, attempt in self._active.values():
            if attempt.toll is None or attempt.toll.begun:
                multi.remove_handle(attempt.handle)
            self._work.drop(task)
        while self._delayed:
            self._work.drop(heapq.heappop(self._delayed)[2])
        self._work.wind_down()
        for attempt in (*(attempt for _, attempt in self._active.values()), *self._idle):
            attempt.handle.close()
        multi.close()
