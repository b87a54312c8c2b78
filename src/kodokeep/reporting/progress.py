"""How far a run is, for logs: a plain line every so often. On a terminal, `terminal` draws a bar instead."""

import time
from collections.abc import Callable

from kodokeep.model.event import Event, Gathering, Transferring
from kodokeep.reporting import words
from kodokeep.reporting.text import Talk, Tone

INTERVAL_S = 30.0


class PlainProgress:
    """Tells how far the run of the pair `name` is, at most once in `INTERVAL_S`; short runs need no such line."""

    def __init__(self, name: str, talk: Talk, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._talk = talk
        self._clock = clock
        self._next_s = clock() + INTERVAL_S

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if not isinstance(event, Gathering | Transferring) or self._clock() < self._next_s:
            return
        self._next_s = self._clock() + INTERVAL_S
        line = words.gathering(event) if isinstance(event, Gathering) else words.transferring(event)
        self._talk(f"{self._name}: {line}", Tone.REMARK)
