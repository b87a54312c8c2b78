"""Asking: scripts, which are what an upload says to Kodo, and trying a call again without blocking anybody.

A script is a generator. It yields a Call and is sent its Reply, or yields Together and goes on when all of that is
over; its return value is what it came to. `chores` runs scripts, a lane drives their calls.

What belongs here: hosts in turn, attempts, back-off. What does not: what the calls are for (`commit`, `form_upload`,
`part_upload`).
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from kodokeep.errors import BucketFull, ClockSkewed, KodoError
from kodokeep.kodo.delivery import Call, Reply
from kodokeep.kodo.failures import CONCERNS_ALL, THROTTLES, Failure
from kodokeep.kodo.retry import Retry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Together:
    """Scripts to be run beside each other, each begun after the one before it. One that fails fails all."""

    scripts: Iterator["Script[None]"]


Script = Generator[Call | Together, Any, T]
"""Sent a Reply for a Call; nothing for Together."""


class Bases:
    """The base URLs of one service; shared by all lanes of a call. Whoever finds one broken turns to the next."""

    def __init__(self, urls: tuple[str, ...]) -> None:
        self._urls = urls
        self._turn = 0

    @property
    def current(self) -> str:
        """Where the next call goes to."""
        return self._urls[self._turn % len(self._urls)]

    def broken(self, base: str) -> None:
        """This one gave no usable answer."""
        if base == self.current:
            self._turn += 1


class Attempts:
    """What was tried so far to get one answer."""

    def __init__(self, retry: Retry, bases: Bases) -> None:
        self._retry = retry
        self._bases = bases
        self._failed = 0
        self._resigned = False
        self._resent = False

    def after(self, failure: Failure, base: str) -> float:
        """Seconds to wait before the next attempt. Raises the failure if there is none (protocol §8)."""
        if failure.status == 401 and not self._resigned:
            self._resigned = True
            return 0.0
        if spoilt(failure) and not self._resent:
            self._resent = True
            return 0.0
        if not failure.retryable:
            raise failure
        if failure.status not in THROTTLES:
            self._bases.broken(base)
        return self.again(failure)

    def again(self, failure: Failure) -> float:
        """Seconds to wait before another attempt, whatever the failure is. Raises it once these are used up."""
        self._failed += 1
        if self._retry.exhausted(self._failed):
            raise failure
        return self._retry.delay_s(self._failed)


def ask(
    attempts: Attempts, bases: Bases, make: Callable[[str], Call], decoder: msgspec.json.Decoder[T], wait_s: float = 0.0
) -> Script[T]:
    """The answer to a call that `make` makes for a base URL, anew for every attempt. Raises Failure."""
    while True:
        base = bases.current
        call = make(base)
        call.after_s = wait_s
        reply: Reply = yield call
        try:
            return reply.decoded(decoder)
        except Failure as failure:
            wait_s = attempts.after(failure, base)


def spoilt(failure: Failure) -> bool:
    """The bytes arrived otherwise than they were sent (protocol §5.1, §5.3)."""
    return failure.status == 406 or (failure.status == 400 and "md5" in failure.error.message)


def undecided(failure: Failure) -> bool:
    """True if what was asked for may have been done all the same."""
    return failure.retryable and failure.status not in THROTTLES


def ends_all(failure: Failure) -> KodoError | None:
    """The error to end all uploads in, if every other object would meet the same."""
    error, text = failure.error, failure.error.message
    if failure.status == 401 and ("out of date" in text or "expired" in text):
        return ClockSkewed(f"a token is out of date as soon as it is made: {text}", hint="set the clock")
    if failure.status == 630 or (failure.status == 403 and "quota" in text):
        return BucketFull(f"the bucket is full: {text}", hint="raise its quota, or free some space in it")
    if failure.status == 419:
        return KodoError(f"the account is frozen: {text}")
    if failure.status == 400 and "incorrect region" in text:
        return KodoError(f"uploads went to another region than the bucket's: {text}", hint="check `uc_host`")
    return error if isinstance(error, CONCERNS_ALL) else None
