"""A world that changes from round to round, and the laws that hold however often its runs are cut off."""

import random

from tests.e2e.kit import World

KEYS = [f"{directory}{name}" for directory in ("", "d/", "d/e/", "f//") for name in ("a", "b", "c", "n%41", "\u4e2d")]


class Life:
    """Changes both sides of a world at random (by `seed`), and remembers every content that the tree ever had."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.contents = 0
        self.ever: set[bytes] = set()

    def begin(self) -> None:
        """Fill the bucket and back it up."""
        for key in KEYS[::2]:
            self.world.put(key, self.content())
        assert self.world.run().exit == 0
        self.ever |= set(self.world.tree().values())

    def content(self) -> bytes:
        """A content that no file had before."""
        self.contents += 1
        return b"content %d " % self.contents * self.random.choice((1, 3, 400))

    def go_on(self) -> None:
        """Some objects come, change and go; some files are edited or lost."""
        world, pick = self.world, self.random
        for key in pick.sample(KEYS, 4):
            world.put(key, self.content())
        for key in pick.sample(sorted(world.objects), min(2, len(world.objects))):
            world.delete(key)
        paths = world.paths()
        for path in pick.sample(paths, min(2, len(paths))):
            self._forget(path)
            world.write(path, self.content())
        for path in pick.sample(paths, min(1, len(paths))):
            self._forget(path)
            (world.folder / path).unlink()
        self.ever |= set(world.tree().values())

    def _forget(self, path: str) -> None:
        """What a person throws away is nobody's loss."""
        self.ever.discard((self.world.folder / path).read_bytes())

    def check(self) -> None:
        """The next run makes everything good: rules 1, 10, 11."""
        world = self.world
        self.ever |= set(world.tree().values())
        assert world.run("--accept-changes").exit == 0
        world.check_settled()
        assert world.tree() == world.objects
        kept = set(world.tree().values()) | set(world.history().values())
        assert self.ever - kept == set(), "a content was lost"

    def check_rest(self) -> None:
        """A run after a good run finds nothing to do, but to hash the files once more whose record is racy (rule 13).

        How many these are is up to the clock. Nothing changes, and the run after that finds nothing at all.
        """
        world = self.world
        with world.state() as state:
            racy = {entry.key for entry in state.synced("") if entry.racy}
        before = world.tree(), world.history()
        again = world.run()
        assert (again.exit, again.downloads()) == (0, [])
        assert again.actions <= {("touch", key, "done") for key in racy}
        assert (world.tree(), world.history()) == before
        last = world.run()
        assert (last.exit, last.actions, last.downloads()) == (0, set(), [])
