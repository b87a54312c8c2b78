"""The real clock and its bell; nobody waits long here."""

import os
import signal
from threading import Timer

import pytest

from kodokeep.schedule import clock
from kodokeep.schedule.clock import Bell, SystemClock

LONG_S = 250.0
"""A wait that only a bell can end before the test is given up."""


def test_a_time_that_is_past_is_not_waited_for() -> None:
    system = SystemClock(Bell())
    system.wait(system.now_s() - LONG_S)


def test_a_bell_that_was_rung_before_ends_the_next_wait() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    bell.wait(LONG_S)
    bell.wait(0.0)


def test_a_signal_ends_a_wait() -> None:
    bell = Bell()
    before = signal.signal(signal.SIGUSR1, lambda *_: bell.ring())
    Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    try:
        bell.wait(LONG_S)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_the_wall_is_looked_at_though_the_wait_is_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of a wait stands still while the machine sleeps."""
    monkeypatch.setattr(clock, "LOOK_S", 0.001)
    system = SystemClock(Bell())
    system.wait(system.now_s() + LONG_S)
