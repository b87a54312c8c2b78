from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from kodokeep.model.health import Ailment, Health, Past
from kodokeep.model.record import Attempt, RunRecord, RunState
from kodokeep.model.schedule import Schedule
from kodokeep.model.summary import Summary
from kodokeep.planning.health import judge, known_past
from kodokeep.planning.timetable import crons

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HOUR_S, DAY_S = 3600.0, 86_400.0


def daily(text: str = "daily 03:00", jitter_s: int = 0) -> Schedule:
    return Schedule(text, crons(text), "UTC", jitter_s)


def ago(hours: float, exit_code: int | None = 0, run: str = "", *, lasts_s: float = 60.0) -> Attempt:
    """An attempt that began so many hours ago; exit None: no end is on record."""
    started_s = NOW.timestamp() - hours * HOUR_S
    ended_s = None if exit_code is None else started_s + lasts_s
    return Attempt(started_s, scheduled=True, ended_s=ended_s, exit=exit_code, run=run)


def record(hours: float, exit_code: int | None = 0, state: RunState = RunState.FINISHED) -> RunRecord:
    run = f"{NOW - timedelta(hours=hours):%Y%m%dT%H%M%SZ}"
    summary = None if exit_code is None else Summary("photos", run, "backup", exit_code, seconds=60.0, error="why")
    return RunRecord(run, "backup", {}, state, 0, summary)


def verdict(
    *attempts: Attempt,
    success_h: float | None = None,
    schedule: Schedule | None = None,
    stale_after_s: float | None = None,
    at_work: bool = False,
) -> Health:
    success_s = None if success_h is None else NOW.timestamp() - success_h * HOUR_S
    return judge(Past(attempts, success_s, at_work), schedule, stale_after_s, NOW, UTC)


@pytest.mark.parametrize(
    ("schedule", "success_h", "stale"),
    [
        (daily(), 48.9, False),  # twice a day, and an hour
        (daily(), 49.1, True),
        (daily("weekly sun 03:00"), 24 * 14 + 0.9, False),
        (daily("weekly sun 03:00"), 24 * 14 + 1.1, True),
        (daily("every 15m"), 1.4, False),
        (daily("every 15m"), 1.6, True),
        (daily("0 3 * * 1-5"), 24 * 6 + 0.9, False),  # from Friday to Monday
        (None, 24 * 3650, False),
    ],
)
def test_a_pair_is_stale_after_two_of_its_longest_gaps_and_an_hour(
    schedule: Schedule | None, success_h: float, stale: bool
) -> None:
    health = verdict(ago(success_h), success_h=success_h, schedule=schedule)
    assert health.stale is stale
    assert (Ailment.TOO_OLD in health.reasons) is stale


def test_what_the_config_says_counts_more_than_the_schedule() -> None:
    assert not verdict(ago(72), success_h=72, schedule=daily(), stale_after_s=4 * DAY_S).stale
    assert verdict(ago(25), success_h=25, stale_after_s=DAY_S).stale
    assert verdict(ago(25), success_h=25, stale_after_s=DAY_S).stale_after_s == DAY_S


def test_a_pair_that_never_ran_is_stale_only_if_it_has_a_schedule() -> None:
    assert verdict(schedule=daily()).reasons == (Ailment.NEVER_DONE,)
    assert verdict().well
    assert verdict(stale_after_s=DAY_S).well


def test_one_that_was_tried_in_vain_for_too_long_is_stale_without_a_schedule_too() -> None:
    assert verdict(ago(1, 6), ago(25, 6), stale_after_s=DAY_S).stale
    assert not verdict(ago(1, 6), ago(23, 6), stale_after_s=DAY_S).stale


@pytest.mark.parametrize("code", [1, 2, 3, 4, 6])
def test_a_last_attempt_that_did_not_end_well_makes_a_pair_broken(code: int) -> None:
    health = verdict(ago(1, code), ago(25), success_h=25)
    assert health.reasons == (Ailment.FAILED,)
    assert health.broken
    assert health.telling == ago(1, code)


@pytest.mark.parametrize("code", [5, 130])
def test_another_run_at_work_and_ctrl_c_change_no_verdict(code: int) -> None:
    assert verdict(ago(1, code)).well
    assert verdict(ago(1, code), ago(25)).well
    assert verdict(ago(1, code), ago(25, 6)).broken


def test_what_was_cut_off_is_broken_and_what_goes_on_is_not() -> None:
    assert verdict(ago(1, None), ago(25)).reasons == (Ailment.CUT_OFF,)
    assert verdict(ago(1, None), ago(25), at_work=True).well
    assert verdict(ago(1, None), ago(25, 6), at_work=True).broken, "not mended before the run has ended"
    assert verdict(ago(1, 5), ago(2, None), ago(25), at_work=True).well
    assert verdict(ago(1), ago(25, None)).well, "a later success mends it"


@pytest.mark.parametrize(
    ("attempt", "schedule", "missed"),
    [
        (ago(9), daily(), None),  # 03:00 today
        (ago(33), daily(), 9),  # 03:00 yesterday
        (ago(33), daily("daily 11:30"), 24.5),  # that of today may still begin
        (ago(10), daily("daily 10:00", jitter_s=7200), None),  # so may this
        (ago(10), daily("daily 08:00", jitter_s=7200), 4),
        (ago(10, lasts_s=2 * HOUR_S), daily(), None),  # one was at work when it was due
        (ago(9, 6), daily(), None),  # failed, not missed
        (ago(3), None, None),
    ],
)
def test_a_run_was_missed_if_none_began_when_it_was_due(
    attempt: Attempt, schedule: Schedule | None, missed: float | None
) -> None:
    expected = None if missed is None else NOW - timedelta(hours=missed)
    assert verdict(attempt, success_h=9, schedule=schedule).missed_due == expected


def test_a_missed_run_alone_is_neither_stale_nor_broken() -> None:
    health = verdict(ago(33), success_h=33, schedule=daily())
    assert health.reasons == (Ailment.MISSED,)
    assert health.well
    assert verdict(ago(33), success_h=33, schedule=daily(), at_work=True).missed_due is None
    assert verdict(schedule=daily()).missed_due is None


def attempts(journal: Sequence[Attempt], runs: Sequence[RunRecord]) -> list[tuple[str, int | None]]:
    past = known_past(journal, runs, (), at_work=False, now_s=NOW.timestamp())
    return [(attempt.run, attempt.exit) for attempt in past.attempts]


def test_a_run_that_journal_and_state_know_is_told_once() -> None:
    run = record(1, 3)
    assert attempts([ago(1, 3, run.run), ago(2, 6)], [run]) == [(run.run, 3), ("", 6)]


def test_runs_of_other_machines_and_of_before_the_journal_count() -> None:
    later, earlier = record(1, 3), record(30)
    assert attempts([ago(2, 6)], [later, earlier]) == [(later.run, 3), ("", 6), (earlier.run, 0)]


def test_a_run_that_is_going_on_or_was_cut_off_is_told_once() -> None:
    going_on, settled = record(1, None, RunState.OPEN), record(30, None, RunState.INTERRUPTED)
    journal = [ago(1 - 0.4 / 3600, None)]  # its run's id is in whole seconds
    assert attempts(journal, [going_on, settled]) == [("", None), (settled.run, None)]
    assert known_past(journal, [going_on], (), at_work=True, now_s=NOW.timestamp()).attempts == tuple(journal)
    assert attempts([], [going_on]) == [(going_on.run, None)]


def test_a_run_whose_end_only_the_state_knows_has_ended() -> None:
    """The journal could not be written any more."""
    assert attempts([ago(1 - 0.4 / 3600, None)], [run := record(1)])[0] == (run.run, 0)


def test_the_later_success_is_the_last_one() -> None:
    assert known_past((), (), (3.0, None, 7.0), at_work=False, now_s=NOW.timestamp()).last_success_s == 7.0
    assert known_past((), (), (None,), at_work=False, now_s=NOW.timestamp()).last_success_s is None


def test_what_a_wrong_clock_wrote_ahead_counts_for_nothing() -> None:
    """Ids of runs ascend whatever the clock does, so those of the state stay ahead."""
    journal = [ago(1, 6), ago(-9000, 0), ago(30, 0)]
    ahead = NOW.timestamp() + 9000 * HOUR_S
    past = known_past(journal, [record(-9001)], (ahead, ahead), at_work=False, now_s=NOW.timestamp())
    assert past.attempts == (journal[0], journal[2])
    assert past.last_success_s == journal[2].ended_s
    health = judge(past, daily(), DAY_S, NOW, UTC)
    assert (health.stale, health.broken) == (True, True)
