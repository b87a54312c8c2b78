"""Timetable: reading a written schedule, and when it is due. The only user of cronsim. Pure: who asks gives the time.

What belongs here: moments. cronsim knows the calendar; what clock changes do to it is decided here: a time that a
change leaves out is due when the change is over, a time that comes twice is due the first time, and what is due every
so many minutes or hours is due whenever the clock shows it. What does not: who starts a run then (`schedule`).
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim

from kodokeep.model.schedule import Schedule
from kodokeep.planning.cronfields import WEEKDAYS, CronFields, parse

EXPECTED = (
    "hourly, daily 03:00, weekly sun 03:00, monthly 1 03:00, every 15m or every 6h (what divides an hour or a day),"
    " or a cron expression such as 30 2 * * 1-5"
)
NIGHT = (3, 0)
"""When the words without a time mean."""
LAST_DAY_OF_ALL_MONTHS = 28

_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_WORDS = re.compile(
    rf"(?P<word>hourly|daily|weekly|monthly)(?:\s+(?P<day>[a-z]{{3}}|\d{{1,2}}))?(?:\s+(?P<times>{_TIME}(?:\s*,\s*{_TIME})*))?"
)
_EVERY = re.compile(r"every\s+(?P<number>\d{1,2})\s*(?P<unit>[mh])")
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_SAMPLED_DAYS = 9 * 366
"""How long a schedule is looked at for its longest gap: two leap days are up to eight years apart."""


def crons(text: str) -> tuple[str, ...]:
    """A written schedule as cron expressions without names. Raises ValueError with what is expected."""
    written = " ".join(text.lower().split())
    if found := _WORDS.fullmatch(written):
        return _of_words(found)
    if found := _EVERY.fullmatch(written):
        return (_of_interval(int(found["number"]), found["unit"]),)
    if len(written.split()) != 5:
        raise ValueError(EXPECTED)
    try:
        return (parse(text).text,)
    except ValueError as error:
        raise ValueError(f"{EXPECTED} ({error})") from None


def next_due(schedule: Schedule, after: datetime, local: tzinfo) -> datetime:
    """The first moment after `after` (aware) at which a run is due, in UTC. `local` is this machine's zone."""
    zone = zone_of(schedule, local)
    wall = _wall(after, zone) - _shown_twice(after, zone)
    moments = (_moments(cron, wall, zone, fold, backwards=False) for cron, fold in _clocks(schedule))
    return min(next(moment for moment in each if moment > after) for each in moments)


def last_due(schedule: Schedule, until: datetime, local: tzinfo) -> datetime:
    """The last moment up to `until` (aware), itself included, at which a run was due, in UTC."""
    zone = zone_of(schedule, local)
    # cronsim leaves the moment that it begins with out.
    wall = _wall(until, zone) + _shown_twice(until, zone) + _MINUTE
    moments = (_moments(cron, wall, zone, fold, backwards=True) for cron, fold in _clocks(schedule))
    return max(next(moment for moment in each if moment <= until) for each in moments)


def longest_gap_s(schedule: Schedule, now: datetime, local: tzinfo) -> float:
    """The longest time that lies between two of the next moments, clock changes aside."""
    today = now.astimezone(zone_of(schedule, local)).date()
    longest, before = timedelta(), None
    for day in (today + _DAY * number for number in range(_SAMPLED_DAYS)):
        if due := tuple(cron for cron in schedule.crons if fields(cron).has_day(day)):
            first, last, within = _times(due)
            longest = max(longest, within, datetime.combine(day, first) - before if before else within)
            before = datetime.combine(day, last)
    if not longest:  # 29 February, if it is a Sunday
        earlier, later = islice(CronSim(schedule.crons[0], datetime.combine(today, time())), 2)
        longest = later - earlier
    return longest.total_seconds()


def zone_of(schedule: Schedule, local: tzinfo) -> tzinfo:
    """The zone whose clock a schedule means."""
    return ZoneInfo(schedule.zone) if schedule.zone else local


@lru_cache
def fields(cron: str) -> CronFields:
    """One of the expressions of a schedule, read."""
    return parse(cron)


def _clocks(schedule: Schedule) -> Iterator[tuple[str, int]]:
    """Each expression with what the clock shows: the first time, and the second time if that counts, too."""
    for cron in schedule.crons:
        yield cron, 0
        if fields(cron).follows_clock:
            yield cron, 1


def _moments(cron: str, wall: datetime, zone: tzinfo, fold: int, *, backwards: bool) -> Iterator[datetime]:
    """When the clock of `zone` shows what `cron` says, from `wall` on, or back from it."""
    for shown in CronSim(cron, wall, reverse=backwards):
        moment = _moment(shown, zone, fold)
        if _wall(moment, zone) == shown:
            yield moment
        elif not fields(cron).follows_clock:
            yield _after_the_gap(shown, zone)


def _moment(wall: datetime, zone: tzinfo, fold: int = 0) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _after_the_gap(wall: datetime, zone: tzinfo) -> datetime:
    while _wall(_moment(wall, zone), zone) != wall:
        wall += _MINUTE
    return _moment(wall, zone)


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    """What a clock shows, to the minute."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0, second=0, microsecond=0)


def _shown_twice(moment: datetime, zone: tzinfo) -> timedelta:
    """By how much the clock is put back about then."""
    before, after = ((moment + side).astimezone(zone).utcoffset() or timedelta() for side in (-_DAY, _DAY))
    return max(before - after, timedelta())


@lru_cache
def _times(due: tuple[str, ...]) -> tuple[time, time, timedelta]:
    """The first and the last time of a day, and the longest time between two."""
    times = sorted({at for cron in due for at in fields(cron).times()})
    walls = [datetime.combine(date.min, at) for at in times]
    return times[0], times[-1], max((later - earlier for earlier, later in pairwise(walls)), default=timedelta())


def _of_words(found: re.Match[str]) -> tuple[str, ...]:
    word, day, times = found["word"], found["day"], found["times"]
    match word:
        case "hourly" if day is None and times is None:
            return ("0 * * * *",)
        case "daily" if day is None:
            days = "* * *"
        case "weekly" if day is None or day in WEEKDAYS:
            days = f"* * {WEEKDAYS.index(day or 'sun')}"
        case "monthly" if day is None or (day.isdecimal() and 1 <= int(day) <= LAST_DAY_OF_ALL_MONTHS):
            days = f"{int(day or 1)} * *"
        case "monthly" if day.isdecimal():
            raise ValueError(f"{EXPECTED} (a day that every month has: 1 to {LAST_DAY_OF_ALL_MONTHS})")
        case _:
            raise ValueError(EXPECTED)
    clock = [tuple(map(int, time.strip().split(":"))) for time in times.split(",")] if times else [NIGHT]
    return tuple(dict.fromkeys(f"{minute} {hour} {days}" for hour, minute in clock))


def _of_interval(number: int, unit: str) -> str:
    whole = 60 if unit == "m" else 24
    if number == 0 or whole % number:
        raise ValueError(EXPECTED)
    if unit == "m":
        return f"*/{number} * * * *" if number < whole else "0 * * * *"
    return f"0 */{number} * * *" if number < whole else "0 0 * * *"
