"""A thousand kills, one way and both ways."""

from collections.abc import Callable

import pytest

from tests.e2e.kit import World
from tests.machine.history import Life
from tests.machine.kills import live_through
from tests.machine.shared_life import SharedLife

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("seed", range(100, 140))
def test_a_thousand_kills_harm_nothing(world: World, seed: int) -> None:
    assert live_through(Life(world, seed), seed, rounds=25) > 5


@pytest.mark.parametrize("seed", range(200, 240))
def test_a_thousand_kills_harm_nothing_both_ways(make_world: Callable[..., World], seed: int) -> None:
    options = {"deletions": ("restore", "propagate")[seed % 2], "conflicts": ("keep-both", "newer")[seed // 2 % 2]}
    assert live_through(SharedLife(make_world, seed, **options), seed, rounds=25) > 5
