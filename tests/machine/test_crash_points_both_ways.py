"""A crash at any step of runs that go both ways; the next run makes it good (rules 1, 10, 20, 25, 26)."""

from collections.abc import Callable

import pytest

from tests.e2e.kit import World
from tests.machine.crashes import check_steps, make_stage
from tests.machine.fuse import Fuse
from tests.machine.scenes import SCENES

STRIDE = 9
"""Every ninth step here, beginning at another one in each scene; `make soak` takes all of them in all scenes."""


@pytest.mark.parametrize("name", SCENES)
def test_a_crash_anywhere_is_made_good_by_the_next_run(make_world: Callable[..., World], fuse: Fuse, name: str) -> None:
    check_steps(make_stage(make_world, fuse, name), first=sorted(SCENES).index(name) % STRIDE, stride=STRIDE)


@pytest.mark.parametrize("name", SCENES)
def test_a_crash_while_a_crash_is_made_good(make_world: Callable[..., World], fuse: Fuse, name: str) -> None:
    stage = make_stage(make_world, fuse, name)
    for first, second in ((40, 9), (70, 24)):
        stage.play_until(first)
        stage.shared.crash(0, fuse, second)
        stage.shared.settle()


def test_what_an_object_held_is_on_record_in_history_before_the_object_goes(
    make_world: Callable[..., World], fuse: Fuse
) -> None:
    """Rule 25: the bucket loses nothing before the state knows where the old bytes are."""
    stage = make_stage(make_world, fuse, "there and gone")
    stage.play_until(10**6)
    order = iter(stage.fuse.seen)
    for step in ("given KodoBucket.download", "after StateStore.commit", "before KodoBucket.delete_many"):
        assert step in order, (step, stage.fuse.seen)
