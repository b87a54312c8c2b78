"""Two machines and their bucket, to be killed: people change everything, and any of the machines runs."""

from collections.abc import Callable

from tests.e2e.kit import World
from tests.machine.deeds import Chance
from tests.machine.shared import BUCKET, Shared

BEGIN = ("a", "b", "c", "d/x", "d/y", "d/e/z", "e/x", "n%41", "\u4e2d")


class SharedLife:
    """`kills.Killable`, by `seed`."""

    def __init__(self, make_world: Callable[..., World], seed: int, **options: object) -> None:
        self.shared = Shared(make_world, **options)
        self.chance = Chance(seed)
        self.turn = 0

    @property
    def world(self) -> World:
        """The machine whose turn it is."""
        return self.shared.worlds[self.turn % len(self.shared.worlds)]

    def begin(self) -> None:
        """Fill the bucket; all agree."""
        for key in BEGIN:
            self.shared.change(BUCKET, lambda side, key=key: side.write(key, self.chance.content()))  # type: ignore[misc]
        self.shared.settle()

    def go_on(self) -> None:
        """Changes on all sides; then it is the other machine's turn."""
        self.turn += 1
        self.chance.deeds(self.shared, 6)
        self.shared.look()

    def check(self) -> None:
        """The next run of the machine that was killed makes everything good.

        What it had asked of the bucket may still be under way then, as if somebody else were at work; so it is all
        quiet only after that run.
        """
        assert self.shared.run(self.turn, "--accept-changes").exit == 0
        self.shared.settle(rest=False)

    def check_rest(self) -> None:
        """Then there is nothing to do."""
        self.shared.settle()
