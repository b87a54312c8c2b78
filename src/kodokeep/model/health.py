"""Health: what is known of a pair's past, and what follows from it. `planning.health` judges, `reporting` words it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kodokeep.model.record import Attempt


class Ailment(StrEnum):
    """Why a pair is not well. The first two make it stale, the next two broken; MISSED alone makes it neither."""

    NEVER_DONE = "never-done"
    TOO_OLD = "too-old"
    FAILED = "failed"
    CUT_OFF = "cut-off"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a pair's past: the newest attempts, the newest first, and when the last success ended.

    `at_work`: a run of the pair is going on, so that an attempt without an end is that one and was not cut off.
    """

    attempts: tuple[Attempt, ...] = ()
    last_success_s: float | None = None
    at_work: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict on a pair.

    stale         its last success is older than `stale_after_s`, or it has a schedule and none is known of
    broken        `telling`, the last attempt that came to an end of its own, did not end well
    missed_due    a run was due then, and none began; None if none was missed
    stale_after_s how old the last success may become; None if nobody said
    """

    stale: bool = False
    broken: bool = False
    missed_due: datetime | None = None
    reasons: tuple[Ailment, ...] = ()
    stale_after_s: float | None = None
    telling: Attempt | None = None

    @property
    def well(self) -> bool:
        """True if nobody has to look after the pair."""
        return not (self.stale or self.broken)
