"""Health: whether a pair is stale or broken, by what is known of its past. Pure: who asks gives the time.

What belongs here: what counts as an attempt, a success and a missed run. What does not: where they are on record
(`state`), and whom to tell (`oversight`).
"""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from kodokeep import exits
from kodokeep.model.health import Ailment, Health, Past
from kodokeep.model.record import Attempt, RunRecord
from kodokeep.model.runid import began
from kodokeep.model.schedule import Schedule
from kodokeep.planning.timetable import last_due, longest_gap_s

GRACE_S = 3600.0
"""How late a run may begin or end before anybody is troubled."""

INCONCLUSIVE = frozenset({exits.LOCKED, exits.INTERRUPTED})
"""Another run was at work, or a person ended it: says nothing of the pair, so what was before it counts."""


def judge(past: Past, schedule: Schedule | None, stale_after_s: float | None, now: datetime, local: tzinfo) -> Health:
    """The verdict at `now` (aware); `local` is this machine's zone, `stale_after_s` None means derived."""
    limit_s = stale_after_s if stale_after_s is not None else _usual_limit_s(schedule, now, local)
    telling = next(_conclusive(past), None)
    missed = _missed(past, schedule, now, local)
    reasons = [
        *_staleness(past, schedule, limit_s, now.timestamp()),
        *_brokenness(telling),
        *([Ailment.MISSED] if missed is not None else ()),
    ]
    return Health(
        stale=Ailment.NEVER_DONE in reasons or Ailment.TOO_OLD in reasons,
        broken=Ailment.FAILED in reasons or Ailment.CUT_OFF in reasons,
        missed_due=missed,
        reasons=tuple(reasons),
        stale_after_s=limit_s,
        telling=telling,
    )


def known_past(
    journal: Iterable[Attempt], runs: Iterable[RunRecord], successes: Iterable[float | None], *, at_work: bool
) -> Past:
    """The past of a pair by the journal of this machine and the runs of its state, which other machines may have made.

    `journal` and `runs` come newest first. `successes` are when the last one ended, by each of them.
    """
    journalled = list(journal)
    named = {attempt.run for attempt in journalled if attempt.run}
    unended = [math.floor(attempt.started_s) for attempt in journalled if attempt.ended_s is None]
    open_since = max(unended, default=math.inf)
    others = [attempt_of(record) for record in runs if record.run not in named]
    # What began with an attempt whose end is not on record is that attempt's run: it is told once.
    others = [run for run in others if run.ended_s is not None or run.started_s < open_since]
    # The id of a run is in whole seconds, so it can lie before the attempt that it is of.
    newest_first = sorted(
        [*others, *journalled],
        key=lambda attempt: (math.floor(attempt.started_s), attempt.ended_s is not None),
        reverse=True,
    )
    return Past(tuple(newest_first), max((at for at in successes if at is not None), default=None), at_work)


def attempt_of(record: RunRecord) -> Attempt:
    """A run on record in the state, as the attempt that it was."""
    started_s = began(record.run).timestamp()
    if record.summary is None:
        return Attempt(started_s, scheduled=False, run=record.run)
    done = record.summary
    return Attempt(
        started_s, scheduled=False, ended_s=started_s + done.seconds, exit=done.exit, run=record.run, error=done.error
    )


def _usual_limit_s(schedule: Schedule | None, now: datetime, local: tzinfo) -> float | None:
    """One run may fail, the next may not."""
    return None if schedule is None else 2 * longest_gap_s(schedule, now, local) + GRACE_S


def _conclusive(past: Past) -> Iterator[Attempt]:
    """The attempts that tell how the pair is; one that is going on does not yet."""
    going_on = past.at_work
    for attempt in past.attempts:
        if attempt.exit is None and going_on:
            going_on = False
        elif attempt.exit not in INCONCLUSIVE:
            yield attempt


def _staleness(past: Past, schedule: Schedule | None, limit_s: float | None, now_s: float) -> Iterator[Ailment]:
    if limit_s is None:
        return
    if past.last_success_s is not None:
        if now_s - past.last_success_s > limit_s:
            yield Ailment.TOO_OLD
    elif schedule is not None or any(now_s - attempt.started_s > limit_s for attempt in past.attempts):
        yield Ailment.NEVER_DONE


def _brokenness(telling: Attempt | None) -> Iterator[Ailment]:
    if telling is not None and telling.exit != exits.DONE:
        yield Ailment.CUT_OFF if telling.exit is None else Ailment.FAILED


def _missed(past: Past, schedule: Schedule | None, now: datetime, local: tzinfo) -> datetime | None:
    """When a run was due that had all the time it may take to begin, and did not. A pair that never ran was not
    missed: since when it has its schedule is not known.
    """
    if schedule is None or past.at_work or not past.attempts:
        return None
    due = last_due(schedule, now - timedelta(seconds=schedule.jitter_s + GRACE_S), local)
    seen_s = max(attempt.ended_s or attempt.started_s for attempt in past.attempts)
    return due if datetime.fromtimestamp(seen_s, UTC) < due else None
