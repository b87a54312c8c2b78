"""A schedule by this machine's clock, for timers that know no other: cron, launchd, Windows tasks.

What belongs here: how zones differ, and when their clocks change. A schedule of another zone that this clock cannot
spell is looked at more often, and each of these runs looks whether it is due. What does not: how a timer spells it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from kodokeep.model.schedule import Schedule
from kodokeep.planning.cronfields import EVERY_HOUR, MINUTES_PER_DAY, CronFields
from kodokeep.planning.timetable import fields, zone_of

FIRST_YEAR, LAST_YEAR = 2026, 2037
"""The clock changes of these years are known well enough."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Looks:
    """When to look, as cron expressions by this machine's clock; `exact` if a run is due each time."""

    crons: tuple[str, ...]
    exact: bool = True


def by_this_clock(schedule: Schedule, local: tzinfo) -> Looks:
    """When this machine's clock shows what a schedule means, perhaps in another zone."""
    shifts = _shifts(zone_of(schedule, local), local)
    if shifts == {0}:
        return Looks(schedule.crons)
    read = [fields(cron) for cron in schedule.crons]
    if len(shifts) == 1:
        (shift,) = shifts
        exact = [_exactly(cron, shift) for cron in read]
        if all(exact):
            return Looks(tuple(dict.fromkeys(line for lines in exact for line in lines)))
    everywhen = {
        (minute + shift) % MINUTES_PER_DAY for cron in read for minute in cron.minutes_of_day for shift in shifts
    }
    return Looks(_crons(everywhen), exact=False)


@lru_cache
def changes(zone: tzinfo) -> tuple[tuple[datetime, timedelta], ...]:
    """The moments at which a zone's clock is put forward or back, and by how much."""
    return tuple(_changes(zone))


def offsets(zone: tzinfo) -> set[timedelta]:
    """What a zone's clock is ahead of UTC, over the years."""
    start = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    return {_offset(moment, zone) for moment in (start, *(moment for moment, _ in changes(zone)))}


def _changes(zone: tzinfo) -> Iterator[tuple[datetime, timedelta]]:
    moment, end = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        later = moment + _DAY
        if change := _offset(later, zone) - _offset(moment, zone):
            yield _when(moment, later, zone), change
        moment = later


def _when(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The first minute with the offset that `after` has."""
    while after - before > _MINUTE:
        middle = before + (after - before) // _MINUTE // 2 * _MINUTE
        if _offset(middle, zone) == _offset(after, zone):
            after = middle
        else:
            before = middle
    return after


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _shifts(zone: tzinfo, local: tzinfo) -> set[int]:
    """By how many minutes the local clock is ahead of the zone's, over the years."""
    moments = {datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)} | {moment for moment, _ in (*changes(zone), *changes(local))}
    return {(_offset(moment, local) - _offset(moment, zone)) // _MINUTE for moment in moments}


def _exactly(cron: CronFields, shift: int) -> tuple[str, ...]:
    """The same moments by a clock that is always as far ahead, none if that cannot be said of the days."""
    minutes = [minute + shift for minute in cron.minutes_of_day]
    day_shifts = {minute // MINUTES_PER_DAY for minute in minutes}
    if day_shifts == {0} or cron.every_day:
        days = cron.day_text
    elif len(day_shifts) == 1 and cron.by_weekday_only:
        days = f"* * {_listed(sorted((weekday + next(iter(day_shifts))) % 7 for weekday in cron.weekdays))}"
    else:
        return ()
    return _crons((minute % MINUTES_PER_DAY for minute in minutes), days)


def _crons(minutes_of_day: Iterable[int], days: str = "* * *") -> tuple[str, ...]:
    """Expressions for these minutes of such days."""
    hours: defaultdict[int, set[int]] = defaultdict(set)
    for minute in minutes_of_day:
        hours[minute % 60].add(minute // 60)
    minutes: defaultdict[frozenset[int], list[int]] = defaultdict(list)
    for minute, of_minute in sorted(hours.items()):
        minutes[frozenset(of_minute)].append(minute)
    return tuple(
        f"{_listed(of_hours)} {'*' if each == EVERY_HOUR else _listed(sorted(each))} {days}"
        for each, of_hours in minutes.items()
    )


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))
