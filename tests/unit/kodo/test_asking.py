"""Attempts: which failures are tried again, and where the next one goes."""

import pytest

from kodokeep.kodo.asking import Attempts, Bases
from kodokeep.kodo.failures import Failure, of_curl, of_status
from kodokeep.kodo.retry import Retry

FIRST, SECOND = "http://first", "http://second"


def attempts(bases: Bases) -> Attempts:
    return Attempts(Retry(3, fraction=lambda: 0.0), bases)


def test_a_host_that_fails_is_left_for_the_next() -> None:
    bases = Bases((FIRST, SECOND))
    tries = attempts(bases)
    assert tries.after(of_curl(7, "", FIRST), FIRST) == 0.25
    assert bases.current == SECOND
    tries.after(of_status(502, b"", SECOND), SECOND)
    assert bases.current == FIRST


def test_a_host_that_others_left_already_is_not_left_twice() -> None:
    bases = Bases((FIRST, SECOND))
    for _ in range(2):
        attempts(bases).after(of_curl(7, "", FIRST), FIRST)
    assert bases.current == SECOND


def test_a_host_that_asks_for_less_is_not_left() -> None:
    bases = Bases((FIRST, SECOND))
    attempts(bases).after(of_status(573, b"", FIRST), FIRST)
    assert bases.current == FIRST


@pytest.mark.parametrize("status", [401, 406])
def test_some_refusals_are_tried_at_once_and_once(status: int) -> None:
    tries = attempts(Bases((FIRST,)))
    assert tries.after(of_status(status, b"", FIRST), FIRST) == 0.0
    with pytest.raises(Failure):
        tries.after(of_status(status, b"", FIRST), FIRST)


def test_in_the_end_the_last_failure_is_raised() -> None:
    tries = attempts(Bases((FIRST,)))
    last = of_status(504, b"", FIRST)
    waits = [tries.after(of_status(502, b"", FIRST), FIRST) for _ in range(2)]
    assert waits == [0.25, 0.5]
    with pytest.raises(Failure) as caught:
        tries.after(last, FIRST)
    assert caught.value is last
