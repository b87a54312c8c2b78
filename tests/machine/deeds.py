"""What people may do and what may go wrong, drawn by Hypothesis, which shrinks, or from a seed."""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.machine.shared import Shared
from tests.machine.sides import Side, rotate, shift

KEYS = [
    "a",
    "a/b",
    "a//b",
    "d/x",
    "d/y",
    "d/e/z",
    "e/x",
    "dir/",
    "A",
    "\u4e2d",
    "x%%y",
    "p%2Fq",
    "..",
    ".kodokeep/z",
    "",
]
FOLDERS = ["d", "e", "a", "new", "d/e", "\u4e2d"]
CONTENTS = [b"", b"1", b"2", b"three", b"3hree", b"long" * 50]

FAULTS: list[dict[str, Any]] = [
    {"host": "rs", "reset_at": 0},
    {"host": "rs", "status": 599},
    {"host": "rs", "method": "POST", "path": "/batch", "reset_at": 0},
    {"host": "up", "reset_at": 0},
    {"host": "up", "status": 599},
    {"host": "up", "status": 573},
    {"host": "up", "token_expired": True},
    {"host": "up", "reset_request_at": 20},
    {"host": "io", "reset_at": 0},
    {"host": "io", "truncate_at": 1},
    {"host": "io", "alter_at": 0},
    {"host": "io", "stale": True},
    {"host": "rsf", "status": 599},
    {"host": "rsf", "list_empty_page": True},
    {"host": "uc", "status": 599},
]
"""Each fires some times and is over then, unless it is to last."""


def _key(side: Side, number: int) -> str | None:
    keys = sorted(side.contents())
    return keys[number % len(keys)] if keys else None


def _write(side: Side, a: int, b: int, data: bytes) -> None:
    side.write(KEYS[a % len(KEYS)], data)


def _edit(side: Side, a: int, b: int, data: bytes) -> None:
    if (key := _key(side, a)) is not None:
        side.write(key, data)


def _remove(side: Side, a: int, b: int, data: bytes) -> None:
    if (key := _key(side, a)) is not None:
        side.remove(key)


def _rename(side: Side, a: int, b: int, data: bytes) -> None:
    if (key := _key(side, a)) is not None and (target := KEYS[b % len(KEYS)]) != key:
        side.rename(key, target)


def _rename_folder(side: Side, a: int, b: int, data: bytes) -> None:
    source, target = FOLDERS[a % len(FOLDERS)], FOLDERS[b % len(FOLDERS)]
    if not f"{target}/".startswith(f"{source}/"):
        side.rename_folder(source, target)


def _swap(side: Side, a: int, b: int, data: bytes) -> None:
    keys = sorted(side.contents())
    if keys:
        rotate(side, [keys[a % len(keys)], keys[b % len(keys)]])


def _cycle(side: Side, a: int, b: int, data: bytes) -> None:
    keys = sorted(side.contents())
    if len(keys) >= 3:
        rotate(side, [keys[(a + step) % len(keys)] for step in range(3)])


def _chain(side: Side, a: int, b: int, data: bytes) -> None:
    keys = sorted(side.contents())
    if keys:
        shift(side, [keys[(a + step) % len(keys)] for step in range(min(2, len(keys)))], KEYS[b % len(KEYS)])


def _copy(side: Side, a: int, b: int, data: bytes) -> None:
    if (key := _key(side, a)) is not None:
        side.write(KEYS[b % len(KEYS)], side.contents()[key])


def _replace(side: Side, a: int, b: int, data: bytes) -> None:
    """As editors do that rename what they had, and write anew."""
    if (key := _key(side, a)) is not None and (target := KEYS[b % len(KEYS)]) != key:
        side.rename(key, target)
        side.write(key, data)


def _touch(side: Side, a: int, b: int, data: bytes) -> None:
    if (key := _key(side, a)) is not None:
        side.touch(key, (b % 50 + 1) * 10**17)


DEEDS: dict[str, Callable[[Side, int, int, bytes], None]] = {
    "write": _write,
    "edit": _edit,
    "remove": _remove,
    "rename": _rename,
    "rename folder": _rename_folder,
    "swap": _swap,
    "cycle": _cycle,
    "chain": _chain,
    "copy": _copy,
    "replace": _replace,
    "touch": _touch,
}


class Deed(NamedTuple):
    """What somebody does. Numbers choose among what there is: the side, and a key or two."""

    side: int
    name: str
    a: int
    b: int
    data: bytes


def do(shared: Shared, deed: Deed) -> None:
    """One deed on one side."""
    sides = sorted(shared.sides)
    shared.change(sides[deed.side % len(sides)], lambda side: DEEDS[deed.name](side, deed.a, deed.b, deed.data))


def faults(numbers: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """Fault rules from (which, how often) pairs; 0 is for ever."""
    return [FAULTS[which % len(FAULTS)] | ({"times": times} if times else {}) for which, times in numbers]


class Chance:
    """Draws deeds and faults from a seed. Each content is new, so that none can be lost unnoticed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.contents = 0

    def content(self) -> bytes:
        """A content that no file had before, or, seldom, one that many have."""
        self.contents += 1
        if self.random.random() < 0.1:
            return self.random.choice(CONTENTS)
        return b"content %d " % self.contents * self.random.choice((1, 3, 400))

    def deeds(self, shared: Shared, count: int) -> None:
        """Some deeds on any side."""
        for _ in range(count):
            side, a, b = (self.random.randrange(99) for _ in range(3))
            do(shared, Deed(side, self.random.choice(sorted(DEEDS)), a, b, self.content()))
