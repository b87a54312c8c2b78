"""Runs of the real program, killed at random moments: run again, and all is well."""

from collections.abc import Callable

import pytest

from tests.e2e.kit import World
from tests.machine.history import Life
from tests.machine.kills import live_through
from tests.machine.shared_life import SharedLife


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_at_any_moment_harms_nothing(world: World, seed: int) -> None:
    assert live_through(Life(world, seed), seed, rounds=5) > 0


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_at_any_moment_harms_nothing_both_ways(make_world: Callable[..., World], seed: int) -> None:
    deletions = ("restore", "propagate")[seed % 2]
    assert live_through(SharedLife(make_world, seed, deletions=deletions), seed, rounds=5) > 0
