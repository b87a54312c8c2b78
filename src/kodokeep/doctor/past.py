"""How runs went: the last one, the last success, what is at work or was cut off. Asks no bucket."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from platformdirs import user_state_path

from kodokeep.app import pair_status
from kodokeep.doctor.timing import local_zone
from kodokeep.doctor.visit import Visit
from kodokeep.errors import KodokeepError
from kodokeep.model.finding import Finding, failed, ok, warning
from kodokeep.model.options import PairOptions
from kodokeep.model.record import Attempt, RunRecord
from kodokeep.pair import identity_of
from kodokeep.planning.timetable import longest_gap_s
from kodokeep.reporting.units import duration
from kodokeep.reporting.words import EXITS
from kodokeep.state.journal import FILE_NAME, Journal

LAST_RUN, LAST_SUCCESS = "last run", "last success"
GRACE_S = 3600
"""How late a run may begin or end before anybody is troubled."""

OTHER_RUN, INTERRUPTED = 5, 130


@dataclass(frozen=True, slots=True)
class Looked:
    """What journal and state know of a pair's runs. `listed` and `unreadable` are of the last one that came to its
    end. `trouble` says why something of it could not be read.
    """

    last: Attempt | None = None
    last_success_s: float | None = None
    listed: int | None = None
    unreadable: int | None = None
    unfinished: str = ""
    owner: str = ""
    trouble: str = ""


def look_back(pair: PairOptions) -> Looked:
    """Read what is on record. Never raises KodokeepError."""
    try:
        status = pair_status(pair)
        attempts, success = _journalled(pair)
    except KodokeepError as error:
        return Looked(trouble=error.message)
    runs = [_attempt(record) for record in (status.last_run,) if record is not None]
    successes = [_attempt(record).ended_s for record in (status.last_success,) if record is not None]
    successes += [each.ended_s for each in success]
    summary = status.last_run.summary if status.last_run is not None else None
    return Looked(
        last=max([*attempts, *runs], key=lambda each: (int(each.started_s), each.ended_s is not None), default=None),
        last_success_s=max((at_s for at_s in successes if at_s is not None), default=None),
        listed=summary.listed if summary else None,
        unreadable=summary.unavailable + summary.thawing if summary else None,
        unfinished=status.unfinished,
        owner=status.lock_owner,
    )


def examine(visit: Visit, pair: PairOptions, looked: Looked) -> Iterator[Finding]:
    """How the last run ended, and how long ago one went well."""
    run = f"{visit.command} run {shlex.quote(pair.name)}"
    if looked.trouble:
        yield warning(LAST_RUN, f"not known: {looked.trouble}", "see the state below")
        return
    if looked.last is None:
        yield warning(LAST_RUN, "none yet", run)
        return
    now_s = visit.now_s()
    yield _last_run(looked.last, now_s, f"{visit.command} runs {shlex.quote(pair.name)}")
    yield _last_success(pair, looked, now_s, run)


def _last_run(last: Attempt, now_s: float, look: str) -> Finding:
    ago = f"{duration(max(now_s - last.started_s, 0))} ago"
    if last.exit is None:
        return warning(LAST_RUN, f"{ago}: at work, or cut off", look)
    if last.exit == 0:
        return ok(LAST_RUN, f"{ago}: done")
    told = last.error or EXITS.get(last.exit, f"exit code {last.exit}")
    if last.exit in (OTHER_RUN, INTERRUPTED):
        return warning(LAST_RUN, f"{ago}: {told}", look)
    return failed(LAST_RUN, f"{ago}: {told}", look)


def _last_success(pair: PairOptions, looked: Looked, now_s: float, run: str) -> Finding:
    limit_s = _limit_s(pair, now_s)
    if looked.last_success_s is None:
        return warning(LAST_SUCCESS, "none is known of", run)
    age_s = max(now_s - looked.last_success_s, 0)
    if limit_s is not None and age_s > limit_s:
        return failed(LAST_SUCCESS, f"{duration(age_s)} ago, more than {duration(limit_s)} are too long", run)
    return ok(LAST_SUCCESS, f"{duration(age_s)} ago")


def _limit_s(pair: PairOptions, now_s: float) -> float | None:
    if pair.alerts.stale_after_s is not None:
        return pair.alerts.stale_after_s
    if pair.schedule is None:
        return None
    return 2 * longest_gap_s(pair.schedule, datetime.fromtimestamp(now_s, UTC), local_zone()) + GRACE_S


def _journalled(pair: PairOptions) -> tuple[list[Attempt], list[Attempt]]:
    """The newest attempt, and the newest success. A journal that is not there is not made by asking."""
    directory = user_state_path("kodokeep", appauthor=False)
    if not (directory / FILE_NAME).exists():
        return [], []
    journal, digest = Journal(directory), identity_of(pair).digest
    success = journal.last_success(digest)
    return journal.attempts(digest, 1), [success] if success is not None else []


def _attempt(record: RunRecord) -> Attempt:
    """A run on record in the state, as the attempt that it was."""
    started_s = datetime.strptime(record.run[:16], "%Y%m%dT%H%M%S%z").timestamp()
    if record.summary is None:
        return Attempt(started_s, scheduled=False, run=record.run)
    ended_s = started_s + record.summary.seconds
    return Attempt(started_s, False, ended_s, record.summary.exit, record.run, record.summary.error)  # noqa: FBT003
