"""What is said of runs that wait for their time."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from kodokeep import exits
from kodokeep.machine import local_zone
from kodokeep.model.options import PairOptions
from kodokeep.reporting.units import duration

WHY = {
    0: "delayed by chance, as its jitter allows",
    exits.LOCKED: "tried again, as another run is at work",
    exits.UNREACHABLE: "tried again, as Kodo could not be reached",
}
"""Why a run waits, by the exit code of the attempt before."""


def when(moment: datetime, now_s: float, zone: tzinfo) -> str:
    """`Sun 2026-11-29 03:00 CST, in 3 days`."""
    left_s = moment.timestamp() - now_s
    distance = f"in {duration(left_s)}" if left_s >= 1 else "now" if left_s > -1 else f"{duration(-left_s)} ago"
    return f"{clock(moment, zone)}, {distance}"


def clock(moment: datetime, zone: tzinfo) -> str:
    """`Sun 2026-11-29 03:00 CST`."""
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


def waits(at_s: float, now_s: float, zone: tzinfo, code: int) -> str:
    """That a run waits, and why."""
    return f"{WHY[code]}: {when(datetime.fromtimestamp(at_s, UTC), now_s, zone)}"


def zone_of(pairs: Iterable[PairOptions], name: str) -> tzinfo:
    """The time zone that the schedule of a pair is in."""
    schedules = (pair.schedule for pair in pairs if pair.name == name)
    zone = next((schedule.zone for schedule in schedules if schedule is not None), None)
    return ZoneInfo(zone) if zone is not None else local_zone()
