"""The emulated cloud's clock. Nothing else in the package asks the system for the time of day."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

TICKS_PER_SECOND = 10_000_000
_BURST_TICKS = TICKS_PER_SECOND // 1000

_host_skew_s: ContextVar[float] = ContextVar("_host_skew_s", default=0.0)


@contextmanager
def host_clock_off(skew_s: float) -> Iterator[None]:
    """One request's host has a clock that is off by so much: what it checks is wrong, what it stores is not."""
    token = _host_skew_s.set(skew_s)
    try:
        yield
    finally:
        _host_skew_s.reset(token)


class Clock:
    """Time of day, which the control endpoint may move in two ways.

    `skew_s` sets the cloud's clock wrong: signatures, deadlines and dates follow. `elapsed_s` lets time pass for what
    is stored: thaws, expiries, lifecycles and putTime follow, while clients whose clock is right can still sign.
    """

    def __init__(self, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._now_ns = now_ns
        self._last_ticks = 0
        self.skew_s = 0.0
        self.elapsed_s = 0.0

    def seconds(self) -> float:
        """Unix time in seconds, as the servers' clock shows it."""
        return self._cloud_seconds() + _host_skew_s.get()

    def storage_seconds(self) -> float:
        """Unix time in seconds, as it has passed for stored objects."""
        return self._cloud_seconds() + self.elapsed_s

    def ticks(self) -> int:
        """Storage time in 100 ns units, as putTime counts it (protocol §0); never twice the same value in a row.

        A clock that is set back shows: only calls that come within one burst are pushed apart.
        """
        now = self._now_ns() // 100 + int((self.skew_s + self.elapsed_s) * TICKS_PER_SECOND)
        if now <= self._last_ticks < now + _BURST_TICKS:
            now = self._last_ticks + 1
        self._last_ticks = now
        return now

    def _cloud_seconds(self) -> float:
        return self._now_ns() / 1e9 + self.skew_s
