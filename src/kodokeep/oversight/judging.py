"""Judging: which kind of alert a run is worth, and what of its past is over. Pure; exit codes are those of design §10.

Whether a pair is stale or missed a run is judged in `planning.health`.
"""

from collections.abc import Sequence

from kodokeep import exits
from kodokeep.model.alert import AlertKind
from kodokeep.model.record import Attempt
from kodokeep.model.summary import Summary

RUN_KINDS = frozenset({AlertKind.SUCCESS, AlertKind.WARNINGS, AlertKind.FAILURE, AlertKind.HELD})
TROUBLE = (AlertKind.FAILURE, AlertKind.MISSED, AlertKind.STALE)
"""Kinds whose end is told to those who heard of its beginning."""

REPEAT_S = 20 * 3600.0
"""What lasts is told once a day. A daily run with jitter may come after less than 24 hours."""


def kind_of(summary: Summary, warnings: Sequence[str]) -> AlertKind | None:
    """What to tell of a run that ended so; None: nothing. `warnings` are what of it needs a look."""
    match summary.exit:
        case exits.DONE:
            return AlertKind.WARNINGS if warnings else AlertKind.SUCCESS
        case exits.SOME_FAILED if not summary.error:
            return AlertKind.WARNINGS
        case exits.HELD:
            return AlertKind.HELD
        case exits.LOCKED:
            return AlertKind.WARNINGS if warnings else None
        case exits.INTERRUPTED:
            return None
        case _:
            return AlertKind.FAILURE


def settled_by(kind: AlertKind, exit_code: int) -> frozenset[AlertKind]:
    """What earlier alerts told of and is over now. Only a success ends that there was none for long."""
    over = (RUN_KINDS - {kind}) | {AlertKind.MISSED}
    return over | {AlertKind.STALE} if exit_code == exits.DONE else over


def is_repeated(attempts: Sequence[Attempt]) -> bool:
    """True if the newest attempt ended as the one before it did. What another run or a person ended says nothing."""
    told = [attempt for attempt in attempts if attempt.exit not in (exits.LOCKED, exits.INTERRUPTED, None)]
    return len(told) > 1 and (told[0].exit, told[0].error) == (told[1].exit, told[1].error)


def missed_since_s(due_s: float, now_s: float) -> float:
    """Since when who was told of a missed run need not be told again: once for each, and not more than once a day."""
    return min(due_s, now_s - REPEAT_S)


def cut_off_before(attempts: Sequence[Attempt]) -> Attempt | None:
    """The attempt before the newest one, if it has no end: it was killed, and nobody was told."""
    before = next((attempt for attempt in attempts[1:] if attempt.exit != exits.LOCKED), None)
    return before if before is not None and before.ended_s is None else None


def locked_since_s(attempts: Sequence[Attempt]) -> float:
    """Since when another run is known to be at work; the newest attempt is the one that met it."""
    since_s = attempts[0].started_s
    for attempt in attempts[1:]:
        if attempt.exit == exits.LOCKED:
            since_s = attempt.started_s
        else:
            return attempt.started_s if attempt.ended_s is None else since_s
    return since_s
