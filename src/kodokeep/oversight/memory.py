"""Memory: the journal, as something that a run can do without. Trouble with it is told once and then left alone."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

from kodokeep.errors import StateUnusable
from kodokeep.model.alert import AlertKind
from kodokeep.model.record import Attempt
from kodokeep.oversight.place import Place
from kodokeep.state.journal import Journal

Remembered = TypeVar("Remembered")


def subject_of_config(path: str) -> str:
    """What the memory of a config as a whole is kept under; that of a pair is under `pair.journal_key`."""
    return str(Path(path).absolute())


class Memory:
    """What is on record of attempts and alerts; nothing at all if the journal cannot be used."""

    def __init__(self, place: Place) -> None:
        self._journal = Journal(place.state_home)
        self._say = place.say
        self._complained = False

    def begin(self, subject: str, started_s: float, *, scheduled: bool) -> int | None:
        """An attempt begins; gives its number."""
        return self._try(lambda: self._journal.begin(subject, started_s, scheduled=scheduled), None)

    def end(self, number: int | None, ended_s: float, exit_code: int, run: str = "", error: str = "") -> None:
        """An attempt is over."""
        if number is not None:
            self._try(lambda: self._journal.end(number, ended_s, exit_code, run=run, error=error), None)

    def attempts(self, subject: str, limit: int) -> list[Attempt]:
        """The newest ones, newest first."""
        return self._try(lambda: self._journal.attempts(subject, limit), [])

    def told(self, subject: str, kind: AlertKind) -> dict[str, float]:
        """Who was told this kind of alert, and when last."""
        return self._try(lambda: self._journal.alerted(subject, kind), {})

    def remember(self, subject: str, kind: AlertKind, receivers: Iterable[str], at_s: float) -> None:
        """These were told."""
        for receiver in receivers:
            self._try(partial(self._journal.remember_alert, subject, kind, receiver, at_s), None)

    def settle(self, subject: str, kinds: Iterable[AlertKind]) -> None:
        """What these kinds of alerts told of is over."""
        for kind in kinds:
            self._try(partial(self._journal.settle_alert, subject, kind), None)

    def _try(self, ask: Callable[[], Remembered], otherwise: Remembered) -> Remembered:
        if self._complained:
            return otherwise
        try:
            return ask()
        except StateUnusable as error:
            self._complained = True
            self._say(f"{error.message}; this run is not on record there")
            return otherwise
