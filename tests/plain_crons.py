"""A second, plain reading of cron expressions: minute by minute, field by field. What the tests of schedules ask."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

from hypothesis import strategies as st

LOWEST = (0, 0, 1, 1, 0)
HIGHEST = (59, 23, 31, 12, 7)
MINUTE = timedelta(minutes=1)

CHANGES = {
    "Europe/Berlin": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "Australia/Lord_Howe": ("2026-04-04T15:00", "2026-10-03T15:30"),
    "America/Havana": ("2026-03-08T05:00", "2026-11-01T05:00"),
    "America/St_Johns": ("2026-03-08T05:30", "2026-11-01T04:30"),
    "Africa/Cairo": ("2026-04-23T22:00", "2026-10-29T21:00"),
    "Antarctica/Troll": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "Asia/Shanghai": ("2026-06-01T00:00",),
    "Asia/Kathmandu": ("2026-06-01T00:00",),
    "UTC": ("2026-06-01T00:00",),
}
"""Zones, and when their clocks change: at night, at midnight, by half an hour, by two hours, never."""


@cache
def reads(text: str, place: int) -> frozenset[int]:
    """The numbers of a field without names."""
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        if first == "*":
            low, high = LOWEST[place], HIGHEST[place]
        else:
            low, high = int(first), int(last or first)
        found |= set(range(low, high + 1, int(step or 1)))
    return frozenset(found)


def matches(cron: str, wall: datetime) -> bool:
    """True if a clock that shows this is meant."""
    minute, hour, day, month, weekday = cron.split()
    if wall.minute not in reads(minute, 0) or wall.hour not in reads(hour, 1) or wall.month not in reads(month, 3):
        return False
    by_number = wall.day in reads(day, 2)
    by_weekday = bool({wall.isoweekday(), wall.isoweekday() % 7} & reads(weekday, 4))
    if day.startswith("*") or weekday.startswith("*"):
        return by_number and by_weekday
    return by_number or by_weekday


def due(crons: Sequence[str], zone: tzinfo, start: datetime, minutes: int) -> list[datetime]:
    """The moments of these minutes at which a run is due, in UTC."""
    return [moment for moment in each_minute(start, minutes) if any(_is_due(cron, zone, moment) for cron in crons)]


def each_minute(start: datetime, minutes: int) -> Iterator[datetime]:
    """One minute after the other."""
    return (start + number * MINUTE for number in range(minutes))


def _is_due(cron: str, zone: tzinfo, moment: datetime) -> bool:
    wall = moment.astimezone(zone)
    if cron.startswith("*") or cron.split()[1].startswith("*"):
        return matches(cron, wall)
    shown = wall.replace(tzinfo=None, fold=0)
    expected = (moment - MINUTE).astimezone(zone).replace(tzinfo=None) + MINUTE
    left_out = each_minute(expected, max((shown - expected) // MINUTE, 0))
    return (wall.fold == 0 and matches(cron, wall)) or any(matches(cron, missing) for missing in left_out)


def _items(place: int) -> st.SearchStrategy[str]:
    low, high = LOWEST[place], HIGHEST[place]
    numbers = st.integers(low, high)
    spans = st.lists(numbers, min_size=2, max_size=2).map(lambda pair: f"{min(pair)}-{max(pair)}")
    return st.one_of(
        numbers.map(str), spans, st.builds(lambda span, step: f"{span}/{step}", spans, st.integers(1, high))
    )


def _fields(place: int) -> st.SearchStrategy[str]:
    lists = st.lists(_items(place), min_size=1, max_size=3).map(",".join)
    return st.one_of(st.just("*"), st.integers(1, HIGHEST[place]).map(lambda step: f"*/{step}"), lists)


_DAYS = st.one_of(st.just("*"), st.just("*"), _fields(2).filter(lambda text: min(reads(text, 2)) <= 28))
ANY = st.builds(
    lambda *fields: " ".join(fields), _fields(0), _fields(1), _DAYS, st.one_of(st.just("*"), _fields(3)), _fields(4)
)
"""Expressions of all kinds."""

_NIGHT = st.sampled_from(["0", "1", "2", "3", "0,2", "1-3", "2-3", "*", "*/2", "*/6", "0-23"])
_AT_NIGHT = st.sampled_from(["0", "5", "15,45", "0,30", "*/15", "*/20", "*", "59"])
_SOME_DAYS = st.sampled_from(["* * *", "* * 0", "* * 6,7", "1-31/2 * *", "29 3 0", "*/2 * 0", "25 10 *", "1 * 1-5"])
NIGHTLY = st.builds(lambda minute, hour, days: f"{minute} {hour} {days}", _AT_NIGHT, _NIGHT, _SOME_DAYS)
"""Expressions for the hours in which clocks change."""


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone, and a moment in the hours before its clock changes."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    change = datetime.fromisoformat(draw(st.sampled_from(CHANGES[zone]))).replace(tzinfo=UTC)
    return zone, change - draw(st.integers(0, 300)) * MINUTE
