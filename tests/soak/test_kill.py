"""A thousand kills."""

import pytest

from tests.e2e.kit import World
from tests.machine.kills import live_through

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("seed", range(100, 140))
def test_a_thousand_kills_harm_nothing(world: World, seed: int) -> None:
    assert live_through(world, seed, rounds=25) > 5
