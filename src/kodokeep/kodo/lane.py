"""A lane: one thread that drives many transfers at once through libcurl's multi interface.

What belongs here: handles, waiting, the back-off queue. What does not: what an answer means (`exchange`, `errands`).
"""

import heapq
import itertools
import threading
import time
from queue import Empty, SimpleQueue

import pycurl

from kodokeep.kodo.errands import OVER, Errands, Shared
from kodokeep.kodo.exchange import Exchange
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.pace import Pace
from kodokeep.kodo.task import Crash, Message, Task
from kodokeep.kodo.transport import Transport

LARGE_BYTES = 8 * 1024 * 1024
"""From here on an object has a connection and a thread that hashes to itself, and is broken off by a stop."""

_HUNGRY_WAIT_S = 0.02  # curl's own wait cannot be interrupted by a new task
_LONGEST_WAIT_S = 0.2

Inbox = SimpleQueue[Task | None]
"""Tasks for whichever lane has room; a None for each lane wakes it once all is closed."""


class Lane(threading.Thread):
    """Takes tasks from `inbox` and puts batches of messages into `outbox`, until all is closed."""

    def __init__(
        self, inbox: Inbox, outbox: SimpleQueue[list[Message]], shared: Shared, pace: Pace, transport: Transport,
        meter: Meter,
    ) -> None:  # fmt: skip
        super().__init__(name="kodo-lane", daemon=True)
        self._inbox = inbox
        self._outbox = outbox
        self._shared = shared
        self._pace = pace
        self._errands = Errands(shared, pace)
        self._transport = transport
        self._meter = meter
        self._idle: list[Exchange] = []
        self._active: dict[pycurl.Curl, Exchange] = {}
        self._delayed: list[tuple[float, int, Task]] = []
        self._numbers = itertools.count()

    def run(self) -> None:
        """The thread."""
        multi = pycurl.CurlMulti()
        try:
            while not self._shared.closed.is_set():
                self._take(multi)
                self._drive(multi)
                self._tell()
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            self._outbox.put([Crash(error)])
        finally:
            self._shut(multi)

    def _take(self, multi: pycurl.CurlMulti) -> None:
        """Start what is due and what is new, as long as there is room; wait if there is nothing else to do."""
        if self._shared.halted():
            self._wind_down(multi)
        while len(self._active) < self._pace.limit:
            if self._delayed and self._delayed[0][0] <= time.monotonic():
                self._start(heapq.heappop(self._delayed)[2], multi)
                continue
            try:
                task = self._next_task()
            except Empty:
                return
            if task is None:
                return
            if self._shared.halted():
                self._errands.drop(task)
            else:
                self._go_on(task, self._errands.begin(task), multi)

    def _next_task(self) -> Task | None:
        if self._active or self._errands.out:
            return self._inbox.get_nowait()
        if self._delayed:
            due_s = self._delayed[0][0] - time.monotonic()
            return self._inbox.get(timeout=min(max(due_s, 0.0), _LONGEST_WAIT_S))
        return self._inbox.get()

    def _drive(self, multi: pycurl.CurlMulti) -> None:
        """Let curl work, then see which transfers ended; wait for the network only if none did."""
        if not self._active:
            return
        while multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass
        if self._collect(multi):
            return
        wait_s = _HUNGRY_WAIT_S if len(self._active) < self._pace.limit or self._delayed else _LONGEST_WAIT_S
        if multi.select(wait_s) == -1:
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
        exchange = self._active.pop(handle)
        multi.remove_handle(handle)
        self._idle.append(exchange)
        task = exchange.task
        assert task is not None
        self._go_on(task, self._errands.ended(task, exchange, code, message), multi)

    def _go_on(self, task: Task, delay_s: float, multi: pycurl.CurlMulti) -> None:
        if delay_s == OVER:
            return
        if self._shared.halted():
            self._errands.drop(task)
        elif delay_s > 0:
            heapq.heappush(self._delayed, (time.monotonic() + delay_s, next(self._numbers), task))
        else:
            self._start(task, multi)

    def _start(self, task: Task, multi: pycurl.CurlMulti) -> None:
        exchange = self._idle.pop() if self._idle else Exchange(self._transport.handle(), self._meter)
        exchange.start(task, self._errands.source(task))
        self._active[exchange.handle] = exchange
        multi.add_handle(exchange.handle)

    def _wind_down(self, multi: pycurl.CurlMulti) -> None:
        """Stopping: small transfers may finish, large ones are broken off, waiting ones dropped."""
        for exchange in list(self._active.values()):
            task = exchange.task
            if task is not None and task.body.expected.size_bytes >= LARGE_BYTES:
                del self._active[exchange.handle]
                multi.remove_handle(exchange.handle)
                self._idle.append(exchange)
                exchange.abandon()
                self._errands.drop(task)
        while self._delayed:
            self._errands.drop(heapq.heappop(self._delayed)[2])

    def _tell(self) -> None:
        if self._errands.out:
            self._outbox.put(self._errands.out)
            self._errands.out = []

    def _shut(self, multi: pycurl.CurlMulti) -> None:
        for exchange in self._active.values():
            multi.remove_handle(exchange.handle)
            assert exchange.task is not None
            self._errands.drop(exchange.task)
        for exchange in (*self._active.values(), *self._idle):
            exchange.handle.close()
        multi.close()
