"""The loop of `serve` from one due time to the next."""

import pytest

from kodokeep.schedule.happenings import Begun, Died, Finished, JournalTrouble, Queued, Stopping, Unscheduled, Waiting
from tests.unit.schedule.conftest import MakeMachine
from tests.unit.schedule.kit import DAY_S, HOUR_S, KILLED, MINUTE_S, NIGHTLY, Plan

TWO = NIGHTLY + "[bucket:videos]\nfolder = /backup/videos\nschedule = daily 03:00\n"


def test_each_night_has_its_run(machine: MakeMachine) -> None:
    assert machine().serve("2026-01-13T12:00") == [
        ("photos", "11 03:00", 0), ("photos", "12 03:00", 0), ("photos", "13 03:00", 0),
    ]  # fmt: skip


def test_what_comes_next_is_told_at_the_start_and_after_each_run(machine: MakeMachine) -> None:
    served = machine(text=NIGHTLY + "[bucket:letters]\nfolder = /backup/letters\n")
    served.serve("2026-01-11T12:00")
    waits = [served.clock.shows(each.begins.timestamp()) for each in served.happened if isinstance(each, Waiting)]
    assert waits == ["11 03:00", "12 03:00"]
    assert served.told(Unscheduled) == [Unscheduled("letters")]
    assert served.told(Finished) == [Finished("photos", 0)]
    assert [each.late for each in served.happened if isinstance(each, Begun)] == [False]


def test_a_pair_that_never_ran_waits_for_its_first_time_and_then_no_longer(machine: MakeMachine) -> None:
    served = machine()
    assert served.serve("2026-01-10T22:00") == []
    served.clock.turn(DAY_S)  # it is off during the night
    assert served.serve("2026-01-12T00:00") == [("photos", "11 22:00", 0)]


def test_missed_nights_are_caught_up_once(machine: MakeMachine) -> None:
    served = machine()
    served.attempt("2026-01-03T03:00")
    assert served.serve("2026-01-11T12:00") == [("photos", "10 20:00", 0), ("photos", "11 03:00", 0)]
    (begun, _) = served.told(Begun)
    assert isinstance(begun, Begun)
    assert begun.late
    assert served.clock.shows(begun.owed_since.timestamp()) == "04 03:00"


@pytest.mark.parametrize(
    ("code", "scheduled", "caught_up"),
    [(0, False, 0), (4, False, 0), (6, False, 1), (2, True, 0), (130, False, 1), (None, False, 1)],
)
def test_a_run_by_hand_after_the_due_time_counts_if_it_came_to_something(
    machine: MakeMachine, code: int | None, scheduled: bool, caught_up: int
) -> None:
    served = machine()
    served.attempt("2026-01-09T03:00")
    served.attempt("2026-01-10T11:00", code, scheduled=scheduled)
    assert len(served.serve("2026-01-10T22:00")) == caught_up


@pytest.mark.parametrize("code", [130, None])
def test_a_run_of_the_schedule_that_was_cut_off_goes_on(machine: MakeMachine, code: int | None) -> None:
    served = machine()
    served.attempt("2026-01-10T03:00", code)
    assert served.serve("2026-01-10T22:00") == [("photos", "10 20:00", 1)]


def test_what_cuts_off_every_run_is_not_tried_for_ever(machine: MakeMachine) -> None:
    served = machine()
    for minute in range(5):
        served.attempt(f"2026-01-10T19:0{minute}", None)
    assert served.serve("2026-01-11T02:00") == []
    assert served.serve("2026-01-11T12:00") == [("photos", "11 03:00", 0)]


def test_an_hour_without_kodo_is_bridged(machine: MakeMachine) -> None:
    served = machine(plans={"photos": Plan((MINUTE_S,), (6, 6, 6, 6, 0))})
    assert served.serve("2026-01-11T12:00") == [
        ("photos", "11 03:00", 0), ("photos", "11 03:02", 1), ("photos", "11 03:08", 2), ("photos", "11 03:24", 3),
        ("photos", "11 03:55", 4),
    ]  # fmt: skip
    again = [each.again for each in served.happened if isinstance(each, Waiting)]
    assert again == [False, True, True, True, True, False]


def test_a_day_without_kodo_ends_with_the_fifth_try(machine: MakeMachine) -> None:
    served = machine(plans={"photos": Plan((MINUTE_S,), (6,))})
    assert [tries for _, _, tries in served.serve("2026-01-12T02:00")] == [0, 1, 2, 3, 4]


def test_no_try_comes_after_the_next_due_time(machine: MakeMachine) -> None:
    often = NIGHTLY.replace("daily 03:00", "every 15m")
    served = machine("2026-01-10T20:07", text=often, plans={"photos": Plan((MINUTE_S,), (6,))})
    times = [(time[3:], tries) for _, time, tries in served.serve("2026-01-10T20:44")]
    assert times == [("20:15", 0), ("20:17", 1), ("20:23", 2), ("20:30", 0), ("20:32", 1), ("20:38", 2)]


def test_another_run_at_work_is_waited_out(machine: MakeMachine) -> None:
    served = machine(plans={"photos": Plan((1.0,), (5, 5, 0))})
    assert [time for _, time, _ in served.serve("2026-01-11T12:00")] == ["11 03:00", "11 03:01", "11 03:06"]


def test_a_run_that_takes_longer_than_its_interval_is_followed_by_one(machine: MakeMachine) -> None:
    served = machine(text=NIGHTLY.replace("daily 03:00", "hourly"), plans={"photos": Plan((3.5 * HOUR_S, MINUTE_S))})
    assert served.serve("2026-01-11T02:30") == [
        ("photos", "10 21:00", 0), ("photos", "11 00:30", 0), ("photos", "11 01:00", 0), ("photos", "11 02:00", 0),
    ]  # fmt: skip


def test_a_long_first_backup_holds_nobody_up(machine: MakeMachine) -> None:
    served = machine(text=TWO, plans={"photos": Plan((5 * DAY_S,))})
    started = served.serve("2026-01-13T12:00")
    assert [name for name, _, _ in started] == ["photos", "videos", "videos", "videos"]
    assert served.crew.most == 2


def test_pairs_due_at_one_time_go_side_by_side_as_far_as_there_is_room(machine: MakeMachine) -> None:
    three = TWO + "[bucket:letters]\nfolder = /backup/letters\nschedule = daily 03:00\n"
    served = machine(text=three, at_once=2, plans={"photos": Plan((HOUR_S,)), "videos": Plan((2 * HOUR_S,))})
    assert served.serve("2026-01-11T12:00") == [
        ("photos", "11 03:00", 0), ("videos", "11 03:00", 0), ("letters", "11 04:00", 0),
    ]  # fmt: skip
    assert served.told(Queued) == [Queued("letters", ("photos", "videos"))]
    assert served.crew.most == 2


def test_jitter_delays_each_run_by_chance_and_not_its_repetition(machine: MakeMachine) -> None:
    chances = iter((0.5, 0.25, 0.0))
    served = machine(
        text=NIGHTLY + "jitter = 1h\n", chance=lambda: next(chances), plans={"photos": Plan((MINUTE_S,), (6, 0))}
    )
    assert served.serve("2026-01-12T12:00") == [
        ("photos", "11 03:30", 0), ("photos", "11 03:32", 1), ("photos", "12 03:15", 0),
    ]  # fmt: skip


def test_a_run_by_hand_in_the_time_of_the_delay_takes_its_place(machine: MakeMachine) -> None:
    served = machine(text=NIGHTLY + "jitter = 1h\n", chance=lambda: 0.5)
    served.clock.at("2026-01-11T03:10", lambda: served.attempt("2026-01-11T03:10", scheduled=False))
    assert served.serve("2026-01-11T12:00") == []
    waits = [served.clock.shows(each.begins.timestamp()) for each in served.happened if isinstance(each, Waiting)]
    assert waits == ["11 03:30", "12 03:30"]


def test_jitter_never_reaches_over_the_next_due_time(machine: MakeMachine) -> None:
    often = NIGHTLY.replace("daily 03:00", "every 15m\njitter = 1h")
    served = machine("2026-01-10T20:10", text=often, chance=lambda: 0.9)
    assert [time for _, time, _ in served.serve("2026-01-10T21:00")] == ["10 20:28", "10 20:43", "10 20:58"]


def test_a_run_that_was_killed_is_told_and_not_repeated(machine: MakeMachine) -> None:
    served = machine(plans={"photos": Plan((MINUTE_S,), (KILLED, 0))})
    assert len(served.serve("2026-01-11T12:00")) == 1
    assert served.deaths == [("photos", "the run was killed (SIGKILL)")]
    assert served.told(Died) == [Died("photos", "the run was killed (SIGKILL)")]


@pytest.mark.parametrize(("code", "deaths"), [(1, 1), (2, 1), (127, 1), (0, 0), (130, 0)])
def test_a_run_that_ended_before_it_told_anybody_is_told_for_it(machine: MakeMachine, code: int, deaths: int) -> None:
    served = machine(plans={"photos": Plan((1.0,), (code,))})
    served.crew.writes = False
    served.serve("2026-01-11T03:00:30")
    assert len(served.deaths) == deaths


def test_without_a_journal_it_goes_on_by_what_it_saw(machine: MakeMachine) -> None:
    served = machine(plans={"photos": Plan((MINUTE_S,), (6, 0, 0))})
    (served.root / "state").write_text("in the way")
    served.crew.writes = False
    assert served.serve("2026-01-12T12:00") == [
        ("photos", "11 03:00", 0), ("photos", "11 03:02", 1), ("photos", "12 03:00", 0),
    ]  # fmt: skip
    assert len(served.told(JournalTrouble)) == 1
    assert served.deaths == []


def test_the_whole_config_is_looked_after_every_hour(machine: MakeMachine) -> None:
    served = machine()
    served.serve("2026-01-11T02:30")
    assert served.rounds == 6


def test_a_stop_while_it_waits_ends_it(machine: MakeMachine) -> None:
    served = machine()
    assert served.serve("2026-01-11T02:00") == []
    assert served.told(Stopping) == [Stopping(())]
    assert served.clock.shows() == "11 02:00"


def test_a_stop_in_a_run_waits_for_its_orderly_end(machine: MakeMachine) -> None:
    served = machine(plans={"photos": Plan((HOUR_S,))})
    served.serve("2026-01-11T03:10")
    assert served.told(Stopping) == [Stopping(("photos",))]
    assert served.happened[-1] == Finished("photos", 130)
    assert served.clock.shows() == "11 03:10"
    assert served.serve("2026-01-11T05:00") == [("photos", "11 03:11", 1)], "and the next time it goes on"
