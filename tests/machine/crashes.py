"""Scenes played again and again, and crashed one step further each time."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.kit import World
from tests.machine.fuse import Fuse
from tests.machine.scenes import SCENES, Scene
from tests.machine.shared import Shared


@dataclass(slots=True)
class Stage:
    """One machine and its bucket, where a scene is played."""

    scene: Scene
    shared: Shared
    fuse: Fuse
    rounds: int = 0

    def play_until(self, step: int) -> bool:
        """Arrange the scene and crash at this step; False if the run came to its end."""
        self.scene.arrange(self.shared, self.rounds)
        self.rounds += 1
        return self.shared.crash(0, self.fuse, step)


def make_stage(make_world: Callable[..., World], fuse: Fuse, name: str) -> Stage:
    """Both sides agree, the scene may begin."""
    scene = SCENES[name]
    shared = Shared(make_world, machines=1, **scene.options)
    scene.begin(shared)
    shared.settle()
    return Stage(scene, shared, fuse)


def check_steps(stage: Stage, first: int, stride: int) -> None:
    """Crash at each of these steps; after each, one run makes it good and leaves nothing to do."""
    for number in itertools.count(first, stride):
        if not stage.play_until(number):
            break
        crashed_at = stage.fuse.seen[-1]
        try:
            stage.shared.settle()
        except BaseException as error:
            error.add_note(f"after a crash in front of step {number}, {crashed_at}")
            raise
    assert set(stage.scene.steps) <= set(stage.fuse.seen), "the scene is not what it is meant to be"
    assert stage.rounds > 3
    stage.shared.settle()
