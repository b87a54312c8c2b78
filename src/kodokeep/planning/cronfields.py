"""The five fields of a cron expression: read strictly, as sets of numbers.

What belongs here: what is written, and which days and times of the clock it names. What does not: what becomes of them
when clocks change (`timetable`). Read is what every cron knows, and names; not `L`, `W`, `#` and `?`, which only some
do and which no timer can be told.
"""

import re
from dataclasses import dataclass
from datetime import date, time

MINUTES_PER_DAY = 24 * 60
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EVERY_MONTH = frozenset(range(1, 13))
EVERY_DAY = frozenset(range(1, 32))
EVERY_WEEKDAY = frozenset(range(7))
EVERY_HOUR = frozenset(range(24))
EVERY_MINUTE = frozenset(range(60))

_LONGEST_MONTH = {month: 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31 for month in EVERY_MONTH}
_SUNDAY_TWICE = 7
_ITEM = re.compile(r"(?P<first>\*|[A-Za-z0-9]+)(?:-(?P<last>[A-Za-z0-9]+))?(?:/(?P<step>[0-9]+))?")


@dataclass(frozen=True, slots=True)
class CronFields:
    """Numbers of each field; weekday 0 is Sunday. `text` is the expression without names, as any cron reads it.

    If neither days nor weekdays begin with a star, a day counts if it is one of either (`day_or_weekday`), else if it
    is one of both. `follows_clock`: minutes or hours begin with a star, so that it means every such minute that passes,
    also the ones that pass twice; otherwise each time of a day is meant once.
    """

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    day_or_weekday: bool
    follows_clock: bool

    def has_day(self, day: date) -> bool:
        """True if a run is due on that day."""
        if day.month not in self.months:
            return False
        by_number, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_number or by_weekday if self.day_or_weekday else by_number and by_weekday

    @property
    def every_day(self) -> bool:
        """True if there is no day without."""
        if self.months != EVERY_MONTH:
            return False
        all_numbers, all_weekdays = self.days == EVERY_DAY, self.weekdays == EVERY_WEEKDAY
        return all_numbers or all_weekdays if self.day_or_weekday else all_numbers and all_weekdays

    @property
    def by_weekday_only(self) -> bool:
        """True if a day counts by its weekday and by nothing else."""
        return self.months == EVERY_MONTH and self.days == EVERY_DAY and not self.day_or_weekday

    @property
    def minutes_of_day(self) -> tuple[int, ...]:
        """The times of such a day as minutes since midnight, the earliest first."""
        return tuple(hour * 60 + minute for hour in sorted(self.hours) for minute in sorted(self.minutes))

    @property
    def day_text(self) -> str:
        """The fields that name days."""
        return " ".join(self.text.split()[2:])

    def day_rules(self) -> tuple[tuple[frozenset[int], frozenset[int]], ...]:
        """(Days, weekdays) that must both match; a day counts if it is one of any."""
        if self.day_or_weekday:
            return (self.days, EVERY_WEEKDAY), (EVERY_DAY, self.weekdays)
        return ((self.days, self.weekdays),)

    def times(self) -> tuple[time, ...]:
        """The times of such a day, the earliest first."""
        return tuple(time(hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes))

    def has_time(self, at: time) -> bool:
        """True if a run is due at that minute of such a day."""
        return at.minute in self.minutes and at.hour in self.hours


@dataclass(frozen=True, slots=True)
class _Field:
    """What one field may hold. `last` is what `5/10` goes up to, `highest` what may be written."""

    name: str
    first: int
    last: int
    highest: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59, 59),
    _Field("hour", 0, 23, 23),
    _Field("day of the month", 1, 31, 31),
    _Field("month", 1, 12, 12, MONTHS),
    _Field("weekday", 0, 6, _SUNDAY_TWICE, WEEKDAYS),
)


def parse(text: str) -> CronFields:
    """Read five fields. Raises ValueError that says which of them is wrong and why."""
    written = text.split()
    if len(written) != len(_FIELDS):
        raise ValueError(f"it has {len(written)} fields, not {len(_FIELDS)}")
    plain, numbers = zip(*(_read(field, word) for field, word in zip(_FIELDS, written, strict=True)), strict=True)
    minutes, hours, days, months, weekdays = numbers
    either = not (plain[2].startswith("*") or plain[4].startswith("*"))
    if not either and min(days) > max(_LONGEST_MONTH[month] for month in months):
        raise ValueError(f"no such month has a day {min(days)}, so it never comes")
    return CronFields(
        " ".join(plain),
        minutes,
        hours,
        days,
        months,
        frozenset(weekday % 7 for weekday in weekdays),
        day_or_weekday=either,
        follows_clock=plain[0].startswith("*") or plain[1].startswith("*"),
    )


def _read(field: _Field, word: str) -> tuple[str, frozenset[int]]:
    """A field without names, and its numbers."""
    items = [_item(field, item) for item in word.split(",")]
    return ",".join(text for text, _ in items), frozenset().union(*(numbers for _, numbers in items))


def _item(field: _Field, item: str) -> tuple[str, frozenset[int]]:
    found = _ITEM.fullmatch(item)
    if found is None or (found["first"] == "*" and found["last"]):
        raise ValueError(f"{field.name}: {item!r} is not a number, a range, * or one of these with /step")
    step = int(found["step"] or 1)
    if step == 0:
        raise ValueError(f"{field.name}: {item} has a step of 0")
    if found["first"] == "*":
        return item, frozenset(range(field.first, field.highest + 1, step))
    first = _number(field, found["first"])
    last = _number(field, found["last"]) if found["last"] else field.last if found["step"] else first
    if last < first:
        raise ValueError(f"{field.name}: {item} runs backwards")
    text = str(first) if last == first else f"{first}-{last}" + (f"/{step}" if found["step"] else "")
    return text, frozenset(range(first, last + 1, step))


def _number(field: _Field, word: str) -> int:
    if word.lower() in field.names:
        return field.names.index(word.lower()) + field.first
    if not re.fullmatch("[0-9]{1,2}", word) or not field.first <= int(word) <= field.highest:
        named = f", {field.names[0]} to {field.names[-1]}" if field.names else ""
        raise ValueError(f"{field.name}: {word} is not {field.first} to {field.highest}{named}")
    return int(word)
