"""One bucket, the machines that share it, and the laws of both ways.

What belongs here: running, counting what is lost, and what must be true once all is quiet. What does not: what people
do (`sides`), and in which order things happen (the tests).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.kit import Result, World
from tests.machine.fuse import Fuse, crash_at
from tests.machine.sides import BucketSide, FolderSide, Side

BUCKET = "bucket"
CONFLICT = "(conflict "
Contents = dict[str, bytes]


@dataclass(slots=True)
class Since:
    """What all sides agreed on, and what each made of it before anybody ran. `simple` until somebody ran in between."""

    agreed: Contents
    made: dict[str, Contents] = field(default_factory=dict)
    simple: bool = True


class Shared:
    """Two machines, or one. `met` is every content that must not be lost."""

    def __init__(self, make_world: Callable[..., World], machines: int = 2, **options: object) -> None:
        first = make_world()
        self.worlds = [first, *(make_world(beside=first) for _ in range(machines - 1))]
        self.options = {"mode": "sync", "transfers": 1} | options
        for world in self.worlds:
            world.configure(**self.options)
        self.bucket = BucketSide(first)
        self.sides: dict[str, Side] = {f"machine {n}": FolderSide(world) for n, world in enumerate(self.worlds)}
        self.sides[BUCKET] = self.bucket
        self.met: set[bytes] = set()
        self.since = Since({})
        self.deeds = 0

    def change(self, name: str, deed: Callable[[Side], None]) -> None:
        """A person does something to one side. What a person throws away is nobody's loss."""
        self.deeds += 1
        side = self.sides[name]
        before = set(side.contents().values())
        deed(side)
        after = set(side.contents().values())
        self.met = (self.met - (before - after)) | after
        if self.since.made:
            self.since.simple = False

    def look(self) -> None:
        """Remember what is there: no run may lose it."""
        now = {name: side.contents() for name, side in self.sides.items()}
        self.met |= {data for contents in now.values() for data in contents.values()}
        if not self.since.made:
            self.since.made = now

    def run(self, number: int, *arguments: str, faults: Sequence[Mapping[str, Any]] = ()) -> Result:
        """One machine runs, with these faults of the bucket; nothing is lost by it."""
        self.look()
        world = self._world(number)
        world.emulator.faults(faults)
        try:
            result = world.run(*arguments, whole_listing=False)
        finally:
            world.emulator.clear_faults()
        self.check_nothing_lost()
        return result

    def run_beside(self, number: int) -> None:
        """One machine runs while another is in the middle of a run, which has contents in hand just now."""
        assert self._world(number).run("--accept-changes", whole_listing=False).exit in (0, 3, 6)

    def crash(self, number: int, fuse: Fuse, step: int) -> bool:
        """One machine's run is cut off in front of this step; False if it has none with this number."""
        self.look()
        return crash_at(self._world(number), fuse, step)

    def check_nothing_lost(self) -> None:
        """Every content that a run met is on some side or in some history. Not asked right after a crash."""
        assert self.met - self._everything() == set(), "a content was lost"

    def settle(self, *, rest: bool = True) -> None:
        """All is quiet, and the machines run in turn: so many runs, and all sides agree; then there is nothing to do.

        Of two machines the first brings its changes to the bucket, the second takes them over and adds its own, the
        first takes these over: three runs. One machine needs one.
        """
        self.look()
        for turn in range(2 * len(self.worlds) - 1):
            result = self.run(turn, "--accept-changes")
            assert result.exit == 0, (result.exit, result.counts(), result.stderr)
        self.check_agreement()
        self.check_merged()
        if rest:
            self.check_rest()
        self.since = Since(self.bucket.contents())

    def check_agreement(self) -> None:
        """All sides hold the same, and no machine has anything left to do or to clear up."""
        remote = self.bucket.contents()
        for world in self.worlds:
            assert world.tree() == remote
            world.check_nothing_pending()

    def check_merged(self) -> None:
        """Key by key, the sides agree on what one of them made of it; who changed nothing has no say.

        Holds if everybody changed what had been agreed on before anybody ran.
        """
        since, now = self.since, self.bucket.contents()
        if not (since.simple and since.made):
            return
        for key in since.agreed.keys() | {key for contents in since.made.values() for key in contents} | now.keys():
            old, new = since.agreed.get(key), now.get(key)
            made = [contents.get(key) for contents in since.made.values() if contents.get(key) != old]
            assert new in self._possible(key, old, made), (key, old, made, new)
            if CONFLICT not in key and self.options.get("conflicts", "keep-both") == "keep-both":
                assert {data for data in made if data is not None} <= set(now.values()), (key, made)

    def _possible(self, key: str, old: bytes | None, made: list[bytes | None]) -> set[bytes | None]:
        """What a key may hold: an edit beats a deletion; what is missing on some sides only may have to come back."""
        if CONFLICT in key:
            return {data for contents in self.since.made.values() for data in contents.values()} | {None}
        edits = {data for data in made if data is not None}
        if not made or edits:
            return {*edits} or {old}
        if self.options.get("deletions", "restore") == "propagate" or len(made) == len(self.since.made):
            return {None}
        arrived = {data for contents in self.since.made.values() for data in contents.values()}
        return {None, old} if old in arrived else {old}

    def check_rest(self) -> None:
        """Nothing is left to do but to hash files once more whose record is racy (rule 13); after that, nothing."""
        before = self._all_contents()
        for number, world in enumerate(self.worlds):
            with world.state() as state:
                racy = {entry.key for entry in state.synced("") if entry.racy}
            again = self.run(number)
            assert (again.exit, again.downloads(), again.uploads()) == (0, [], [])
            assert again.actions <= {("touch", key, "done") for key in racy}
            if again.actions:
                last = self.run(number)
                assert (last.exit, last.actions, last.downloads(), last.uploads()) == (0, set(), [], [])
        assert self._all_contents() == before

    def _world(self, number: int) -> World:
        return self.worlds[number % len(self.worlds)]

    def _everything(self) -> set[bytes]:
        contents = [side.contents() for side in self.sides.values()] + [world.history() for world in self.worlds]
        return {data for each in contents for data in each.values()}

    def _all_contents(self) -> list[Contents]:
        return [side.contents() for side in self.sides.values()] + [world.history() for world in self.worlds]
