"""A fuse in front of every step of a run that matters: at the chosen one the process is gone, or somebody interferes.

What belongs here: which steps these are. What does not: what must be true afterwards (the tests).
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kodokeep import app
from kodokeep.local.folder import LocalFolder
from kodokeep.local.workshop import Seams
from kodokeep.reporting.runlog import JsonlRunLog
from kodokeep.state.ledger import Ledger
from kodokeep.state.store import StateStore
from tests.e2e.kit import World

WRITES: list[tuple[type, str]] = [
    (StateStore, "begin_run"),
    (StateStore, "remember_settings"),
    (StateStore, "remember_held"),
    (StateStore, "intend"),
    (StateStore, "commit"),
    (StateStore, "add_versions"),
    (StateStore, "close_unfinished"),
    (StateStore, "finish_run"),
    (StateStore, "park"),
    (StateStore, "unpark"),
    (Ledger, "keep_disabled"),
    (Ledger, "remember_thaws"),
    (Ledger, "add_received"),
    (JsonlRunLog, "started"),
    (JsonlRunLog, "sync"),
    (JsonlRunLog, "finished"),
    (app.FolderIdentity, "write"),
    (LocalFolder, "sync"),
    (LocalFolder, "drop_temps"),
    (app.KodoBucket, "stat_many"),
    (app.KodoBucket, "delete_many"),
    (app.KodoBucket, "move_many"),
    (app.KodoBucket, "copy_many"),
    (app.KodoBucket, "thaw_many"),
]
"""Calls that change, or look at, something that lasts: the fuse is asked before and after each."""

TRANSFERS: list[tuple[type, str]] = [(app.KodoBucket, "download"), (app.KodoBucket, "upload")]
"""Here it is asked before each request is taken, and once each result is there and nobody knows of it yet."""


class Crash(BaseException):
    """The process is gone. No handler of errors may catch this, as none could catch a kill."""


class Fuse:
    """Counts steps; burns in front of the one with the chosen number, and crashes unless told to do something else."""

    def __init__(self) -> None:
        self.left = -1
        self.seen: list[str] = []
        self.burn: Callable[[], None] | None = None

    def __call__(self, operation: str) -> None:
        """Called before each step."""
        self.seen.append(operation)
        burns = self.left == 0
        self.left -= 1
        if burns:
            self._burn(operation)

    def set(self, number: int, burn: Callable[[], None] | None = None) -> None:
        """Burn in front of the step with this number, from now on."""
        self.left, self.seen, self.burn = number, [], burn

    def take_out(self) -> None:
        """Burn no more."""
        self.left = -1

    def _burn(self, operation: str) -> None:
        if self.burn is None:
            raise Crash(operation)
        self.burn()


def crash_at(world: World, fuse: Fuse, number: int) -> bool:
    """A run that crashes in front of this step; False if it has none with this number."""
    fuse.set(number)
    try:
        world.tell("run", "--accept-changes", "--json")
    except Crash:
        return True
    finally:
        fuse.take_out()
    return False


@pytest.fixture
def fuse(monkeypatch: pytest.MonkeyPatch) -> Fuse:
    """In front of every disk operation, around each call that writes something or looks at the bucket once more."""
    fuse = Fuse()
    opened = LocalFolder.open

    def open_with_fuse(root: str, **options: Any) -> LocalFolder:
        return opened(root, seams=Seams(checkpoint=fuse), **options)

    monkeypatch.setattr(app.LocalFolder, "open", open_with_fuse)
    for owner, name in WRITES:
        monkeypatch.setattr(owner, name, _fused(getattr(owner, name), fuse, f"{owner.__name__}.{name}"))
    for owner, name in TRANSFERS:
        monkeypatch.setattr(owner, name, _fused_transfer(getattr(owner, name), fuse, f"{owner.__name__}.{name}"))
    return fuse


def _fused(method: Callable[..., Any], fuse: Fuse, name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        fuse(f"before {name}")
        result = method(*args, **kwargs)
        fuse(f"after {name}")
        return result

    return call


def _fused_transfer(method: Callable[..., Any], fuse: Fuse, name: str) -> Callable[..., Any]:
    def taken(requests: Any) -> Iterator[Any]:
        for request in requests:
            fuse(f"taken {name}")
            yield request

    def transfer(bucket: Any, requests: Any, *args: Any) -> Iterator[Any]:
        for result in method(bucket, taken(requests), *args):
            if result is not None:
                fuse(f"given {name}")
            yield result

    return transfer
