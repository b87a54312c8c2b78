"""When the next run is: by the schedule of the config, and by the timers that were installed for it."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from tzlocal import get_localzone

from kodokeep.doctor.visit import Visit
from kodokeep.model.finding import Finding, ok, warning
from kodokeep.model.options import PairOptions
from kodokeep.planning.timetable import next_due

SCHEDULE = "schedule"


def examine(visit: Visit, pair: PairOptions) -> Iterator[Finding]:
    """Whether anything will start the next run."""
    if pair.schedule is None:
        yield warning(
            SCHEDULE, "none: only a person runs it",
            f"schedule = daily in [bucket:{pair.name}], then {visit.command} schedule install",
        )  # fmt: skip
        return
    local = local_zone()
    due = next_due(pair.schedule, datetime.fromtimestamp(visit.now_s(), UTC), local).astimezone(local)
    yield ok(SCHEDULE, f"{pair.schedule.written}; next on {due.strftime('%Y-%m-%d %H:%M %Z')}")
    yield from visit.timers(pair)


def local_zone() -> tzinfo:
    """This machine's zone."""
    return get_localzone()
