"""When schedules are due where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kodokeep.model.schedule import Schedule
from kodokeep.planning.timetable import crons, last_due, next_due

BERLIN, LORD_HOWE, SHANGHAI = "Europe/Berlin", "Australia/Lord_Howe", "Asia/Shanghai"


def schedule(written: str, zone: str) -> Schedule:
    return Schedule(written, crons(written), zone)


def dues(written: str, zone: str, start: str, end: str) -> list[str]:
    """All moments after `start` up to `end`, as the clock on the wall shows them."""
    local = ZoneInfo(zone)
    moment, last = (datetime.fromisoformat(text).replace(tzinfo=local).astimezone(UTC) for text in (start, end))
    found = []
    while (moment := next_due(schedule(written, zone), moment, UTC)) <= last:
        found.append(moment.astimezone(local).strftime("%H:%M%z"))
    return found


@pytest.mark.parametrize(
    ("written", "zone", "day", "expected"),
    [
        ("daily 02:30", BERLIN, "2026-03-29", ["03:30+0200"]),
        ("daily 03:30", BERLIN, "2026-03-29", ["03:30+0200"]),
        ("daily 02:30, 03:30", BERLIN, "2026-03-29", ["03:30+0200"]),
        ("0 1-4 * * *", BERLIN, "2026-03-29", ["01:00+0100", "03:00+0200", "04:00+0200"]),
        ("daily 02:30", BERLIN, "2026-10-25", ["02:30+0200"]),
        ("0 2-3 * * *", BERLIN, "2026-10-25", ["02:00+0200", "03:00+0100"]),
        ("*/30 2 * * *", BERLIN, "2026-10-25", ["02:00+0200", "02:30+0200", "02:00+0100", "02:30+0100"]),
        ("daily 02:15", LORD_HOWE, "2026-10-04", ["02:45+1100"]),
        ("15,40 2 * * *", LORD_HOWE, "2026-10-04", ["02:40+1100", "02:45+1100"]),
        ("every 6h", LORD_HOWE, "2026-10-04", ["00:00+1030", "06:00+1100", "12:00+1100", "18:00+1100"]),
        ("daily 01:45", LORD_HOWE, "2026-04-05", ["01:45+1100"]),
        ("*/15 1 * * *", LORD_HOWE, "2026-04-05", [
            "01:00+1100", "01:15+1100", "01:30+1100", "01:45+1100", "01:30+1030", "01:45+1030",
        ]),
    ],
)  # fmt: skip
def test_a_day_with_a_clock_change(written: str, zone: str, day: str, expected: list[str]) -> None:
    before = datetime.fromisoformat(day) - timedelta(minutes=1)
    assert dues(written, zone, before.isoformat(), f"{day}T23:59") == expected


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-01", 24)])
def test_hourly_is_every_hour_that_passes(day: str, hours: int) -> None:
    before = datetime.fromisoformat(day) - timedelta(minutes=1)
    assert len(dues("hourly", BERLIN, before.isoformat(), f"{day}T23:59")) == hours


def test_what_is_due_in_the_first_of_two_equal_hours_is_past_in_the_second() -> None:
    daily = schedule("daily 02:30", BERLIN)
    second_2_10 = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert next_due(daily, second_2_10, UTC) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
    assert last_due(daily, second_2_10, UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_moment_itself_is_the_last_and_not_the_next() -> None:
    nightly = schedule("daily 03:00", SHANGHAI)
    three = datetime(2026, 1, 1, 19, tzinfo=UTC)
    assert last_due(nightly, three, UTC) == three
    assert last_due(nightly, three - timedelta(microseconds=1), UTC) == three - timedelta(days=1)
    assert next_due(nightly, three, UTC) == three + timedelta(days=1)


def test_without_a_zone_it_is_this_machines() -> None:
    nightly = Schedule("daily 03:00", crons("daily 03:00"))
    assert next_due(nightly, datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo(BERLIN)) == datetime(2026, 1, 1, 2, tzinfo=UTC)
