"""How runs went: the last one, the last one that went well, one that was missed. Judged as `kodokeep status` does."""

import shlex
from collections.abc import Iterator

from kodokeep import exits
from kodokeep.doctor.visit import Visit
from kodokeep.model.finding import Finding, failed, ok, warning
from kodokeep.model.record import Attempt
from kodokeep.model.status import PairStatus
from kodokeep.reporting.health_words import ago, attempt_phrase
from kodokeep.reporting.units import duration, moment

LAST_RUN, LAST_SUCCESS, MISSED, RECORDS = "last run", "last success", "missed run", "records"


def examine(visit: Visit, status: PairStatus) -> Iterator[Finding]:
    """What state and journal tell; a state that cannot be read is told of by `records`."""
    run = f"{visit.command} run {shlex.quote(status.name)}"
    for trouble in status.troubles:
        if not trouble.exit:
            yield warning(RECORDS, trouble.message, trouble.hint or f"{visit.command} status {status.name}")
    if status.last_attempt is None:
        yield warning(LAST_RUN, "none yet", run)
        return
    yield _last_run(status, status.last_attempt, f"{visit.command} runs {shlex.quote(status.name)}")
    yield _last_success(status, run)
    if status.health.missed_due is not None:
        detail = f"one was due {moment(status.health.missed_due.timestamp())}, and none began"
        yield warning(MISSED, detail, f"{run}; is its timer there? {visit.command} schedule show")


def _last_run(status: PairStatus, last: Attempt, look: str) -> Finding:
    told = f"{ago(status.at.timestamp() - last.started_s)}: {attempt_phrase(last, at_work=status.past.at_work)}"
    if last.exit == exits.DONE or (last.exit is None and status.past.at_work):
        return ok(LAST_RUN, told)
    if status.health.broken:
        return failed(LAST_RUN, told, look)
    return warning(LAST_RUN, told, look)


def _last_success(status: PairStatus, run: str) -> Finding:
    told = "none is known of" if status.age_s is None else ago(status.age_s)
    limit_s = status.health.stale_after_s
    if status.health.stale:
        return failed(LAST_SUCCESS, f"{told}{f'; the limit is {duration(limit_s)}' if limit_s else ''}", run)
    return ok(LAST_SUCCESS, told) if status.age_s is not None else warning(LAST_SUCCESS, told, run)
