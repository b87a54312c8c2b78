"""The limiter: how fast objects and files may travel, either way, for all transfers of one bucket.

What belongs here: arithmetic on clocks that are given, and whose turn it is. What does not: stopping a transfer and
letting it go on (`toll`).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from kodokeep.model.bandwidth import Bandwidth

BURST_S = 0.2
"""What nobody used for so long can be made up for; the rest is lost."""

STEPS_PER_S = 64
LEADS_PER_S = 16

_GRACE_S = 0.05
_SOONEST_S = 0.0005
_STEP_BYTES = (1024, 1024 * 1024)
_LEAD_BYTES = (8 * 1024, 256 * 1024)
_OWN_BUFFERS_BELOW = 16 * 1024 * 1024
_SLOWEST_TRANSFER = 8 * 1024


@dataclass(frozen=True, slots=True)
class Terms:
    """What a limit means for transfers; `bytes_per_s` None is no limit.

    A transfer takes what it may use in steps of `step_bytes`. A server is ahead of its reader by about `lead_bytes`:
    what the system's buffers hold. `buffer_bytes` is what to ask the system for, None if its own choice is no more:
    measured with paced readers on Linux. With more than `at_once` transfers each would stand still for long.
    """

    bytes_per_s: int | None
    step_bytes: int
    lead_bytes: int
    buffer_bytes: int | None
    at_once: int | None

    @staticmethod
    def of(bytes_per_s: int | None) -> "Terms":
        """The terms of a limit."""
        if bytes_per_s is None:
            return Terms(None, _STEP_BYTES[1], 0, None, None)
        step_bytes = _within(bytes_per_s // STEPS_PER_S, *_STEP_BYTES)
        lead_bytes = _within(bytes_per_s // LEADS_PER_S, *_LEAD_BYTES)
        buffer_bytes = lead_bytes * 3 // 4 if bytes_per_s < _OWN_BUFFERS_BELOW else None  # Linux gives more than asked
        return Terms(bytes_per_s, step_bytes, lead_bytes, buffer_bytes, max(1, bytes_per_s // _SLOWEST_TRANSFER))


class Limiter:
    """Lets bytes pass, so that in no stretch of time more do than the limit allows, but for BURST_S and one take.

    Whoever has to wait has its turn in the order of asking; who does not come for it loses it. `clock_s` never goes
    back; `now_s` is the wall clock, whose every new minute may be in another window. Thread-safe.
    """

    def __init__(
        self,
        bandwidth: Bandwidth,
        clock_s: Callable[[], float] = time.monotonic,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._bandwidth = bandwidth
        self._zone = ZoneInfo(bandwidth.zone) if bandwidth.zone else None
        self._clock_s = clock_s
        self._now_s = now_s
        self._lock = threading.Lock()
        self._minute: int | None = None
        self._terms = Terms.of(None)
        self._free_at_s = clock_s() - BURST_S
        self._taken_at_s = self._free_at_s
        self._waiting: dict[object, int] = {}

    @property
    def terms(self) -> Terms:
        """What is in force now: the same object until it changes."""
        minute = int(self._now_s() // 60)
        if minute != self._minute:
            with self._lock:
                self._look(minute)
        return self._terms

    def take(self, who: object, size_bytes: int) -> float:
        """0 if so many bytes, at least one, may pass now; else the seconds after which `who` is to ask again."""
        rate = self.terms.bytes_per_s
        if rate is None:
            return 0.0
        with self._lock:
            now_s = self._clock_s()
            self._free_at_s = max(self._free_at_s, now_s - BURST_S)
            self._waiting[who] = size_bytes  # who waits already keeps its place
            unused_s = now_s - self._free_at_s
            if min(unused_s, now_s - self._taken_at_s) > _GRACE_S:
                self._drop_those_before(who)
            ahead_bytes = self._bytes_before(who)
            if unused_s >= 0 and ahead_bytes == 0:
                del self._waiting[who]
                self._free_at_s += size_bytes / rate
                self._taken_at_s = now_s
                return 0.0
        # Those ahead may leave: it asks often enough not to be the one that is missed.
        return max(-unused_s, 0.0) + min(max(ahead_bytes / rate, _SOONEST_S), _GRACE_S / 2)

    def leave(self, who: object) -> None:
        """`who` waits no more."""
        with self._lock:
            self._waiting.pop(who, None)

    def pay(self, size_bytes: int) -> None:
        """So many bytes passed that were not taken; below 0: were taken, and did not pass."""
        rate = self.terms.bytes_per_s
        if rate is not None:
            with self._lock:
                self._free_at_s = max(self._free_at_s, self._clock_s() - BURST_S) + size_bytes / rate

    def _look(self, minute: int) -> None:
        if minute == self._minute:
            return
        moment = datetime.fromtimestamp(minute * 60, UTC).astimezone(self._zone)
        limit = self._bandwidth.limit(moment.weekday(), moment.hour * 60 + moment.minute)
        if limit != self._terms.bytes_per_s:
            self._terms = Terms.of(limit)
        self._minute = minute

    def _drop_those_before(self, who: object) -> None:
        """They were not there when it was their turn, and will be the last when they ask again."""
        while (first := next(iter(self._waiting))) is not who:
            del self._waiting[first]

    def _bytes_before(self, who: object) -> int:
        total = 0
        for other, size_bytes in self._waiting.items():
            if other is who:
                break
            total += size_bytes
        return total


def _within(value: int, smallest: int, largest: int) -> int:
    return min(max(value, smallest), largest)
