"""A second, plain reading of what timers are told: systemd's calendar lines, launchd's entries, Windows' triggers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from xml.etree import ElementTree as ET

WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
ENTRY = ("Minute", "Hour", "Day", "Month", "Weekday")
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def systemd_elapses(line: str, moment: datetime, zone: tzinfo) -> bool:
    """An `OnCalendar` line without a zone, or with UTC. Of two equal hours systemd takes the first."""
    written, utc, _ = line.partition(" UTC")
    wall = moment.astimezone(UTC if utc else zone)
    *weekdays, day, clock = written.split()
    if wall.fold or (weekdays and WEEKDAYS[wall.isoweekday() % 7][:3] not in weekdays[0].split(",")):
        return False
    shown = (wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second)
    texts = (*day.split("-"), *clock.split(":"))
    return all(text == "*" or number in _numbers(text) for text, number in zip(texts, shown, strict=True))


@cache
def _numbers(text: str) -> frozenset[int]:
    return frozenset(map(int, text.split(",")))


def launchd_looks(entry: Mapping[str, int], wall: datetime) -> bool:
    """What an entry of `StartCalendarInterval` does not name is not restricted."""
    shown = dict(zip(ENTRY, (wall.minute, wall.hour, wall.day, wall.month, wall.isoweekday() % 7), strict=True))
    return all(shown[name] == number for name, number in entry.items())


def task_looks(trigger: ET.Element, wall: datetime) -> bool:
    """A calendar trigger of a task."""
    *before, days = trigger
    told = {element.tag.removeprefix(TASK): element for element in before}
    start = datetime.fromisoformat(told["StartBoundary"].text or "")
    since_start = timedelta(hours=wall.hour - start.hour, minutes=wall.minute - start.minute)
    if "Repetition" in told:
        interval, duration = (_minutes(part.text or "") for part in told["Repetition"])
        at_time = timedelta() <= since_start < duration and not since_start % interval
    else:
        at_time = not since_start
    return at_time and _on_day(days, wall)


def _on_day(days: ET.Element, wall: datetime) -> bool:
    told = {part.tag.removeprefix(TASK): [each.tag.removeprefix(TASK) for each in part] for part in days}
    month, weekday = MONTHS[wall.month - 1], WEEKDAYS[wall.isoweekday() % 7]
    match days.tag.removeprefix(TASK):
        case "ScheduleByDay":
            return days[0].text == "1"
        case "ScheduleByWeek":
            return days[0].text == "1" and weekday in told["DaysOfWeek"]
        case "ScheduleByMonth":
            numbers = {int(each.text or "") for each in days[0]}
            return wall.day in numbers and month in told["Months"]
        case "ScheduleByMonthDayOfWeek":
            weeks = [each.text for each in days[0]]
            return weeks == ["1", "2", "3", "4", "Last"] and weekday in told["DaysOfWeek"] and month in told["Months"]
        case other:
            raise AssertionError(other)


def _minutes(duration: str) -> timedelta:
    found = re.fullmatch(r"PT(\d+)M", duration)
    assert found is not None
    return timedelta(minutes=int(found[1]))
