"""When the next run is: by the schedule of the config, and by the timers that were installed for it."""

from collections.abc import Iterator

from kodokeep.doctor.visit import Visit
from kodokeep.model.finding import Finding, ok, warning
from kodokeep.model.options import PairOptions
from kodokeep.model.status import PairStatus
from kodokeep.reporting.units import moment

SCHEDULE = "schedule"


def examine(visit: Visit, pair: PairOptions, status: PairStatus) -> Iterator[Finding]:
    """Whether anything will start the next run."""
    if status.due is None:
        begin = f"schedule = daily in [bucket:{pair.name}], then {visit.command} schedule install"
        yield warning(SCHEDULE, "none: only a person runs it", begin)
        return
    yield ok(SCHEDULE, f"{status.schedule}; the next run is due {moment(status.due.timestamp())}")
    yield from visit.timers(pair)
