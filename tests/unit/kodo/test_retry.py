import threading

import pytest

from kodokeep.errors import Unreachable
from kodokeep.kodo.failures import Failure
from kodokeep.kodo.retry import Cancelled, Retry

NEVER = threading.Event()


class Flaky:
    """Fails so many times, then returns the number of the attempt."""

    def __init__(self, failures: int, *, retryable: bool = True) -> None:
        self.failures = failures
        self.retryable = retryable

    def __call__(self, number: int) -> int:
        if number < self.failures:
            raise Failure(Unreachable(f"attempt {number}"), retryable=self.retryable)
        return number


def retry(attempts: int, waits: list[float], fraction: float = 0.0) -> Retry:
    return Retry(attempts, pause=lambda seconds, _: waits.append(seconds), fraction=lambda: fraction)


def test_it_goes_on_until_it_works() -> None:
    waits: list[float] = []
    assert retry(7, waits).call(Flaky(4), NEVER) == 4
    assert waits == [0.25, 0.5, 1.0, 2.0]


def test_waits_are_bounded_and_jittered() -> None:
    policy = retry(99, [], fraction=0.5)
    assert [policy.delay_s(failed) for failed in (1, 2, 3, 50)] == [0.375, 0.75, 1.5, 22.5]


def test_attempts_are_bounded_and_the_last_failure_counts() -> None:
    waits: list[float] = []
    with pytest.raises(Failure, match="attempt 2"):
        retry(3, waits).call(Flaky(9), NEVER)
    assert len(waits) == 2


def test_what_is_permanent_is_not_repeated() -> None:
    with pytest.raises(Failure, match="attempt 0"):
        retry(3, []).call(Flaky(9, retryable=False), NEVER)


def test_nobody_waits_for_a_cancelled_call() -> None:
    cancel = threading.Event()
    policy = Retry(pause=lambda _seconds, event: event.set())
    with pytest.raises(Cancelled):
        policy.call(Flaky(9), cancel)


@pytest.mark.parametrize(("failed", "enough"), [(1, False), (2, False), (3, True), (4, True)])
def test_when_it_is_enough(failed: int, enough: bool) -> None:
    assert Retry(3).exhausted(failed) is enough


def test_the_default_pause_ends_with_the_cancellation() -> None:
    cancel = threading.Event()
    cancel.set()
    assert Retry(fraction=lambda: 0.0)._pause(3600, cancel) is True
