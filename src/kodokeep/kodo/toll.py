"""The toll: what the attempts of one lane pay for their bytes, and where they wait until they may go on.

What belongs here: who is stopped, and who goes on. What does not: how much may pass when (`limiter`).
"""

import math
from collections import deque

import pycurl

from kodokeep.kodo.limiter import Limiter, Terms


class Turnstile:
    """Where the attempts of one lane wait, the first of them for the lane's turn. Used by the lane's thread only."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._terms = limiter.terms
        self._queue: deque[Toll] = deque()

    @property
    def terms(self) -> Terms:
        """What is in force now."""
        return self._limiter.terms

    def toll(self, handle: pycurl.Curl) -> "Toll":
        """For a new attempt, which is to use this handle."""
        return Toll(self, handle)

    def room(self, most: int) -> int:
        """How many attempts there may be where `most` would be without a limit. They begin one at a time."""
        if any(not toll.begun for toll in self._queue):
            return 0
        at_once = self.terms.at_once
        return most if at_once is None else min(most, at_once)

    def changed(self) -> bool:
        """True once after the limit changed."""
        before, self._terms = self._terms, self._limiter.terms
        return self._terms is not before

    def admit(self, toll: "Toll") -> bool:
        """True if it may go on; else it waits behind the others."""
        if not self._queue and self._wait_s(toll) == 0:
            return True
        self._queue.append(toll)
        return False

    def serve(self, multi: pycurl.CurlMulti) -> float:
        """Let those go on whose turn it is: 0 if there are any, else the seconds until there are."""
        served = False
        while self._queue:
            wait_s = self._wait_s(self._queue[0])
            if wait_s > 0:
                return 0.0 if served else wait_s
            self._queue.popleft().go(multi)
            served = True
        return 0.0 if served else math.inf

    def waits(self, toll: "Toll") -> bool:
        """True if it is not its turn yet."""
        return toll in self._queue

    def settle(self, toll: "Toll", unpaid_bytes: int) -> None:
        """Its attempt is over; more has passed than was paid, or less."""
        if toll in self._queue:
            self._queue.remove(toll)
            if not self._queue:
                self._limiter.leave(self)
        self._limiter.pay(unpaid_bytes)

    def _wait_s(self, toll: "Toll") -> float:
        wait_s = self._limiter.take(self, toll.asked_bytes)
        if wait_s == 0:
            toll.paid_bytes += toll.asked_bytes
        return wait_s


class Toll:
    """What one attempt has to pay; lives as long as its handle."""

    __slots__ = (
        "_handle", "_lead_bytes", "_passed_bytes", "_size_bytes", "_turnstile", "asked_bytes", "begun", "paid_bytes",
    )  # fmt: skip

    def __init__(self, turnstile: Turnstile, handle: pycurl.Curl) -> None:
        self._turnstile = turnstile
        self._handle = handle
        self.begun = False
        """True while curl has the handle."""

    @property
    def step_bytes(self) -> int:
        """How many bytes best pass at once."""
        return self._turnstile.terms.step_bytes

    @property
    def waits(self) -> bool:
        """True if it is not its turn yet."""
        return self._turnstile.waits(self)

    @property
    def owes(self) -> bool:
        """True if not all of its bytes are paid yet: it is not about to end."""
        return self.paid_bytes < self._size_bytes

    def begin(self, size_bytes: int, *, comes: bool) -> None:
        """An attempt that is to bring (it `comes`) or send so many bytes; one without any need not wait.

        What comes is on its way before it is read: so much is paid before it is asked for.
        """
        lead_bytes = self._turnstile.terms.lead_bytes
        self._size_bytes = size_bytes
        self._lead_bytes = lead_bytes if comes else 0
        self._passed_bytes = self.paid_bytes = 0
        self.asked_bytes = min(size_bytes, max(lead_bytes, 1))
        if size_bytes:
            self._turnstile.admit(self)

    def grow(self, size_bytes: int) -> None:
        """So many bytes come or go once more."""
        self._size_bytes += size_bytes

    def passes(self, size_bytes: int) -> bool:
        """True if so many more bytes may pass; else the attempt waits, and is to be paused."""
        after_bytes = self._passed_bytes + size_bytes
        missing_bytes = min(after_bytes + self._lead_bytes, self._size_bytes) - self.paid_bytes
        if missing_bytes > 0:
            self.asked_bytes = min(max(missing_bytes, self.step_bytes), self._size_bytes - self.paid_bytes)
            if not self._turnstile.admit(self):
                return False
        self._passed_bytes = after_bytes
        return True

    def go(self, multi: pycurl.CurlMulti) -> None:
        """Begin, or go on."""
        if self.begun:
            self._handle.pause(pycurl.PAUSE_CONT)
        else:
            self.begun = True
            multi.add_handle(self._handle)

    def end(self, *, broken_off: bool = False) -> None:
        """The attempt is over: settle for all that went over the wire, headers included.

        What was paid before it came is on its way, or thrown away, if the attempt was broken off from outside.
        """
        unpaid_bytes = (_on_the_wire(self._handle) if self.begun else 0) - self.paid_bytes
        came = broken_off and self.begun
        self.begun = False
        self._turnstile.settle(self, max(unpaid_bytes, 0) if came else unpaid_bytes)


def _on_the_wire(handle: pycurl.Curl) -> int:
    """curl counts a request with its body, or, in older versions, without."""
    sent_bytes = max(handle.getinfo(pycurl.REQUEST_SIZE), handle.getinfo(pycurl.SIZE_UPLOAD_T))
    return int(sent_bytes + handle.getinfo(pycurl.HEADER_SIZE) + handle.getinfo(pycurl.SIZE_DOWNLOAD_T))
