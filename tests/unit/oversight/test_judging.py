from typing import Any

import pytest

from kodokeep.model.alert import AlertKind
from kodokeep.model.record import Attempt
from kodokeep.model.summary import Summary
from kodokeep.oversight.judging import cut_off_before, is_repeated, kind_of, locked_since_s, missed_since_s, settled_by


def summary(exit_code: int, **values: Any) -> Summary:
    return Summary("photos", "20261122T030000Z", "backup", exit_code, **values)


def attempts(*exits: int | None, error: str = "") -> list[Attempt]:
    """Newest first, one every hundred seconds; None is without an end."""
    return [
        Attempt(1000.0 - 100 * number, scheduled=True, ended_s=None if code is None else 1.0, exit=code, error=error)
        for number, code in enumerate(exits)
    ]


@pytest.mark.parametrize(
    ("ended", "warnings", "kind"),
    [
        (summary(0), (), AlertKind.SUCCESS),
        (summary(0), ("1 object is not available",), AlertKind.WARNINGS),
        (summary(3, failed=1), ("1 object failed",), AlertKind.WARNINGS),
        (summary(3, error="no room"), (), AlertKind.FAILURE),
        (summary(4, held=9), (), AlertKind.HELD),
        (summary(1, error="a bug"), (), AlertKind.FAILURE),
        (summary(2, error="no keys"), (), AlertKind.FAILURE),
        (summary(6, error="no answer"), (), AlertKind.FAILURE),
        (summary(5, error="another run"), (), None),
        (summary(5, error="another run"), ("since yesterday",), AlertKind.WARNINGS),
        (summary(130), ("whatever",), None),
    ],
)
def test_the_exit_code_says_what_to_tell(ended: Summary, warnings: tuple[str, ...], kind: AlertKind | None) -> None:
    assert kind_of(ended, warnings) is kind


def test_only_a_success_ends_that_there_was_none() -> None:
    assert AlertKind.STALE in settled_by(AlertKind.SUCCESS, 0)
    assert AlertKind.STALE in settled_by(AlertKind.WARNINGS, 0)
    assert AlertKind.STALE not in settled_by(AlertKind.WARNINGS, 3)
    assert AlertKind.STALE not in settled_by(AlertKind.HELD, 4)


@pytest.mark.parametrize("kind", [AlertKind.WARNINGS, AlertKind.FAILURE, AlertKind.HELD])
def test_what_lasts_is_not_over_and_what_was_otherwise_is(kind: AlertKind) -> None:
    over = settled_by(kind, 3)
    assert over == {AlertKind.SUCCESS, AlertKind.WARNINGS, AlertKind.HELD} - {kind}


@pytest.mark.parametrize("kind", [AlertKind.SUCCESS, AlertKind.WARNINGS])
def test_trouble_is_over_with_a_success_only_so_that_its_end_is_told(kind: AlertKind) -> None:
    assert {AlertKind.FAILURE, AlertKind.MISSED, AlertKind.STALE} <= settled_by(kind, 0)


def test_the_same_end_twice_is_repeated_whoever_was_locked_out_in_between() -> None:
    assert is_repeated(attempts(6, 6))
    assert is_repeated(attempts(6, 5, 130, None, 6))
    assert not is_repeated(attempts(6, 3))
    assert not is_repeated(attempts(6))
    assert not is_repeated([*attempts(6, error="one"), *attempts(6, error="another")])


def test_an_error_that_counts_otherwise_or_takes_turns_with_another_is_the_same() -> None:
    late, soon = attempts(6, error="no answer after 12 ms"), attempts(6, error="no answer after 3 ms")
    assert is_repeated([*late, *soon])
    assert is_repeated([*late, *attempts(6, error="no such host"), *soon])
    assert not is_repeated([*late, *attempts(0), *soon])


def test_a_killed_run_is_found_behind_those_that_met_its_lock() -> None:
    cut = cut_off_before(attempts(0, 5, None, 0))
    assert cut is not None
    assert cut.started_s == 800.0
    assert cut_off_before(attempts(0, 0, None)) is None
    assert cut_off_before(attempts(0)) is None
    assert cut_off_before([]) is None


def test_a_lock_is_known_to_be_held_since_the_run_that_has_no_end_or_the_first_that_met_it() -> None:
    assert locked_since_s(attempts(5, 5, None, 0)) == 800.0
    assert locked_since_s(attempts(5, 5, 5, 0)) == 800.0
    assert locked_since_s(attempts(5, 0)) == 1000.0
    assert locked_since_s(attempts(5)) == 1000.0


def test_a_missed_run_is_told_once_and_the_next_one_not_before_a_day_is_over() -> None:
    day = 86_400.0
    assert missed_since_s(due_s=10 * day, now_s=11 * day) == 10 * day
    assert missed_since_s(due_s=10 * day, now_s=10 * day + 3600) < 10 * day - 16 * 3600
