"""Tasks of Windows, read back by ElementTree. No test here has a Task Scheduler to ask."""

from datetime import UTC
from xml.etree import ElementTree as ET

import pytest

from kodokeep.schedule.task_scheduler import MOST_TRIGGERS, Trigger, task, triggers
from tests.plain_timers import TASK
from tests.unit.schedule.samples import job, schedule, timers

TRIGGER_ORDER = [
    "Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "RandomDelay",
    "ScheduleByDay", "ScheduleByWeek", "ScheduleByMonth", "ScheduleByMonthDayOfWeek",
]  # fmt: skip
"""MS-TSCH §2.5.3.1 and §2.5.3.9: a sequence; what is in a task, in its settings or in a schedule has no order."""


def names(element: ET.Element) -> list[str]:
    return [each.tag.removeprefix(TASK) for each in element]


def read(written: str, zone: str | None = None) -> ET.Element:
    return ET.fromstring(task(timers(), job(written=written, zone=zone)))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("daily 03:00", [Trigger(180)]),
        ("daily 03:00, 15:00", [Trigger(180), Trigger(900)]),
        ("hourly", [Trigger(0, 60, 24)]),
        ("every 15m", [Trigger(0, 15, 96)]),
        ("0 9-17/2 * * *", [Trigger(540, 120, 5)]),
        ("*/15 9-17 * * 1-5", [Trigger(540, 15, 36, weekdays=frozenset({1, 2, 3, 4, 5}))]),
        ("5,50 * * * *", [Trigger(5, 60, 24), Trigger(50, 60, 24)]),
        ("0 1,2,5 * * *", [Trigger(60), Trigger(120), Trigger(300)]),
        ("0 3 1 * 1", [Trigger(180, days=frozenset({1})), Trigger(180, weekdays=frozenset({1}))]),
    ],
)
def test_triggers_that_say_exactly_when(written: str, expected: list[Trigger]) -> None:
    assert triggers(schedule(written), UTC) == (expected, True)


def test_a_weekday_of_a_numbered_day_is_looked_at_more_often() -> None:
    assert triggers(schedule("0 3 */10 * 1"), UTC) == ([Trigger(180, days=frozenset({1, 11, 21, 31}))], False)


def test_more_triggers_than_a_task_may_have_become_one_that_looks_more_often() -> None:
    found, exact = triggers(schedule("1,3,8 0,1,3-22 1 * 1"), UTC)
    assert len(found) <= MOST_TRIGGERS
    assert (found, exact) == ([Trigger(0, 1, 1440)], False)
    every_quarter = triggers(schedule("0,15,45 0,1,3,4,8-20,23 1 * 1"), UTC)
    assert every_quarter == ([Trigger(0, 15, 96)], False)


@pytest.mark.parametrize("written", ["daily", "every 15m", "weekly", "monthly", "0 3 * 6 1", "0 3 1 6 1"])
def test_a_task_is_in_the_order_of_the_schema(written: str) -> None:
    root = read(written)
    assert root.tag == f"{TASK}Task"
    assert names(root) == ["RegistrationInfo", "Triggers", "Settings", "Actions"]
    for trigger in root.iterfind(f"{TASK}Triggers/{TASK}CalendarTrigger"):
        places = [TRIGGER_ORDER.index(name) for name in names(trigger)]
        assert places == sorted(places)
        assert places[-1] >= TRIGGER_ORDER.index("ScheduleByDay")


def test_a_task_may_be_late_and_take_its_time() -> None:
    settings = {
        name: element.text
        for element in read("daily")
        if element.tag == f"{TASK}Settings"
        for name, element in zip(names(element), element, strict=True)
    }
    assert settings["StartWhenAvailable"] == "true"
    assert settings["ExecutionTimeLimit"] == "PT0S"
    assert settings["DisallowStartIfOnBatteries"] == settings["StopIfGoingOnBatteries"] == "false"
    assert settings["MultipleInstancesPolicy"] == "IgnoreNew"


def test_a_task_runs_its_pair() -> None:
    told = timers(program=r"C:\Program Files\kodokeep.exe", config=r"C:\Users\Ann & Bob\my config.ini")
    root = ET.fromstring(task(told, job()))
    assert root.findtext(f"{TASK}Actions/{TASK}Exec/{TASK}Command") == told.program
    arguments = root.findtext(f"{TASK}Actions/{TASK}Exec/{TASK}Arguments")
    assert arguments == r'--config "C:\Users\Ann & Bob\my config.ini" run photos --scheduled'


def test_a_task_that_looks_more_often_lets_the_run_look() -> None:
    assert (read("daily 03:00", "Europe/Berlin").findtext(f".//{TASK}Arguments") or "").endswith("--scheduled --due")


def test_the_file_is_what_schtasks_reads() -> None:
    data = task(timers(), job())
    assert data.startswith((b"\xff\xfe", b"\xfe\xff"))
    assert data.decode("utf-16").startswith('<?xml version="1.0" encoding="UTF-16"?>\n<Task version="1.2" xmlns=')
