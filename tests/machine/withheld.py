"""One machine and a bucket whose objects freeze, thaw, are disabled and expire, under a month's budget; and the laws.

What belongs here: what happens, and what must be true after each run. What does not: in which order (the test).
"""

from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from kodokeep import app
from kodokeep.model.key import decode, encode
from kodokeep.model.qetag import v1
from kodokeep.planning.traffic import month_of
from tests.e2e.kit import Result, World
from tests.emulator_process import EmulatorError
from tests.machine.fuse import Fuse, crash_at

HOUR_S = 3600
Contents = dict[str, bytes]


@dataclass
class Withheld:
    """Performs what happens; every run is checked. `short_lived` are untouched since they were put with an expiry."""

    world: World
    options: dict[str, str]
    patch: pytest.MonkeyPatch
    fuse: Fuse
    elapsed_s: float = 0.0
    budget: int | None = None
    made: dict[str, bytes] = field(default_factory=dict)
    short_lived: Contents = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.real_s = app.wall_clock_s
        self._configure()
        self._pass_to(0.0)

    def put(self, key: str, data: bytes, days: int) -> None:
        """An object, which expires after so many days unless that is 0."""
        self._make(data)
        self.world.emulator.put(self.world.bucket, key, data, policy={"deleteAfterDays": days} if days else {})
        self.short_lived.pop(key, None)
        if days:
            self.short_lived[key] = data

    def delete(self, number: int) -> None:
        if key := self._pick(sorted(self.bucket()), number):
            self.world.emulator.delete(self.world.bucket, key)
            self.short_lived.pop(key, None)

    def move(self, number: int, target: str) -> None:
        key = self._pick(sorted(self.bucket()), number)
        if key and target not in self.bucket():
            with suppress(EmulatorError):  # what is frozen cannot be moved
                self.world.emulator.move(self.world.bucket, key, target)
            self.short_lived.pop(key, None)

    def edit(self, key: str, data: bytes) -> None:
        self._make(data)
        self.world.write(encode(key), data)
        self.short_lived.pop(key, None)

    def remove(self, number: int) -> None:
        if path := self._pick(self.world.paths(), number):
            (self.world.folder / path).unlink()
            self.short_lived.pop(decode(path), None)

    def rename(self, number: int, target: str) -> None:
        path = self._pick(self.world.paths(), number)
        if path and not (self.world.folder / encode(target)).exists():
            (self.world.folder / encode(target)).parent.mkdir(parents=True, exist_ok=True)
            (self.world.folder / path).rename(self.world.folder / encode(target))
            self.short_lived.pop(decode(path), None)
            self.short_lived.pop(target, None)

    def change_type(self, number: int, kind: int) -> None:
        """To a storage type; what is frozen stays so."""
        if key := self._pick(sorted(self.bucket()), number):
            with suppress(EmulatorError):
                self.world.emulator.chtype(self.world.bucket, key, kind)

    def thaw(self, number: int, days: int) -> None:
        """Somebody else asks for it."""
        if key := self._pick(sorted(self.bucket()), number):
            with suppress(EmulatorError):
                self.world.emulator.restore(self.world.bucket, key, days)

    def disable(self, number: int, disabled: int) -> None:
        if key := self._pick(sorted(self.bucket()), number):
            with suppress(EmulatorError):
                self.world.emulator.status(self.world.bucket, key, disabled=disabled == 1)
            self.short_lived.pop(key, None)

    def wait(self, hours: int) -> None:
        self._pass_to(self.elapsed_s + hours * HOUR_S)

    def limit(self, budget: int | None) -> None:
        """Another budget, in bytes."""
        self.budget = budget
        self._configure()

    def lose_state(self) -> None:
        for file in self.world.private.glob("state.db*"):
            file.unlink()

    def approve(self) -> None:
        if (self.world.private / "state.db").exists():
            self.world.tell("approve", "photos")

    def crash(self, step: int) -> None:
        """A run is cut off in front of this step; the next one makes it good."""
        before = self._everything()
        crash_at(self.world, self.fuse, step)
        self.run(accept=True, before=before)

    def meanwhile(self, step: int, name: str, number: int, how: int) -> None:
        """In the middle of a run somebody changes what an object is, and not its content."""
        self.fuse.set(step, lambda: getattr(self, name)(number, how))
        self.run(accept=True, ends=(0, 3, 4))
        self.fuse.take_out()

    def run(self, accept: bool, before: AbstractSet[bytes] = frozenset(), ends: tuple[int, ...] = (0, 4)) -> Result:
        """A run; whatever it finds, nothing is lost, the sums are right, and the budget is kept."""
        before, spent = before | self._everything(), self._spent()
        expired = self.short_lived.keys() - self.bucket().keys()
        kept = {key: data for key, data in self.world.tree().items() if self.short_lived.get(key) == data}
        synced = self._synced()
        result = self.world.run(*["--accept-changes"] * accept, whole_listing=False)
        assert result.exit in ends, result.stderr
        assert before <= self._everything(), "a content was lost"
        for key in expired & kept.keys() & synced:
            assert self.world.tree().get(key) == kept[key], "Kodo took it away, nobody deleted it"
        released = any(action["approved"] for action in self._held())
        if self.budget is not None and not accept and not released:
            assert self._spent() <= max(self.budget, spent)
        return result

    def settle(self) -> None:
        """What is frozen is thawed, disabled objects are enabled, the budget is lifted: both sides come together."""
        for number in range(len(self.bucket())):
            self.disable(number, 0)
        self.limit(None)
        for hours in (13, 13, 0):
            last = self.run(accept=True)
            self.wait(hours)
        assert last.counts().keys() <= {"unchanged", "local_only", "remote_only", "touched", "thawing"}, last.counts()
        bucket, tree = self.bucket(), self.world.tree()
        kept = self._kept()
        if self.options["mode"] != "publish":
            assert bucket.items() <= tree.items() | {(key, bucket[key]) for key in kept if key in bucket}
        if self.options["mode"] != "backup":
            assert {key: tree[key] for key in tree.keys() - kept}.items() <= bucket.items()
        self.world.check_nothing_pending()

    def bucket(self) -> Contents:
        """What the bucket holds, be it readable or not: nothing was ever made that we do not know."""
        items = self.world.emulator.page(self.world.bucket)["items"]
        return {item["key"]: self.made[item["hash"]] for item in items}

    def _everything(self) -> set[bytes]:
        return {*self.bucket().values(), *self.world.tree().values(), *self.world.history().values()}

    def _make(self, data: bytes) -> None:
        self.made[v1(data)] = data

    def _pick(self, names: list[str], number: int) -> str | None:
        return names[number % len(names)] if names else None

    def _configure(self) -> None:
        limit = {} if self.budget is None else {"monthly_traffic": f"{self.budget}"}
        self.world.configure(archived="thaw", thaw_days=2, time_zone="UTC", **self.options, **limit)

    def _pass_to(self, elapsed_s: float) -> None:
        self.elapsed_s = elapsed_s
        self.world.emulator.clock(elapsed_s=elapsed_s)
        self.patch.setattr(app, "wall_clock_s", lambda: self.real_s() + elapsed_s)

    def _spent(self) -> int:
        with self.world.state() as state:
            return state.ledger.spent(month_of(app.wall_clock_s(), "UTC").name).received_bytes

    def _synced(self) -> set[str]:
        with self.world.state() as state:
            return {entry.key for entry in state.synced("") if not entry.kept}

    def _kept(self) -> set[str]:
        with self.world.state() as state:
            return {entry.key for entry in state.synced("") if entry.kept}

    def _held(self) -> list[dict[str, Any]]:
        with self.world.state() as state:
            return [{"approved": held.approved} for held in state.held()]
