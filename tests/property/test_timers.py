"""Whatever the schedule: each kind of timer starts runs at the very moments at which they are due."""

import plistlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kodokeep.model.schedule import Schedule
from kodokeep.planning.timetable import crons
from kodokeep.schedule import launchd, task_scheduler
from kodokeep.schedule.jobs import Job, Timers
from kodokeep.schedule.systemd import calendar_lines
from kodokeep.schedule.wall import by_this_clock
from tests import plain_crons
from tests.plain_timers import TASK, launchd_looks, systemd_elapses, task_looks

EXPRESSIONS = st.one_of(plain_crons.ANY, plain_crons.NIGHTLY)
ZONES = st.sampled_from(sorted(plain_crons.CHANGES))
DAYS = st.integers(0, 6 * 365).map(lambda days: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days))
DAY = 24 * 60
NIGHT = 6 * 60
LATEST = timedelta(hours=3)


def schedule_of(written: str, zone: str | None = None) -> Schedule:
    return Schedule(written, crons(written), zone)


def timers_of(schedule: Schedule, local: tzinfo) -> tuple[Timers, Job]:
    job = Job("photos", schedule)
    return Timers("/etc/kodokeep.ini", "/usr/bin/kodokeep", local, (job,), {}), job


LooksOf = Callable[[Schedule, tzinfo, datetime, int], tuple[list[datetime], bool]]


def changes_about(zone: tzinfo, start: datetime) -> bool:
    before, after = start - timedelta(days=1), start + timedelta(days=2)
    return before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()


def looks_of_launchd(schedule: Schedule, local: tzinfo, start: datetime, minutes: int) -> tuple[list[datetime], bool]:
    told = plistlib.loads(launchd.agent(*timers_of(schedule, local)))
    entries = told["StartCalendarInterval"]
    looks = [
        moment
        for moment in plain_crons.each_minute(start, minutes)
        if any(launchd_looks(entry, moment.astimezone(local)) for entry in entries)
    ]
    return looks, "--due" not in told["ProgramArguments"]


def looks_of_tasks(schedule: Schedule, local: tzinfo, start: datetime, minutes: int) -> tuple[list[datetime], bool]:
    root = ET.fromstring(task_scheduler.task(*timers_of(schedule, local)))
    triggers = root.findall(f"{TASK}Triggers/{TASK}CalendarTrigger")
    assert len(triggers) <= task_scheduler.MOST_TRIGGERS
    looks = [
        moment
        for moment in plain_crons.each_minute(start, minutes)
        if any(task_looks(trigger, moment.astimezone(local)) for trigger in triggers)
    ]
    return looks, not (root.findtext(f".//{TASK}Arguments") or "").endswith(" --due")


@given(plain_crons.NIGHTLY, plain_crons.changes())
@settings(max_examples=60)
def test_systemd_elapses_when_a_run_is_due_also_when_clocks_change(written: str, change: tuple[str, datetime]) -> None:
    name, start = change
    zone = ZoneInfo(name)
    lines = calendar_lines(schedule_of(written), zone)
    moments = plain_crons.each_minute(start, NIGHT)
    found = [moment for moment in moments if any(systemd_elapses(line, moment, zone) for line in lines)]
    assert found == plain_crons.due(crons(written), zone, start, NIGHT)


@given(EXPRESSIONS, DAYS)
@settings(max_examples=50)
def test_systemd_elapses_when_a_run_is_due_on_any_day(written: str, start: datetime) -> None:
    lines = calendar_lines(schedule_of(written), UTC)
    moments = plain_crons.each_minute(start, DAY)
    found = [moment for moment in moments if any(systemd_elapses(line, moment, UTC) for line in lines)]
    assert found == plain_crons.due(crons(written), UTC, start, DAY)


@given(EXPRESSIONS, DAYS, st.sampled_from([looks_of_launchd, looks_of_tasks]))
@settings(max_examples=50)
def test_a_timer_of_the_machines_own_clock_looks_when_a_run_is_due(
    written: str, start: datetime, looks_of: LooksOf
) -> None:
    looks, exact = looks_of(schedule_of(written), UTC, start, DAY)
    due = plain_crons.due(crons(written), UTC, start, DAY)
    assert looks == due if exact else set(looks) >= set(due)


@given(plain_crons.NIGHTLY, ZONES, ZONES, DAYS)
@settings(max_examples=50)
def test_by_another_clock_it_is_looked_at_in_time(written: str, zone: str, here: str, start: datetime) -> None:
    assume(not any(changes_about(ZoneInfo(name), start) for name in (zone, here)))
    looks = by_this_clock(schedule_of(written, zone), ZoneInfo(here))
    found = plain_crons.due(looks.crons, ZoneInfo(here), start, DAY)
    due = plain_crons.due(crons(written), ZoneInfo(zone), start, DAY)
    if looks.exact:
        assert found == due
    else:
        assert set(due) <= set(found)


@given(plain_crons.NIGHTLY, plain_crons.changes(), ZONES)
@settings(max_examples=50)
def test_by_another_clock_it_is_a_little_late_at_worst(written: str, change: tuple[str, datetime], here: str) -> None:
    zone, start = change
    looks = by_this_clock(schedule_of(written, zone), ZoneInfo(here))
    found = plain_crons.due(looks.crons, ZoneInfo(here), start, NIGHT + DAY)
    for moment in plain_crons.due(crons(written), ZoneInfo(zone), start, NIGHT):
        assert any(moment <= look <= moment + LATEST for look in found)
