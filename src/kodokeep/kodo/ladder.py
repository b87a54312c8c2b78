"""The ladder: what to do next about an object whose download went wrong (rule 17). Pure decisions on values.

    resumed body differs   -> once more from byte 0
    body differs           -> once more from the origin, then ask rs
    no answer, 5xx         -> later, resuming; from the origin after a few failures
    401                    -> once more with a fresh signature, then ask rs
    404, 403, other 4xx    -> ask rs
    rs: gone               -> stale        rs: changed  -> fetch that, twice at most, else stale
    rs: frozen, disabled   -> unavailable  rs: the same -> from the origin, else failed

What does not belong here: doing any of it (`errands`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from kodokeep.model.entry import RemoteEntry, same_content
from kodokeep.model.outcome import OutcomeKind

ORIGIN_AFTER = 3
"""Failures in a row after which the usual source is given up for this object."""

MAX_MOVES = 2
"""How often an object may turn out to be another one before it counts as stale."""


class Trouble(StrEnum):
    """How an attempt went wrong."""

    ALTERED = "altered"
    BROKEN = "broken"
    THROTTLED = "throttled"
    MISPLACED = "misplaced"  # a range was asked for, and something else came
    UNAUTHORISED = "unauthorised"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Report:
    """What one attempt came to."""

    trouble: Trouble
    detail: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What was tried so far. `failed` counts failures in a row, `moved` the newer entries that were met."""

    at_origin: bool = False
    doubted: bool = False
    resigned: bool = False
    failed: int = 0
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Again:
    """Try again: after the back-off if `later`, from byte 0 if `afresh`, for another entry if `expected` is given."""

    progress: Progress
    later: bool = False
    afresh: bool = False
    expected: RemoteEntry | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Find out from rs what the object is now; then `judge`."""


@dataclass(frozen=True, slots=True)
class End:
    """Give up with this outcome."""

    kind: OutcomeKind
    detail: str


def decide(progress: Progress, report: Report, exhausted: Callable[[int], bool], *, resumed: bool) -> Again | Ask | End:
    """The next step after an attempt. `resumed`: the body was put together from several attempts."""
    match report.trouble:
        case Trouble.ALTERED if resumed:
            return Again(progress, afresh=True)
        case Trouble.ALTERED if not progress.doubted:
            return Again(replace(progress, at_origin=True, doubted=True), afresh=True)
        case Trouble.UNAUTHORISED if not progress.resigned:
            return Again(replace(progress, resigned=True))
        case Trouble.BROKEN | Trouble.THROTTLED | Trouble.MISPLACED:
            failed = progress.failed + 1
            if exhausted(failed):
                return End(OutcomeKind.FAILED, report.detail)
            at_origin = progress.at_origin or (report.trouble is Trouble.BROKEN and failed >= ORIGIN_AFTER)
            misplaced = report.trouble is Trouble.MISPLACED
            return Again(replace(progress, failed=failed, at_origin=at_origin), later=not misplaced, afresh=misplaced)
        case _:
            return Ask()


def judge(progress: Progress, report: Report, expected: RemoteEntry, found: RemoteEntry | None) -> Again | End:
    """The next step once rs told what the object is now."""
    if found is None:
        return End(OutcomeKind.STALE, "gone from the bucket")
    changed = not same_content(found, expected)
    if found.frozen and (changed or report.trouble is not Trouble.ALTERED):
        return _frozen(found)
    if changed:
        if progress.moved >= MAX_MOVES:
            return End(OutcomeKind.STALE, "changes faster than it can be fetched")
        moved = replace(progress, at_origin=True, doubted=True, moved=progress.moved + 1)
        return Again(moved, afresh=True, expected=found)
    return _judge_same(progress, report, found)


def _judge_same(progress: Progress, report: Report, found: RemoteEntry) -> Again | End:
    if report.trouble is Trouble.ALTERED:
        return End(OutcomeKind.FAILED, report.detail)
    if not progress.at_origin:
        return Again(replace(progress, at_origin=True))
    if found.disabled:
        return End(OutcomeKind.UNAVAILABLE, f"disabled: {report.detail}")
    return End(OutcomeKind.FAILED, report.detail)


def _frozen(found: RemoteEntry) -> End:
    if found.thawing:
        return End(OutcomeKind.THAWING, "being thawed")
    return End(OutcomeKind.UNAVAILABLE, "frozen in the archive: thaw it first")
