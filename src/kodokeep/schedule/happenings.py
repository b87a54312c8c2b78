"""What the loop that keeps the schedule has to tell. Values; `cli.serve_text` words them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kodokeep.errors import KodokeepError


@dataclass(frozen=True, slots=True)
class Waiting:
    """The pair's next run begins then; `again` if it repeats one that came to nothing."""

    name: str
    begins: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """The pair has no schedule, and is left alone."""

    name: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A run begins. It makes good what was due since `owed_since`, so late that somebody may wonder, if `late`."""

    name: str
    due: datetime
    owed_since: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Queued:
    """A run is due, and waits for others to end."""

    name: str
    at_work: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """A run came to an end of its own."""

    name: str
    exit: int


@dataclass(frozen=True, slots=True)
class Died:
    """A run was killed, or never began."""

    name: str
    error: str


@dataclass(frozen=True, slots=True)
class ClockJumped:
    """The clock showed so much more, or less, than was waited for: the machine slept, or somebody set it."""

    by_s: float


@dataclass(frozen=True, slots=True)
class SettingsRead:
    """The config was read again."""

    path: str


@dataclass(frozen=True, slots=True)
class SettingsBroken:
    """The config cannot be used, and what it said before holds. Runs cannot begin."""

    error: KodokeepError


@dataclass(frozen=True, slots=True)
class Blocked:
    """A run is due, and cannot begin until the config is mended."""

    name: str


@dataclass(frozen=True, slots=True)
class JournalTrouble:
    """What was attempted is not known, or not written down."""

    message: str


@dataclass(frozen=True, slots=True)
class Stopping:
    """The schedule ends, when these runs have come to their end."""

    at_work: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """How things are: which runs are at work, and which of the other pairs begins next, if one does."""

    at_work: tuple[str, ...]
    name: str = ""
    begins: datetime | None = None


Happening = (
    Waiting
    | Unscheduled
    | Begun
    | Queued
    | Finished
    | Died
    | ClockJumped
    | SettingsRead
    | SettingsBroken
    | Blocked
    | JournalTrouble
    | Stopping
)

Tell = Callable[[Happening], None]
"""Takes what happened."""
