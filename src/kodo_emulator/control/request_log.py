"""What was asked and answered: the latest exchanges, and counts of all of them."""

import itertools
from collections import Counter, deque
from collections.abc import Iterator

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.net.http1 import Request, Traffic

_MAX_LINES = 100_000
_MAX_TEXT_BYTES = 64 * 1024 * 1024
UNKNOWN = "unknown"


class LogLine(msgspec.Struct, frozen=True, gc=False):
    """One exchange.

    `number` counts them from 1, `time_s` is the emulated Unix time of its end. `target` is the raw request target,
    `sent` and `received` count the bytes of both bodies as far as they travelled, `faults` are the numbers of the rules
    that fired. Status 0 means that there was no answer. A malformed request has no method and no target.
    """

    number: int
    time_s: float
    host: str
    method: str
    target: str
    status: int
    sent: int
    received: int
    duration_s: float
    range: str | None
    reqid: str
    faults: tuple[int, ...]

    @property
    def text_bytes(self) -> int:
        return len(self.target) + len(self.range or "")


class RequestLog:
    """The log of all hosts but the control endpoint. Old lines go when there are many, or when they are long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: deque[LogLine] = deque()
        self._text_bytes = 0
        self._numbers = itertools.count(1)
        self.requests: Counter[str] = Counter()
        self.sent_bytes: Counter[str] = Counter()
        self.received_bytes: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    def lines(self, host: str | None = None, since: int = 0) -> Iterator[LogLine]:
        """The lines of a host (None: of all) whose number is above `since`."""
        return (line for line in self._lines if line.number > since and host in {None, line.host})

    def record(self, request: Request, status: int, traffic: Traffic) -> None:
        if request.role == "control":
            return
        line = LogLine(
            number=next(self._numbers),
            time_s=self._clock.seconds(),
            host=request.role or UNKNOWN,
            method=request.method,
            target=request.target.decode("latin-1"),
            status=status,
            sent=traffic.sent_bytes,
            received=traffic.received_bytes,
            duration_s=traffic.duration_s,
            range=request.headers.get("range"),
            reqid=request.id,
            faults=request.fired,
        )
        self.requests[line.host] += 1
        self.sent_bytes[line.host] += line.sent
        self.received_bytes[line.host] += line.received
        self.statuses[status] += 1
        self._lines.append(line)
        self._text_bytes += line.text_bytes
        while len(self._lines) > _MAX_LINES or self._text_bytes > _MAX_TEXT_BYTES:
            self._text_bytes -= self._lines.popleft().text_bytes

    def clear(self) -> None:
        """Forget everything; numbers go on."""
        self._lines.clear()
        self._text_bytes = 0
        for counts in (self.requests, self.sent_bytes, self.received_bytes, self.statuses):
            counts.clear()
