from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.model.bandwidth import EVERY_DAY, MINUTES_A_DAY, UNLIMITED, Bandwidth, Window

MON, TUE, FRI, SAT, SUN = 0, 1, 4, 5, 6
EIGHT, TWENTY, MIDNIGHT = 8 * 60, 20 * 60, 24 * 60

minutes = st.integers(0, MINUTES_A_DAY - 1)
weekdays = st.integers(0, 6)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(minutes)
    end = draw(st.integers(0, MINUTES_A_DAY).filter(lambda end: end not in {start, start + MINUTES_A_DAY}))
    days = draw(st.frozensets(weekdays, min_size=1))
    return Window(start, end, draw(st.none() | st.integers(10_240, 10**9)), days)


@pytest.mark.parametrize(
    ("weekday", "minute", "covered"),
    [(MON, EIGHT - 1, False), (MON, EIGHT, True), (SUN, TWENTY - 1, True), (MON, TWENTY, False)],
)
def test_a_window_begins_with_its_start_and_is_over_at_its_end(weekday: int, minute: int, *, covered: bool) -> None:
    assert Window(EIGHT, TWENTY, 1).covers(weekday, minute) is covered


@pytest.mark.parametrize(
    ("weekday", "minute", "covered"),
    [
        (FRI, TWENTY - 1, False),
        (FRI, TWENTY, True),
        (SAT, EIGHT - 1, True),  # the night that began on Friday
        (SAT, EIGHT, False),
        (SAT, TWENTY, False),
        (FRI, EIGHT - 1, False),  # of Thursday's night
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(weekday: int, minute: int, *, covered: bool) -> None:
    assert Window(TWENTY, EIGHT, 1, frozenset({FRI})).covers(weekday, minute) is covered


def test_the_night_from_sunday_to_monday() -> None:
    window = Window(TWENTY, EIGHT, 1, frozenset({SUN}))
    assert window.covers(MON, 0)
    assert not window.covers(TUE, 0)


def test_midnight_as_an_end() -> None:
    for end in (MIDNIGHT, 0):
        window = Window(TWENTY, end, 1, frozenset({MON}))
        assert window.covers(MON, MIDNIGHT - 1)
        assert not window.covers(TUE, 0)


@given(windows(), weekdays, minutes)
def test_a_moment_is_covered_if_it_lies_in_a_stretch_that_begins_on_one_of_the_days(
    window: Window, weekday: int, minute: int
) -> None:
    monday = datetime(2026, 11, 2)  # noqa: DTZ001 - a wall clock
    moment = monday + timedelta(days=7 + weekday, minutes=minute)
    length = timedelta(minutes=(window.end_minute - window.start_minute) % MINUTES_A_DAY or MINUTES_A_DAY)
    starts = [monday + timedelta(days=day, minutes=window.start_minute) for day in range(15) if day % 7 in window.days]
    assert window.covers(weekday, minute) is any(start <= moment < start + length for start in starts)


@given(st.lists(windows(), max_size=4), st.none() | st.integers(10_240, 10**9), weekdays, minutes)
def test_the_first_window_that_covers_a_moment_holds(
    found: list[Window], otherwise: int | None, weekday: int, minute: int
) -> None:
    covering = [window.bytes_per_s for window in found if window.covers(weekday, minute)]
    limit = Bandwidth(tuple(found), otherwise).limit(weekday, minute)
    assert limit == (covering[0] if covering else otherwise)


def test_what_has_no_limit_at_any_time_is_not_limited() -> None:
    assert not UNLIMITED.limited
    assert not Bandwidth((Window(EIGHT, TWENTY, None, EVERY_DAY),), zone="Asia/Shanghai").limited
    assert Bandwidth((Window(EIGHT, TWENTY, None),), 10_240).limited
    assert Bandwidth((Window(EIGHT, TWENTY, 10_240),)).limited
