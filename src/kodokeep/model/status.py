"""Status: how a pair is, as it is told to people, scripts and monitors. Put together by `kodokeep.status`."""

from dataclasses import dataclass
from datetime import datetime

from kodokeep.model.health import Health, Past
from kodokeep.model.record import Attempt, RunRecord, Totals
from kodokeep.model.summary import Summary


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about the pair could not be looked at. `exit` is what a command that tells of it ends with."""

    message: str
    hint: str = ""
    exit: int = 0


@dataclass(frozen=True, slots=True)
class PairStatus:
    """What is kept of a pair, how its last runs ended, and how it is. Holds no key of an object and no secret.

    `totals` is None if the state cannot be read; then what else is of the state is None, too, and `past` is what the
    journal knows. `last_summary` is that of the last run that came to its end. `due` is when the next run is, None
    without a schedule. `at_work` is who works on the folder, empty if nobody does.
    """

    name: str
    bucket: str
    folder: str
    mode: str
    at: datetime
    past: Past
    health: Health
    due: datetime | None = None
    schedule: str = ""
    totals: Totals | None = None
    state_bytes: int = 0
    last_run: RunRecord | None = None
    last_success: RunRecord | None = None
    last_summary: Summary | None = None
    unfinished: str = ""
    at_work: str = ""
    troubles: tuple[Trouble, ...] = ()

    @property
    def last_attempt(self) -> Attempt | None:
        """The newest attempt, whatever came of it."""
        return next(iter(self.past.attempts), None)

    @property
    def age_s(self) -> float | None:
        """How long ago the last success ended; None if none is known of."""
        success_s = self.past.last_success_s
        return None if success_s is None else max(0.0, self.at.timestamp() - success_s)
