"""Rounds of kill -9 at random moments."""

import os
import random
from collections.abc import Callable
from itertools import count

from tests.e2e.kit import World
from tests.e2e.process import Program
from tests.machine.history import Life


def live_through(world: World, seed: int, rounds: int) -> int:
    """Kill that many runs, the bucket moving on in between; check the laws after each. How many were cut off."""
    life = Life(world, seed)
    life.begin()
    cut = sum(_killed(world, life, random.Random(f"{seed} {number}")) for number in range(rounds))
    life.check_rest()
    return cut


def _killed(world: World, life: Life, moment: random.Random) -> bool:
    life.go_on()
    with Program(world, "--accept-changes") as program:
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
