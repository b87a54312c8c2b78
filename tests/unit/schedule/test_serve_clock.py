"""Clocks that jump: machines that sleep, summer time, and people who set the time."""

import pytest

from kodokeep.schedule.happenings import Begun, ClockJumped
from tests.unit.schedule.conftest import MakeMachine
from tests.unit.schedule.kit import DAY_S, HOUR_S, MINUTE_S, NIGHTLY, Machine, Plan

YEAR_S = 365 * DAY_S


def times(served: Machine, until: str) -> list[str]:
    return [time for _, time, _ in served.serve(until)]


def test_a_night_that_was_slept_through_is_caught_up_at_once(machine: MakeMachine) -> None:
    """The wall's clock jumps nine hours; all others stood still."""
    served = machine()
    served.clock.at("2026-01-10T23:10:05", lambda: served.clock.turn(9 * HOUR_S))
    assert times(served, "2026-01-11T03:00") == ["11 08:10"]
    (jump,) = served.told(ClockJumped)
    assert isinstance(jump, ClockJumped)
    assert jump.by_s == pytest.approx(9 * HOUR_S, abs=MINUTE_S)
    assert [each.late for each in served.happened if isinstance(each, Begun)] == [True]


def test_a_sleep_between_two_tries_shortens_the_wait(machine: MakeMachine) -> None:
    served = machine(plans={"photos": Plan((MINUTE_S,), (6, 6, 6, 0))})
    served.clock.at("2026-01-11T03:10", lambda: served.clock.turn(2 * HOUR_S))
    assert times(served, "2026-01-11T09:00") == ["11 03:00", "11 03:02", "11 03:08", "11 05:10"]


def test_a_sleep_during_a_run_misses_the_next_one_only_once(machine: MakeMachine) -> None:
    served = machine(plans={"photos": Plan((HOUR_S, MINUTE_S))})
    served.clock.at("2026-01-11T03:30", lambda: served.clock.turn(3 * DAY_S))
    assert times(served, "2026-01-12T12:00") == ["11 03:00", "14 04:00", "15 03:00"]


@pytest.mark.parametrize(
    ("zone", "day", "written", "expected"),
    [
        ("Europe/Berlin", "2026-03-28", "daily 02:30", ["29 03:00", "30 02:30"]),
        ("Europe/Berlin", "2026-10-24", "daily 02:30", ["25 02:30", "26 02:30"]),
        ("Europe/Berlin", "2026-10-24", "0 2-3 * * *", ["25 02:00", "25 03:00", "26 02:00", "26 03:00"]),
        ("Australia/Lord_Howe", "2026-10-03", "daily 02:15", ["04 02:30", "05 02:15"]),
        ("Australia/Lord_Howe", "2026-04-04", "daily 01:45", ["05 01:45", "06 01:45"]),
        ("Australia/Lord_Howe", "2026-04-04", "every 12h", ["05 00:00", "05 12:00", "06 00:00", "06 12:00"]),
    ],
)
def test_each_day_has_its_runs_when_clocks_change(
    machine: MakeMachine, zone: str, day: str, written: str, expected: list[str]
) -> None:
    served = machine(f"{day}T20:00", zone, text=NIGHTLY.replace("daily 03:00", written))
    until = f"{day[:8]}{int(day[8:]) + 2:02}T13:00"
    assert times(served, until) == expected


def test_hours_go_on_when_an_hour_comes_twice(machine: MakeMachine) -> None:
    served = machine("2026-10-25T00:30", "Europe/Berlin", text=NIGHTLY.replace("daily 03:00", "hourly"))
    assert times(served, "2026-10-25T04:30") == ["25 01:00", "25 02:00", "25 02:00", "25 03:00", "25 04:00"]


def test_a_clock_that_is_set_back_a_day_makes_no_time_due_twice(machine: MakeMachine) -> None:
    served = machine("2026-01-10T20:00")
    served.clock.at("2026-01-12T10:00", lambda: served.clock.turn(-DAY_S))
    assert times(served, "2026-01-14T12:00") == ["11 03:00", "12 03:00", "13 03:00"]
    assert ClockJumped in map(type, served.happened)


def test_a_clock_that_is_set_back_an_hour_repeats_nothing(machine: MakeMachine) -> None:
    served = machine()
    served.clock.at("2026-01-11T03:30", lambda: served.clock.turn(-HOUR_S + MINUTE_S))
    assert times(served, "2026-01-12T12:00") == ["11 03:00", "12 03:00"]


def test_attempts_of_a_clock_that_was_a_year_ahead_hold_nothing_up(machine: MakeMachine) -> None:
    served = machine()
    served.serve("2026-01-10T20:01")
    served.attempt("2026-01-09T03:00")
    served.attempt("2027-01-09T03:00")
    served.attempt("2027-01-10T03:00")
    assert times(served, "2026-01-12T12:00") == ["10 20:01", "11 03:00", "12 03:00"]


def test_a_first_start_a_year_ahead_holds_nothing_up(machine: MakeMachine) -> None:
    served = machine()
    served.clock.turn(YEAR_S)
    served.serve("2026-01-10T20:01")
    served.clock.turn(-YEAR_S)
    assert times(served, "2026-01-12T12:00") == ["11 03:00", "12 03:00"]


def test_a_machine_that_begins_in_1970_runs_when_it_learns_the_time(machine: MakeMachine) -> None:
    served = machine("1970-01-01T00:00:10")
    served.attempt("2026-01-10T03:00")
    served.clock.after(90, lambda: served.clock.turn(20_464 * DAY_S))
    assert times(served, "1970-01-01T12:00") == ["11 03:00"]
