"""Rounds of kill -9 at random moments."""

import os
import random
from collections.abc import Callable
from itertools import count
from typing import Protocol

from tests.e2e.kit import World
from tests.e2e.process import Program


class Killable(Protocol):
    """A world that goes on from round to round, with laws that hold however often its runs are killed."""

    @property
    def world(self) -> World:
        """Where the next run is."""

    def begin(self) -> None:
        """Fill it."""

    def go_on(self) -> None:
        """People do something."""

    def check(self) -> None:
        """The next run makes everything good."""

    def check_rest(self) -> None:
        """Then there is nothing to do."""


def live_through(life: Killable, seed: int, rounds: int) -> int:
    """Kill that many runs, life going on in between; check the laws after each. How many were cut off."""
    life.begin()
    cut = sum(_killed(life, random.Random(f"{seed} {number}")) for number in range(rounds))
    life.check_rest()
    return cut


def _killed(life: Killable, moment: random.Random) -> bool:
    life.go_on()
    with Program(life.world, "--accept-changes") as program:
        program.wait_for(moment.choice(("run_started", "planned", "planned")))
        cut = program.wait_until(_asked(moment.randrange(1, 4000)))
        program.kill()
    life.check()
    return cut


def _asked(times: int) -> Callable[[], bool]:
    """True when asked so many times; whoever asks lets others work first."""
    left = count(times, -1)

    def happened() -> bool:
        os.sched_yield()
        return next(left) <= 0

    return happened
