"""Timetable: reading a written schedule, and when it is due. The only user of cronsim. Pure: who asks gives the time.

An expression is of wall time, which clock changes tear: a time that is left out comes as much later as the clock goes
forward, 2:30 at 3:30. Of a time that comes twice the first is meant, unless the expression means every hour or so many
minutes: then both.

What belongs here: moments. What does not: who starts a run then (`schedule`).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from kodokeep.model.schedule import Schedule

EXPECTED = (
    "hourly, daily 03:00, weekly sun 03:00, monthly 1 03:00, every 15m or every 6h (what divides an hour or a day),"
    " or a cron expression such as 30 2 * * 1-5"
)
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
NIGHT = (3, 0)
"""When the words without a time mean."""

_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_WORDS = re.compile(
    rf"(?P<word>hourly|daily|weekly|monthly)(?:\s+(?P<day>[a-z]{{3}}|\d{{1,2}}))?(?:\s+(?P<times>{_TIME}(?:\s*,\s*{_TIME})*))?"
)
_EVERY = re.compile(r"every\s+(?P<number>\d{1,2})\s*(?P<unit>[mh])")
_TORN = timedelta(hours=3)
"""More than any clock change of our days."""

_SAMPLED = 400
"""How many times of a schedule are looked at for its longest gap: more than a year of a daily one."""


def crons(text: str) -> tuple[str, ...]:
    """A written schedule as cron expressions. Raises ValueError with what is expected."""
    written = " ".join(text.lower().split())
    if found := _WORDS.fullmatch(written):
        return _of_words(found)
    if found := _EVERY.fullmatch(written):
        return (_of_interval(int(found["number"]), found["unit"]),)
    if len(text.split()) == 5:
        try:
            CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise ValueError(f"{EXPECTED} ({error})") from None
        return (" ".join(text.split()),)
    raise ValueError(EXPECTED)


def next_due(schedule: Schedule, after: datetime, local: tzinfo) -> datetime:
    """The first moment after `after` (aware) at which a run is due, in UTC. `local` is this machine's zone."""
    zone = ZoneInfo(schedule.zone) if schedule.zone else local
    return min(_next(cron, after, zone) for cron in schedule.crons)


def last_due(schedule: Schedule, until: datetime, local: tzinfo) -> datetime:
    """The last moment up to `until` (aware), itself included, at which a run was due, in UTC."""
    zone = ZoneInfo(schedule.zone) if schedule.zone else local
    return max(_last(cron, until, zone) for cron in schedule.crons)


def longest_gap_s(schedule: Schedule, now: datetime, local: tzinfo) -> float:
    """The longest time that lies between two of the next moments."""
    moments = list(islice(_moments(schedule, now, local), _SAMPLED))
    return max((later - earlier).total_seconds() for earlier, later in pairwise(moments))


def _moments(schedule: Schedule, after: datetime, local: tzinfo) -> Iterator[datetime]:
    moment = after
    while True:
        moment = next_due(schedule, moment, local)
        yield moment


def _next(cron: str, after: datetime, zone: tzinfo) -> datetime:
    found: datetime | None = None
    for wall in CronSim(cron, _wall(after, zone) - (_TORN if _is_torn(after, zone) else timedelta(0))):
        found = min(
            (moment for moment in (found, *_moments_of(wall, cron, zone)) if moment and moment > after), default=None
        )
        # Where the clock changes, what is later on the wall may be earlier.
        if found and not (_is_torn(found, zone) and wall <= _wall(found, zone) + _TORN):
            return found
    raise AssertionError("cronsim refuses expressions that never come")


def _last(cron: str, until: datetime, zone: tzinfo) -> datetime:
    found: datetime | None = None
    # cronsim goes backwards in whole minutes, and leaves the moment it begins with out.
    start = _wall(until, zone) + timedelta(minutes=1) + (_TORN if _is_torn(until, zone) else timedelta(0))
    for wall in CronSim(cron, start, reverse=True):
        found = max(
            (moment for moment in (found, *_moments_of(wall, cron, zone)) if moment and moment <= until), default=None
        )
        if found and not (_is_torn(found, zone) and wall >= _wall(found, zone) - _TORN):
            return found
    raise AssertionError("cronsim refuses expressions that never come")


def _moments_of(wall: datetime, cron: str, zone: tzinfo) -> tuple[datetime, ...]:
    """When the clock on the wall shows this: seldom twice, and if it never does, when it would have."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    minute, hour, *_ = cron.split()
    both = second > first and (minute.startswith("*") or hour.startswith("*"))
    return (first, second) if both else (first,)


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _is_torn(moment: datetime, zone: tzinfo) -> bool:
    """True if the clock changes about then."""
    before, after = ((moment.astimezone(UTC) + shift).astimezone(zone).utcoffset() for shift in (-_TORN, _TORN))
    return before != after


def _of_words(found: re.Match[str]) -> tuple[str, ...]:
    word, day, times = found["word"], found["day"], found["times"]
    match word:
        case "hourly" if day is None and times is None:
            return ("0 * * * *",)
        case "daily" if day is None:
            days = "* * *"
        case "weekly" if day is None or day in WEEKDAYS:
            days = f"* * {WEEKDAYS.index(day or 'sun')}"
        case "monthly" if day is None or (day.isdecimal() and 1 <= int(day) <= 28):
            days = f"{int(day or 1)} * *"
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
