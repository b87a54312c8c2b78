"""Retry: how often, how long to wait, when to give up. The only place that repeats a request of its own accord.

What belongs here: the policy, and the loop for blocking calls. The lanes use the same policy without blocking. What
does not: what counts as retryable (`failures`).
"""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from kodokeep.errors import Interrupted, Unreachable
from kodokeep.kodo.failures import Failure, told_to_users

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

ATTEMPTS = 7
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0

GIVE_UP_AFTER = 100
"""Objects in a row without any answer, after which the whole of Kodo counts as unreachable."""

Pause = Callable[[float, threading.Event], object]
"""Waits so many seconds, or until the event is set."""


class Cancelled(Exception):
    """Whoever asked is no longer interested. Never leaves this room."""


@contextmanager
def broken_off() -> Iterator[None]:
    """Failures leave this room as the errors that they stand for, and Cancelled as Interrupted."""
    with told_to_users():
        try:
            yield
        except Cancelled:
            raise Interrupted from None


def _pause(seconds: float, cancel: threading.Event) -> object:
    return cancel.wait(seconds)


class Retry:
    """Exponential back-off with jitter and a bounded number of attempts.

    `pause` and `fraction` (a random number in [0, 1)) are parameters, so that tests need neither time nor luck.
    tenacity is loaded at the first failure: most runs have none.
    """

    def __init__(
        self,
        attempts: int = ATTEMPTS,
        longest_wait_s: float = LONGEST_WAIT_S,
        *,
        pause: Pause = _pause,
        fraction: Callable[[], float] = random.random,
    ) -> None:
        self._attempts = attempts
        self._longest_wait_s = longest_wait_s
        self._pause = pause
        self._fraction = fraction

    def call(self, attempt: Callable[[int], T], cancel: threading.Event) -> T:
        """Call `attempt` with 0, 1, … until it returns; raises its last Failure, or Cancelled."""
        number = 0
        while True:
            if cancel.is_set():
                raise Cancelled
            try:
                return attempt(number)
            except Failure as failure:
                number += 1
                if not failure.retryable or self.exhausted(number):
                    raise
            self._pause(self.delay_s(number), cancel)

    def exhausted(self, failed: int) -> bool:
        """True if so many failed attempts are enough."""
        return bool(self._strategies[0](self._state(failed)))

    def delay_s(self, failed: int) -> float:
        """Seconds to wait after so many failed attempts: between half and all of the exponential."""
        return float(self._strategies[1](self._state(failed))) * (0.5 + self._fraction() / 2)

    def _state(self, failed: int) -> "RetryCallState":
        from tenacity import RetryCallState, Retrying  # noqa: PLC0415 - see the class

        state = RetryCallState(Retrying(), None, (), {})
        state.attempt_number = failed
        return state

    @cached_property
    def _strategies(self) -> "tuple[Callable[[RetryCallState], bool], Callable[[RetryCallState], float]]":
        from tenacity import stop_after_attempt, wait_exponential  # noqa: PLC0415 - see the class

        return stop_after_attempt(self._attempts), wait_exponential(multiplier=FIRST_WAIT_S, max=self._longest_wait_s)


class Silence:
    """How many objects in a row ended without an answer from Kodo; shared by all lanes of a call."""

    def __init__(self) -> None:
        self._unanswered = 0

    def heard(self) -> None:
        """Kodo gave a usable answer."""
        self._unanswered = 0

    def unheard(self, detail: str) -> Unreachable | None:
        """One more object got none: the error that all is to end in, once it is too many."""
        self._unanswered += 1
        if self._unanswered != GIVE_UP_AFTER:
            return None
        return Unreachable(f"{GIVE_UP_AFTER} objects in a row got no answer: {detail}")
