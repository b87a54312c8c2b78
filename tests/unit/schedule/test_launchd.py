"""Property lists of launchd, read back by plistlib. No test here has a launchd to ask."""

import plistlib
from datetime import UTC
from typing import Any

import pytest

from kodokeep.schedule.launchd import MOST_ENTRIES, agent, catch_up_agent, entries
from tests.unit.schedule.samples import CONFIG, ODD, PROGRAM, job, schedule, timers


def read(data: bytes) -> dict[str, Any]:
    told: dict[str, Any] = plistlib.loads(data)
    return told


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("daily 03:00", [{"Hour": 3, "Minute": 0}]),
        ("hourly", [{"Minute": 0}]),
        ("every 30m", [{"Minute": 0}, {"Minute": 30}]),
        ("weekly sun 03:00", [{"Weekday": 0, "Hour": 3, "Minute": 0}]),
        ("monthly 1 03:00", [{"Day": 1, "Hour": 3, "Minute": 0}]),
        ("0 3 1 jan,jul *", [{"Month": month, "Day": 1, "Hour": 3, "Minute": 0} for month in (1, 7)]),
        ("0 3 1 * 1", [{"Day": 1, "Hour": 3, "Minute": 0}, {"Weekday": 1, "Hour": 3, "Minute": 0}]),
        ("* * * * *", [{}]),
    ],
)
def test_entries_that_say_exactly_when(written: str, expected: list[dict[str, int]]) -> None:
    assert entries(schedule(written), UTC) == (expected, True)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0 3 * 6 1", [{"Weekday": 1, "Hour": 3, "Minute": 0}]),
        ("0 3 */2 * 1", [{"Weekday": 1, "Hour": 3, "Minute": 0}]),
    ],
)
def test_a_weekday_with_a_month_or_a_day_is_looked_at_more_often(written: str, expected: list[dict[str, int]]) -> None:
    assert entries(schedule(written), UTC) == (expected, False)


def test_more_entries_than_are_good_become_fewer_that_look_more_often() -> None:
    found, exact = entries(schedule("*/5 1-23 1-20 * *"), UTC)
    assert (found, exact) == ([{"Minute": minute} for minute in range(0, 60, 5)], False)
    assert len(found) <= MOST_ENTRIES


def test_an_agent_runs_its_pair() -> None:
    odd = timers(config=f"{ODD}/a&b<c>.ini", variables={"XDG_STATE_HOME": ODD})
    told = read(agent(odd, job()))
    assert told["Label"] == odd.label("photos")
    assert told["ProgramArguments"] == [PROGRAM, "--config", f"{ODD}/a&b<c>.ini", "run", "photos", "--scheduled"]
    assert told["EnvironmentVariables"] == {"XDG_STATE_HOME": ODD}
    assert "RunAtLoad" not in told


def test_an_agent_that_looks_more_often_lets_the_run_look() -> None:
    told = read(agent(timers(), job(written="daily 03:00", zone="Europe/Berlin")))
    assert [entry["Hour"] for entry in told["StartCalendarInterval"]] == [1, 2]
    assert told["ProgramArguments"][-2:] == ["--scheduled", "--due"]


def test_one_agent_catches_up_when_the_user_logs_in() -> None:
    told = read(catch_up_agent(timers(), "kodokeep-.catch-up-123456"))
    assert told["RunAtLoad"] is True
    assert told["ProgramArguments"] == [PROGRAM, "--config", CONFIG, "run", "--due", "--scheduled"]
    assert "StartCalendarInterval" not in told
