"""Whatever the schedule and the zone: the timetable is one row of moments, read forwards or backwards."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from kodokeep.model.schedule import Schedule
from kodokeep.planning.timetable import crons, last_due, next_due

WRITTEN = (
    "hourly", "daily 01:30", "daily 02:00, 02:30", "daily 03:00", "weekly sun 02:30", "monthly 1 00:00", "every 15m",
    "every 6h", "*/25 1-3 * * *", "10,40 2 * * 0", "59 23 31 12 *",
)  # fmt: skip
ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Antarctica/Troll", "Asia/Shanghai", "UTC")
CHANGES = tuple(
    datetime.fromisoformat(f"{change}+00:00")
    for change in (
        "2026-03-29T01:00", "2026-10-25T01:00", "2026-10-03T15:30", "2026-04-04T15:00", "2026-09-06T04:00",
        "2026-04-05T03:00",
    )
)  # fmt: skip
"""Clock changes of these zones, in UTC."""

SCHEDULES = st.builds(
    lambda written, zone: Schedule("; ".join(written), tuple(cron for each in written for cron in crons(each)), zone),
    st.lists(st.sampled_from(WRITTEN), min_size=1, max_size=2),
    st.sampled_from(ZONES),
)
MOMENTS = st.builds(
    lambda change, shift_s: change + timedelta(seconds=shift_s),
    st.sampled_from(CHANGES),
    st.integers(-6 * 3600, 6 * 3600),
)


@given(schedule=SCHEDULES, moment=MOMENTS)
def test_nothing_lies_between_a_moment_and_the_next(schedule: Schedule, moment: datetime) -> None:
    following = next_due(schedule, moment, UTC)
    assert following > moment
    assert last_due(schedule, following, UTC) == following
    assert last_due(schedule, following - timedelta(microseconds=1), UTC) <= moment


@given(schedule=SCHEDULES, moment=MOMENTS)
def test_nothing_lies_between_the_last_moment_and_now(schedule: Schedule, moment: datetime) -> None:
    last = last_due(schedule, moment, UTC)
    assert last <= moment
    assert next_due(schedule, last, UTC) > moment


@given(schedule=SCHEDULES, moment=MOMENTS)
def test_no_day_and_hour_is_left_out(schedule: Schedule, moment: datetime) -> None:
    """What the clock on the wall shows as the expression says is due: at its first time, if it comes twice."""
    zone = ZoneInfo(schedule.zone or "UTC")
    for minutes in range(180):
        each = (moment + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
        wall = each.astimezone(zone)
        if wall.fold == 0 and any(_is_meant(cron, wall) for cron in schedule.crons):
            assert last_due(schedule, each, UTC) == each


def _is_meant(cron: str, wall: datetime) -> bool:
    """A plain reading of the expressions above."""
    fields = (wall.minute, wall.hour, wall.day, wall.month, wall.isoweekday() % 7)
    return all(_fits(text, value) for text, value in zip(cron.split(), fields, strict=True))


def _fits(text: str, value: int) -> bool:
    if text.startswith("*"):
        return value % int(text.removeprefix("*").removeprefix("/") or 1) == 0
    if "-" in text:
        first, last = map(int, text.split("-"))
        return first <= value <= last
    return str(value) in text.split(",")
