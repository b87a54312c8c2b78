"""What surrounds every run: that it was attempted is written down, whatever comes of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kodokeep.cli.output import say
from kodokeep.errors import KodokeepError, StateUnusable
from kodokeep.model.event import Event, RunFinished

if TYPE_CHECKING:
    from kodokeep.cli.session import Session
    from kodokeep.config import Config
    from kodokeep.model.options import PairOptions
    from kodokeep.model.summary import Summary
    from kodokeep.ports import Emit
    from kodokeep.state.journal import Journal


class Overseer(Protocol):
    """What commands that run ask of it."""

    def listener(self, pair: "PairOptions") -> "Emit":
        """Hears of the run what is to be told of it."""

    def around(
        self, pair: "PairOptions", work: Callable[[], int], *, scheduled: bool, repeated: Callable[[int], bool]
    ) -> int:
        """Do the work and give its exit code. One that is `repeated`, asked once when the work is over, is not yet a
        failure.
        """

    def cannot_start(self, error: KodokeepError, subject: str) -> None:
        """Nothing could be run because of this config, named by its path."""

    def look_after_all(self, now_s: float) -> None:
        """Look for pairs that are stale or missed their run."""


def journal() -> "Journal":
    """The journal of whoever runs this."""
    from platformdirs import user_state_path  # noqa: PLC0415

    from kodokeep.state.journal import Journal  # noqa: PLC0415

    return Journal(user_state_path("kodokeep", appauthor=False))


def overseer(
    session: "Session",  # noqa: ARG001 - of use as soon as somebody is told
    config: "Config | None",  # noqa: ARG001
    now_s: Callable[[], float] = time.time,
) -> Overseer:
    """The overseer of a config, or of one that cannot be read."""
    return _Bookkeeper(journal(), now_s)


@dataclass(slots=True)
class _Bookkeeper:
    """Writes attempts down. That it cannot is told, and stops nothing."""

    journal: "Journal"
    now_s: Callable[[], float]
    ended: "Summary | None" = None

    def listener(self, _pair: "PairOptions") -> "Emit":
        """Hears how the run ends."""

        def hear(event: Event) -> None:
            if isinstance(event, RunFinished):
                self.ended = event.summary

        return hear

    def around(
        self, pair: "PairOptions", work: Callable[[], int], *, scheduled: bool, repeated: Callable[[int], bool]
    ) -> int:
        """Do the work, between its two entries."""
        from kodokeep.pair import identity_of  # noqa: PLC0415 - loads the state

        number = 0
        with _told():
            number = self.journal.begin(identity_of(pair).digest, self.now_s(), scheduled=scheduled)
        code = work()
        repeated(code)
        if number:
            run, error = (self.ended.run, self.ended.error) if self.ended is not None else ("", "")
            with _told():
                self.journal.end(number, self.now_s(), code, run=run, error=error)
        return code

    def cannot_start(self, error: KodokeepError, subject: str) -> None:
        """Write it down."""
        with _told():
            number = self.journal.begin(subject, self.now_s(), scheduled=True)
            self.journal.end(number, self.now_s(), error.exit_code, error=error.message)

    def look_after_all(self, now_s: float) -> None:
        """Nobody is told here."""


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except StateUnusable as error:
        say(error.message, hint=error.hint)
