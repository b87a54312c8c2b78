"""Long histories of all sides, and a crash at every single step, both ways."""

from collections.abc import Callable

import pytest
from hypothesis import settings

from tests.e2e.kit import World
from tests.machine.crashes import check_steps, make_stage
from tests.machine.fuse import Fuse
from tests.machine.histories import check_histories, policies
from tests.machine.published import Published
from tests.machine.scenes import SCENES
from tests.machine.shared import Shared

pytestmark = pytest.mark.soak

MANY = settings(max_examples=100, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("options", policies("sync"), ids=str)
def test_any_history_of_two_machines(make_world: Callable[..., World], fuse: Fuse, options: dict[str, str]) -> None:
    check_histories(lambda: Shared(make_world, **options), fuse, MANY)


@pytest.mark.parametrize("options", policies("publish"), ids=str)
def test_any_history_of_a_published_folder(
    make_world: Callable[..., World], fuse: Fuse, options: dict[str, str]
) -> None:
    check_histories(lambda: Published(make_world, **options), fuse, MANY)


@pytest.mark.parametrize("name", SCENES)
def test_a_crash_at_every_single_step(make_world: Callable[..., World], fuse: Fuse, name: str) -> None:
    check_steps(make_stage(make_world, fuse, name), first=0, stride=1)
