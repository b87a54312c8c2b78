"""Which run is due: decided from a pair's schedule, what was attempted, and the time. Pure.

Times of the schedule that pass without a run are caught up by one. A time is answered by an attempt that began since
then and came to something. One that was cut off, that could not reach Kodo, or that found another run at work is
repeated a few times, and never over the next time of the schedule. So it does not matter who looks, or whether it was
running before.

Attempts are compared by the clock on the wall, the only one that goes on while a machine sleeps or is off. One that
lies ahead was made by a clock that was wrong and counts for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from kodokeep import exits
from kodokeep.model.record import Attempt
from kodokeep.model.schedule import Schedule
from kodokeep.planning.timetable import last_due, next_due

WAITS_S = (60, 300, 900, 1800)
"""How long after each attempt that came to nothing the next one follows."""

REPEATED = frozenset({exits.LOCKED, exits.UNREACHABLE})
"""Exit codes of a run that is worth another try soon."""

FINISHED = frozenset({exits.DONE, exits.SOME_FAILED, exits.HELD})
"""Exit codes of a run that did what it could."""

AHEAD_S = 3600
"""A clock may be set back by so much, and what was attempted still counts."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """When a pair's next run begins, and the time of the schedule that it is for; `begins` may be past.

    `tries` were made for it already. `owed_since` is the first of the times that it makes good. `next` is the next time
    of the schedule after now.
    """

    begins: datetime
    due: datetime
    owed_since: datetime
    next: datetime
    tries: int = 0


def outlook(
    schedule: Schedule, attempts: Sequence[Attempt], known_since_s: float, now: datetime, local: tzinfo
) -> Outlook:
    """When the pair's next run begins. `attempts` come newest first; none of them is going on.

    A pair that never was attempted is due at its first time after it was known.
    """
    upcoming = next_due(schedule, now, local)
    due = last_due(schedule, now, local)
    nothing_due = Outlook(upcoming, upcoming, upcoming, upcoming)
    counted = [attempt for attempt in attempts if attempt.started_s <= now.timestamp() + AHEAD_S]
    reference_s = counted[0].started_s if counted else min(known_since_s, now.timestamp())
    made = [attempt for attempt in counted if attempt.started_s >= due.timestamp()]
    if any(map(_answers, made)) or (not counted and reference_s >= due.timestamp()):
        return nothing_due
    tries = [attempt for attempt in made if attempt.scheduled]
    if not tries:
        owed_since = next_due(schedule, _moment(min(reference_s, due.timestamp() - 1)), local)
        return Outlook(due, due, owed_since, upcoming)
    again_s = again(tries[0].ended_s or tries[0].started_s, len(tries), upcoming.timestamp())
    return nothing_due if again_s is None else Outlook(_moment(again_s), due, due, upcoming, len(tries))


def again(ended_s: float, tries: int, next_s: float | None) -> float | None:
    """When an attempt that came to nothing is repeated, after so many `tries`; None if it is not. `next_s` is the next
    time of the schedule, if there is one.
    """
    if tries > len(WAITS_S):
        return None
    again_s = ended_s + WAITS_S[tries - 1]
    return again_s if next_s is None or again_s < next_s else None


def delay_s(schedule: Schedule, since: datetime, following: datetime, chance: float) -> float:
    """How late a run may begin, for a `chance` from 0 to 1: within the jitter, and before the time that follows."""
    return chance * min(schedule.jitter_s, (following - since).total_seconds())


def _answers(attempt: Attempt) -> bool:
    """True if nothing is left to do for this time. What a person tried, and failed at, is not a run of the schedule."""
    if not attempt.scheduled:
        return attempt.exit in FINISHED
    return attempt.exit is not None and attempt.exit not in REPEATED | {exits.INTERRUPTED}


def _moment(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
