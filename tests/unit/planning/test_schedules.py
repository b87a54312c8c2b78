"""Written schedules, and when they are due."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kodokeep.model.schedule import Schedule
from kodokeep.planning.timetable import EXPECTED, crons, last_due, longest_gap_s, next_due

HOUR_S, DAY_S = 3600, 86_400
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def moments(written: str, zone: str, start: str, count: int) -> list[str]:
    """The next moments, as the clock of the zone shows them."""
    schedule = Schedule(written, crons(written), zone)
    moment = datetime.fromisoformat(start).astimezone(UTC)
    found = []
    for _ in range(count):
        moment = next_due(schedule, moment, UTC)
        found.append(moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes"))
    return found


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("hourly", ("0 * * * *",)),
        ("daily", ("0 3 * * *",)),
        ("Daily 04:05", ("5 4 * * *",)),
        ("daily 3:00, 15:30", ("0 3 * * *", "30 15 * * *")),
        ("daily 03:00,03:00", ("0 3 * * *",)),
        ("weekly", ("0 3 * * 0",)),
        ("weekly SAT 23:59", ("59 23 * * 6",)),
        ("monthly", ("0 3 1 * *",)),
        ("monthly 28 00:00", ("0 0 28 * *",)),
        ("every 15m", ("*/15 * * * *",)),
        ("every 60 m", ("0 * * * *",)),
        ("every 6h", ("0 */6 * * *",)),
        ("every 24h", ("0 0 * * *",)),
        ("30 2 * * mon-fri", ("30 2 * * 1-5",)),
        ("  30 2  * * 7 ", ("30 2 * * 7",)),
    ],
)
def test_schedules_are_cron_expressions(written: str, expected: tuple[str, ...]) -> None:
    assert crons(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "", "never", "daily 24:00", "daily 3", "daily sun", "hourly 03:00", "weekly 3", "weekly xyz 03:00",
        "every 7m", "every 0m", "every 90m", "every 5h", "every 2d", "@daily", "* * * * * *", "daily 03:00,",
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_told_what_one_is(written: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(EXPECTED)}$"):
        crons(written)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("monthly 31", "a day that every month has: 1 to 28"),
        ("monthly 0", "a day that every month has: 1 to 28"),
        ("0 3 30 2 *", "no such month has a day 30, so it never comes"),
        ("0 3 * * 5L", "weekday: 5L is not 0 to 7, sun to sat"),
    ],
)
def test_what_is_nearly_a_schedule_is_told_why_not(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{EXPECTED} ({why})")):
        crons(written)


def test_a_time_that_the_clock_leaves_out_is_due_when_the_change_is_over() -> None:
    assert moments("daily 02:30", "Europe/Berlin", "2026-03-28T01:00+00:00", 3) == [
        "2026-03-28T02:30+01:00", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00",
    ]  # fmt: skip
    assert moments("daily 02:10, 02:30, 03:00", "Europe/Berlin", "2026-03-29T00:00+00:00", 2) == [
        "2026-03-29T03:00+02:00", "2026-03-30T02:10+02:00",
    ]  # fmt: skip


def test_a_time_that_the_clock_shows_twice_is_due_once() -> None:
    assert moments("daily 02:30", "Europe/Berlin", "2026-10-24T12:00+00:00", 2) == [
        "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00",
    ]  # fmt: skip
    second_2_10 = "2026-10-25T01:10+00:00"
    assert moments("daily 02:30", "Europe/Berlin", second_2_10, 1) == ["2026-10-26T02:30+01:00"]


def test_what_is_due_every_hour_is_due_every_hour_that_passes() -> None:
    assert moments("hourly", "Europe/Berlin", "2026-03-29T00:00+00:00", 2) == [
        "2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00",
    ]  # fmt: skip
    assert moments("hourly", "Europe/Berlin", "2026-10-24T23:00+00:00", 4) == [
        "2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00", "2026-10-25T03:00+01:00", "2026-10-25T04:00+01:00",
    ]  # fmt: skip


def test_a_clock_that_changes_by_half_an_hour() -> None:
    assert moments("every 6h", "Australia/Lord_Howe", "2026-10-03T12:00+00:00", 3) == [
        "2026-10-04T00:00+10:30", "2026-10-04T06:00+11:00", "2026-10-04T12:00+11:00",
    ]  # fmt: skip
    assert moments("every 30m", "Australia/Lord_Howe", "2026-04-04T14:10+00:00", 3) == [
        "2026-04-05T01:30+11:00", "2026-04-05T01:30+10:30", "2026-04-05T02:00+10:30",
    ]  # fmt: skip


def test_a_midnight_that_there_is_not() -> None:
    assert moments("daily 00:00", "America/Havana", "2026-03-07T12:00+00:00", 2) == [
        "2026-03-08T01:00-04:00", "2026-03-09T00:00-04:00",
    ]  # fmt: skip


def test_month_ends_and_leap_days() -> None:
    assert [each[:10] for each in moments("0 3 31 * *", "UTC", "2026-01-31T04:00+00:00", 3)] == [
        "2026-03-31", "2026-05-31", "2026-07-31",
    ]  # fmt: skip
    assert [each[:10] for each in moments("0 3 29 2 *", "UTC", "2026-01-01T00:00+00:00", 2)] == [
        "2028-02-29", "2032-02-29",
    ]  # fmt: skip


def test_a_zone_is_obeyed_and_without_one_it_is_this_machines() -> None:
    nightly = Schedule("daily 03:00", crons("daily 03:00"), "Asia/Shanghai")
    assert next_due(nightly, NOW, UTC) == datetime(2026, 11, 25, 19, tzinfo=UTC)
    here = Schedule("daily 03:00", crons("daily 03:00"))
    assert next_due(here, NOW, ZoneInfo("Asia/Kathmandu")) == datetime(2026, 11, 25, 21, 15, tzinfo=UTC)
    assert last_due(here, NOW, UTC) == datetime(2026, 11, 25, 3, tzinfo=UTC)


def test_the_moment_itself_is_the_last_and_not_the_next() -> None:
    nightly = Schedule("daily 12:00", crons("daily 12:00"))
    assert last_due(nightly, NOW, UTC) == NOW
    assert next_due(nightly, NOW, UTC) == NOW + timedelta(days=1)
    assert last_due(nightly, NOW - timedelta(microseconds=1), UTC) == NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("written", "gap_s"),
    [
        ("hourly", HOUR_S),
        ("every 15m", 900),
        ("daily 03:00, 15:00", 12 * HOUR_S),
        ("daily 03:00, 05:00", 22 * HOUR_S),
        ("weekly", 7 * DAY_S),
        ("monthly", 31 * DAY_S),
        ("30 2 * * 1-5", 3 * DAY_S),
        ("* * * 1 *", 335 * DAY_S + 60),
        ("*/5 9-17 * * 1-5", 3 * DAY_S - 9 * HOUR_S + 300),
        ("0 3 29 2 *", 4 * 365.25 * DAY_S),
        ("0 3 29 2 */7", 28 * 365.25 * DAY_S),
    ],
)
def test_the_longest_gap_of_a_schedule(written: str, gap_s: float) -> None:
    assert longest_gap_s(Schedule(written, crons(written)), NOW, UTC) == gap_s
