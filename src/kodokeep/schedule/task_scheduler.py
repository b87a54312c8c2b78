"""Windows' side of a schedule: a task as XML, in the order of the Task Scheduler schema (MS-TSCH §2.5). Pure.

What belongs here: how the Task Scheduler spells things. What does not: registering a task (`keepers`). What a trigger
cannot spell (a weekday of a numbered day, more triggers than a task may have) becomes one that looks more often, and
each of these runs looks whether it is due.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import pairwise
from math import gcd
from subprocess import list2cmdline
from xml.etree import ElementTree as ET

from kodokeep.model.schedule import Schedule
from kodokeep.planning.cronfields import (
    EVERY_DAY,
    EVERY_MONTH,
    EVERY_WEEKDAY,
    MINUTES_PER_DAY,
    CronFields,
)
from kodokeep.planning.timetable import fields
from kodokeep.schedule.jobs import Job, Timers, check_spelled
from kodokeep.schedule.wall import FIRST_YEAR, by_this_clock

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
MOST_TRIGGERS = 48
"""Of one task."""

_FIRST_DAY = f"{FIRST_YEAR}-01-01"
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",
    "ExecutionTimeLimit": "PT0S",
    "Priority": "7",
}


@dataclass(frozen=True, slots=True)
class Trigger:
    """Minutes of a day, evenly apart, and the days: numbers, months and weekdays must all match."""

    start: int
    step: int = 0
    count: int = 1
    days: frozenset[int] = EVERY_DAY
    months: frozenset[int] = EVERY_MONTH
    weekdays: frozenset[int] = EVERY_WEEKDAY


def triggers(schedule: Schedule, local: tzinfo) -> tuple[list[Trigger], bool]:
    """When the task should look, by this machine's clock, and whether a run is due each time."""
    looks = by_this_clock(schedule, local)
    read = [fields(cron) for cron in looks.crons]
    exact = looks.exact and all(_spelled(cron) for cron in read)
    found = list(dict.fromkeys(trigger for cron in read for trigger in _of_cron(cron)))
    if len(found) <= MOST_TRIGGERS:
        return found, exact
    return [_often(sorted({minute for cron in read for minute in cron.minutes_of_day}))], False


def task(timers: Timers, job: Job) -> bytes:
    """The file that `schtasks /Create /XML` reads."""
    found, exact = triggers(job.schedule, timers.local)
    program, *arguments = timers.command(job.name, exact=exact)
    check_spelled("the Task Scheduler", [program, *arguments])
    root = ET.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
    zone = f" {job.schedule.zone}" if job.schedule.zone else ""
    _with(root, "RegistrationInfo", {"Description": f"Kodokeep: {job.name}, {job.schedule.written}{zone}"})
    into = ET.SubElement(root, "Triggers")
    for trigger in found:
        _add(into, trigger)
    _with(root, "Settings", _SETTINGS)
    _with(ET.SubElement(root, "Actions"), "Exec", {"Command": program, "Arguments": list2cmdline(arguments)})
    ET.indent(root)
    return (
        ET.tostring(root, encoding="unicode").join(['<?xml version="1.0" encoding="UTF-16"?>\n', "\n"]).encode("utf-16")
    )


def _add(into: ET.Element, trigger: Trigger) -> None:
    element = ET.SubElement(into, "CalendarTrigger")
    _text(element, "StartBoundary", f"{_FIRST_DAY}T{trigger.start // 60:02}:{trigger.start % 60:02}:00")
    if trigger.count > 1:
        # A minute more than to the last one, so that nobody has to wonder whether that counts.
        duration = (trigger.count - 1) * trigger.step + 1
        _with(element, "Repetition", {"Interval": f"PT{trigger.step}M", "Duration": f"PT{duration}M"})
    if trigger.weekdays == EVERY_WEEKDAY and (trigger.days, trigger.months) == (EVERY_DAY, EVERY_MONTH):
        _with(element, "ScheduleByDay", {"DaysInterval": "1"})
    elif trigger.weekdays == EVERY_WEEKDAY:
        by_month = ET.SubElement(element, "ScheduleByMonth")
        days = ET.SubElement(by_month, "DaysOfMonth")
        for day in sorted(trigger.days):
            _text(days, "Day", str(day))
        _names(by_month, "Months", (_MONTHS[month - 1] for month in sorted(trigger.months)))
    elif trigger.months == EVERY_MONTH:
        by_week = _with(element, "ScheduleByWeek", {"WeeksInterval": "1"})
        _names(by_week, "DaysOfWeek", (_WEEKDAYS[day] for day in sorted(trigger.weekdays)))
    else:
        by_weekday = ET.SubElement(element, "ScheduleByMonthDayOfWeek")
        weeks = ET.SubElement(by_weekday, "Weeks")
        for week in ("1", "2", "3", "4", "Last"):
            _text(weeks, "Week", week)
        _names(by_weekday, "DaysOfWeek", (_WEEKDAYS[day] for day in sorted(trigger.weekdays)))
        _names(by_weekday, "Months", (_MONTHS[month - 1] for month in sorted(trigger.months)))


def _with(parent: ET.Element, name: str, texts: dict[str, str]) -> ET.Element:
    element = ET.SubElement(parent, name)
    for each, text in texts.items():
        _text(element, each, text)
    return element


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _names(parent: ET.Element, name: str, names: Iterable[str]) -> None:
    element = ET.SubElement(parent, name)
    for each in names:
        ET.SubElement(element, each)


def _spelled(cron: CronFields) -> bool:
    return all(days == EVERY_DAY or weekdays == EVERY_WEEKDAY for days, weekdays in cron.day_rules())


def _of_cron(cron: CronFields) -> Iterator[Trigger]:
    for days, weekdays in cron.day_rules():
        chosen = weekdays if days == EVERY_DAY else EVERY_WEEKDAY
        for start, step, count in _runs(cron):
            yield Trigger(start, step, count, days, cron.months, chosen)


def _runs(cron: CronFields) -> list[tuple[int, int, int]]:
    """The times of a day as (start, step, count): all of them as one, or each minute of the hour by itself."""
    every = _evenly(cron.minutes_of_day)
    if every is not None:
        return [every]
    by_minute = [[hour * 60 + minute for hour in sorted(cron.hours)] for minute in sorted(cron.minutes)]
    even = [_evenly(minutes) for minutes in by_minute]
    if None not in even:
        return [each for each in even if each is not None]
    return [(minute, 0, 1) for minute in cron.minutes_of_day]


def _evenly(minutes: Sequence[int]) -> tuple[int, int, int] | None:
    steps = {later - earlier for earlier, later in pairwise(minutes)}
    return None if len(steps) > 1 else (minutes[0], max(steps, default=0), len(minutes))


def _often(minutes: list[int]) -> Trigger:
    """One trigger that looks at all these minutes of every day, and at others."""
    step = gcd(MINUTES_PER_DAY, *(minute - minutes[0] for minute in minutes))
    start = minutes[0] % step
    return Trigger(start, step, MINUTES_PER_DAY // step)
