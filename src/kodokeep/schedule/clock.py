"""The time of day, and waiting for it. Tests have a clock of their own.

Clocks that only go forward stand still while the machine sleeps, so the one on the wall is looked at every few seconds.
"""

import time
from queue import Empty, SimpleQueue
from typing import Protocol

LOOK_S = 20.0
"""How long nobody may have looked at the clock."""


class Clock(Protocol):
    """Seconds since the epoch, as the machine has them; they may jump, either way."""

    def now_s(self) -> float:
        """What time it is."""

    def wait(self, until_s: float) -> None:
        """Come back then, or earlier: look again."""


class Bell:
    """Ends a wait. It may be rung from anywhere, a signal's handler included."""

    def __init__(self) -> None:
        # Not an Event: its lock would be taken twice if a signal came while it is waited for.
        self._rung: SimpleQueue[None] = SimpleQueue()

    def ring(self) -> None:
        """End this wait, or the next."""
        self._rung.put(None)

    def wait(self, timeout_s: float) -> None:
        """Come back when it is rung, and after this time at the latest."""
        try:
            self._rung.get(timeout=max(0.0, timeout_s))
            while True:
                self._rung.get_nowait()
        except Empty:
            return


class SystemClock:
    """The machine's clock."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell

    def now_s(self) -> float:
        """What time it is."""
        return time.time()

    def wait(self, until_s: float) -> None:
        """Come back then, when the bell is rung, and in any case soon."""
        self._bell.wait(min(until_s - self.now_s(), LOOK_S))
