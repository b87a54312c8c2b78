"""Runs of the real program, killed at random moments: run again, and all is well."""

import pytest

from tests.e2e.kit import World
from tests.machine.kills import live_through


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_at_any_moment_harms_nothing(world: World, seed: int) -> None:
    assert live_through(world, seed, rounds=5) > 0
