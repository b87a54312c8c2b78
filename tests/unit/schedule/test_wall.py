"""Schedules of one zone by the clock of another."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kodokeep.schedule.wall import Looks, by_this_clock, changes, offsets
from tests.unit.schedule.samples import schedule

SHANGHAI, BERLIN, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/London")


def test_without_a_zone_and_in_ones_own_zone_nothing_changes() -> None:
    assert by_this_clock(schedule("daily 03:00, 15:30"), BERLIN) == Looks(("0 3 * * *", "30 15 * * *"))
    assert by_this_clock(schedule("every 15m", "Europe/Berlin"), BERLIN) == Looks(("*/15 * * * *",))
    assert by_this_clock(schedule("daily 03:00", "PRC"), SHANGHAI) == Looks(("0 3 * * *",))


@pytest.mark.parametrize(
    ("written", "zone", "here", "expected"),
    [
        ("daily 03:00", "Asia/Shanghai", UTC, Looks(("0 19 * * *",))),
        ("daily 09:00, 21:30", "Asia/Shanghai", UTC, Looks(("0 1 * * *", "30 13 * * *"))),
        ("daily 03:00", "Asia/Kathmandu", UTC, Looks(("15 21 * * *",))),
        ("hourly", "Asia/Kathmandu", UTC, Looks(("15 * * * *",))),
        ("0 9-11 * * 1-5", "Asia/Shanghai", UTC, Looks(("0 1,2,3 * * 1-5",))),
        ("weekly sun 03:00", "Asia/Shanghai", UTC, Looks(("0 19 * * 6",))),
        ("weekly sat 23:00", "UTC", SHANGHAI, Looks(("0 7 * * 0",))),
        ("0 3 15 6 *", "Asia/Tokyo", SHANGHAI, Looks(("0 2 15 6 *",))),
        ("daily 03:00", "Europe/London", BERLIN, Looks(("0 4 * * *",))),
    ],
)
def test_zones_that_always_are_as_far_apart_are_converted(
    written: str, zone: str, here: ZoneInfo, expected: Looks
) -> None:
    assert by_this_clock(schedule(written, zone), here) == expected


@pytest.mark.parametrize(
    ("written", "zone", "here", "expected"),
    [
        ("monthly 1 03:00", "Asia/Shanghai", UTC, ("0 19 * * *",)),
        ("0 7-9 * * 1", "Asia/Shanghai", UTC, ("0 0,1,23 * * *",)),
        ("daily 03:00", "Europe/Berlin", UTC, ("0 1,2 * * *",)),
        ("daily 03:00", "UTC", BERLIN, ("0 4,5 * * *",)),
        ("monthly 1 00:30", "Europe/Berlin", SHANGHAI, ("30 6,7 * * *",)),
    ],
)
def test_others_are_looked_at_more_often_than_they_are_due(
    written: str, zone: str, here: ZoneInfo, expected: tuple[str, ...]
) -> None:
    assert by_this_clock(schedule(written, zone), here) == Looks(expected, exact=False)


def test_when_clocks_change_is_known_to_the_minute() -> None:
    of_2026 = [each for each in changes(ZoneInfo("Australia/Lord_Howe")) if each[0].year == 2026]
    assert of_2026 == [
        (datetime(2026, 4, 4, 15, tzinfo=UTC), timedelta(minutes=-30)),
        (datetime(2026, 10, 3, 15, 30, tzinfo=UTC), timedelta(minutes=30)),
    ]
    assert changes(SHANGHAI) == ()
    assert offsets(BERLIN) == {timedelta(hours=1), timedelta(hours=2)}
