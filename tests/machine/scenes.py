"""Scenes: what both sides did since they last agreed, arranged so that a run has just the steps that are to be crashed.

What belongs here: arranging. What does not: the crashes and what must follow them (the tests).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.machine.shared import BUCKET, Shared
from tests.machine.sides import Side, rotate

HERE = "machine 0"
Arrange = Callable[[Shared, int], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """`begin` fills the sides, `arrange` prepares one round. `steps` are some that a run of it must have."""

    begin: Callable[[Shared], None]
    arrange: Arrange
    steps: tuple[str, ...]
    options: dict[str, str] = field(default_factory=dict)


def _write(shared: Shared, name: str, key: str, data: bytes) -> None:
    shared.change(name, lambda side: side.write(key, data))


def _remove(shared: Shared, name: str, key: str) -> None:
    shared.change(name, lambda side: side.remove(key))


def _fill(*keys: str) -> Callable[[Shared], None]:
    def begin(shared: Shared) -> None:
        for key in keys:
            _write(shared, BUCKET, key, b"begin " + key.encode())

    return begin


def _sent(shared: Shared, number: int) -> None:
    """A new file, an edited one, one that the bucket lost, a copy."""
    _write(shared, HERE, f"new/{number}", b"new %d" % number)
    _write(shared, HERE, "edited", b"edited %d" % number)
    _write(shared, HERE, f"copy/{number}.dat", b"begin copied.dat")
    _remove(shared, BUCKET, "lost")


def _gone(shared: Shared, number: int) -> None:
    """Deletions of both sides, next to a new object and an overwritten one."""
    for place in ("here", "there"):
        _write(shared, BUCKET, f"{place}/{number}", b"%d to be gone from %s" % (number, place.encode()))
    shared.settle(rest=False)
    _remove(shared, HERE, f"here/{number}")
    _remove(shared, BUCKET, f"there/{number}")
    _write(shared, BUCKET, "edited", b"edited %d" % number)
    _write(shared, BUCKET, f"new/{number}", b"new %d" % number)


def _renamed(name: str) -> Arrange:
    """A cycle of three, a pair that changes names, a chain, a folder, and a content that made room for another."""

    def deed(side: Side, number: int) -> None:
        rotate(side, ["a", "b", "c"])
        rotate(side, ["x", "y"])
        free, taken = ("m", "l") if number % 2 else ("l", "m")
        side.rename("chain", free)
        side.rename(taken, "chain")
        side.rename_folder("f", "g")
        side.rename_folder("g", "f") if number % 2 else None
        side.rename("replaced", f"old/{number}")
        side.write("replaced", b"replaced %d" % number)

    return lambda shared, number: shared.change(name, lambda side: deed(side, number))


def _both(shared: Shared, number: int) -> None:
    """Conflicts, of an old key and of a new one."""
    for name in (HERE, BUCKET):
        _write(shared, name, "k", b"%d by %s" % (number, name.encode()))
        _write(shared, name, f"new/{number}", b"new %d by %s" % (number, name.encode()))


_RENAMED = ("a", "b", "c", "x", "y", "chain", "m", "f/1", "f/2", "replaced")

SCENES = {
    "sent": Scene(
        _fill("edited", "lost", "copied.dat", "rest"),
        _sent,
        ("given KodoBucket.upload", "given KodoBucket.download", "after KodoBucket.copy_many"),
    ),
    "there and gone": Scene(
        _fill("edited", "rest"),
        _gone,
        ("after KodoBucket.delete_many", "rename-to-history", "rename-into-place", "given KodoBucket.download"),
        {"deletions": "propagate"},
    ),
    "renamed here": Scene(
        _fill(*_RENAMED),
        _renamed(HERE),
        ("after KodoBucket.move_many", "after StateStore.park", "after StateStore.unpark", "given KodoBucket.upload"),
        {"deletions": "propagate"},
    ),
    "renamed here, restoring": Scene(
        _fill(*_RENAMED),
        _renamed(HERE),
        ("after KodoBucket.move_many", "after StateStore.park", "after StateStore.unpark", "given KodoBucket.upload"),
        {"deletions": "restore"},
    ),
    "renamed there": Scene(
        _fill(*_RENAMED),
        _renamed(BUCKET),
        ("after StateStore.intend", "given KodoBucket.download"),
        {"deletions": "propagate"},
    ),
    "both edited": Scene(
        _fill("k"),
        _both,
        ("given KodoBucket.download", "given KodoBucket.upload", "after StateStore.intend"),
    ),
    "both edited, ours wins": Scene(
        _fill("k"), _both, ("given KodoBucket.download", "given KodoBucket.upload"), {"conflicts": "local"}
    ),
    "both edited, theirs wins": Scene(
        _fill("k"), _both, ("given KodoBucket.download", "rename-to-history"), {"conflicts": "remote"}
    ),
}
