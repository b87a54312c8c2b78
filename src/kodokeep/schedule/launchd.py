"""launchd's side of a schedule: property lists. Pure.

What belongs here: how launchd spells things. What does not: where the files are kept (`keepers`).

An entry of `StartCalendarInterval` may leave out what it does not restrict. Where launchd is known or feared to read
entries otherwise than cron (a weekday with a month or a day), it is told to look more often instead, and each of these
runs looks whether it is due.
"""

import plistlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import product

from kodokeep.model.schedule import Schedule
from kodokeep.planning.cronfields import (
    EVERY_DAY,
    EVERY_HOUR,
    EVERY_MINUTE,
    EVERY_MONTH,
    EVERY_WEEKDAY,
    CronFields,
)
from kodokeep.planning.timetable import fields
from kodokeep.schedule.jobs import Job, Timers, check_spelled
from kodokeep.schedule.wall import by_this_clock

MOST_ENTRIES = 500

Entry = dict[str, int]


def entries(schedule: Schedule, local: tzinfo) -> tuple[list[Entry], bool]:
    """When launchd should look, by this machine's clock, and whether a run is due each time."""
    looks = by_this_clock(schedule, local)
    read = [fields(cron) for cron in looks.crons]
    exact = looks.exact and all(_spelled(cron) for cron in read)
    found = _distinct(entry for cron in read for entry in _of_cron(cron))
    if len(found) <= MOST_ENTRIES:
        return found, exact
    return [{"Minute": minute} for minute in sorted(frozenset().union(*(cron.minutes for cron in read)))], False


def agent(timers: Timers, job: Job) -> bytes:
    """The agent that runs a pair."""
    found, exact = entries(job.schedule, timers.local)
    interval = {"StartCalendarInterval": found}
    return _plist(timers, timers.label(job.name), timers.command(job.name, exact=exact), interval)


def catch_up_agent(timers: Timers, label: str) -> bytes:
    """The agent that runs what was missed, once, when the user logs in."""
    return _plist(timers, label, timers.catch_up(), {"RunAtLoad": True})


def _plist(timers: Timers, label: str, command: Sequence[str], when: Mapping[str, object]) -> bytes:
    check_spelled("launchd", [*command, *timers.variables.values()])
    environment = {"EnvironmentVariables": dict(timers.variables)} if timers.variables else {}
    background = {"ProcessType": "Background", "LowPriorityIO": True, "Nice": 10}
    what = {"Label": label, "ProgramArguments": list(command)}
    return plistlib.dumps({**what, **when, **environment, **background}, sort_keys=False)


def _spelled(cron: CronFields) -> bool:
    return all(_rule_spelled(cron, days, weekdays) for days, weekdays in cron.day_rules())


def _rule_spelled(cron: CronFields, days: frozenset[int], weekdays: frozenset[int]) -> bool:
    return weekdays == EVERY_WEEKDAY or (days == EVERY_DAY and cron.months == EVERY_MONTH)


def _of_cron(cron: CronFields) -> Iterator[Entry]:
    times = (_choices("Hour", cron.hours, EVERY_HOUR), _choices("Minute", cron.minutes, EVERY_MINUTE))
    for days, weekdays in cron.day_rules():
        of_weekdays = _choices("Weekday", weekdays, EVERY_WEEKDAY)
        if _rule_spelled(cron, days, weekdays):
            chosen = (_choices("Month", cron.months, EVERY_MONTH), _choices("Day", days, EVERY_DAY), of_weekdays)
        else:
            chosen = ([{}], [{}], of_weekdays)  # more often: every such weekday
        for parts in product(*chosen, *times):
            yield {name: number for part in parts for name, number in part.items()}


def _choices(name: str, numbers: frozenset[int], every: frozenset[int]) -> list[Entry]:
    return [{}] if numbers == every else [{name: number} for number in sorted(numbers)]


def _distinct(found: Iterable[Entry]) -> list[Entry]:
    return [dict(entry) for entry in dict.fromkeys(tuple(entry.items()) for entry in found)]
