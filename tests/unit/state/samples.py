"""Values with every field filled in, so that a field that is lost on the way shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.entry import (
    LocalContent,
    LocalEntry,
    Obstacle,
    ObstacleKind,
    RemoteEntry,
    Stamp,
    SyncedEntry,
)
from kodokeep.model.outcome import Placement, Step, Version
from kodokeep.state.store import StateStore

RUN = "20261122T030000Z"
NEXT_RUN = "20261129T030000Z"
STAMP = Stamp(11, 1_700_000_000_000_000_001, 1_700_000_000_000_000_002)
METADATA = (("x-qn-meta-b", 'ü"\n'), ("x-qn-meta-a", ""))

HOSTILE_KEYS = (
    "", "\0", "\0\0", "a", "a\0", "a\0b", "a/", "a/b", "a0", "A", "%", "_", "ä", "\ud7ff", "\ue000", "\uffff",
    "\U00010000", "\U0010ffff", "\U0010ffff\0", "\U0010ffff\U0010ffff", "a\U0010ffff", "a\U0010ffffb",
)  # fmt: skip


def remote(key: str = "k", size_bytes: int = 11) -> RemoteEntry:
    return RemoteEntry(
        key,
        size_bytes,
        "lhash",
        1_700_000_000_000_000_100,
        "image/png",
        1,
        1,
        2,
        "md5",
        METADATA,
        (4, 7),
        1_800_000_000,
        "Fhash",
    )


def local(key: str = "k", stamp: Stamp = STAMP) -> LocalEntry:
    return LocalEntry(key, f"{key}%%", stamp)


def synced(key: str = "k", **fields: object) -> SyncedEntry:
    values: dict[str, object] = {
        "path": f"{key}%%",
        "remote_hash": "lhash",
        "content_hash": "Fhash",
        "size_bytes": 12,
        "put_time_ns": 1_700_000_000_000_000_100,
        "stamp": STAMP,
        "mime": "image/png",
        "storage_type": 1,
        "status": 1,
        "metadata": METADATA,
        "expires_s": 1_800_000_000,
        "run": RUN,
        "racy": True,
        "kept": True,
    }
    return SyncedEntry(key, **(values | fields))  # type: ignore[arg-type]


def action(key: str = "k", kind: ActionKind = ActionKind.REPLACE, reason: Reason = Reason.CHANGED) -> Action:
    obstacle = Obstacle(key, "link", ObstacleKind.SYMLINK, "in the way", covers_prefix=True)
    row = Row(key, remote(key), local(key), synced(key), obstacle)
    return Action(kind, reason, row, LocalContent("Fhash", "md5", STAMP, "nhash"))


def version(key: str = "k", location: str = f"history/{RUN}/k", run_to: str = RUN, size_bytes: int = 11) -> Version:
    return Version(
        key, key, location, size_bytes, 1, "Fhash", "lhash", 1_700_000_000_000_000_100, "image/png", 1, METADATA,
        "20261115T030000Z", run_to, "changed",
    )  # fmt: skip


def step(key: str = "k", seq: int = 1, **fields: object) -> Step:
    """A step that puts the synced entry of `key`; `synced=None` makes it one that forgets it."""
    values: dict[str, object] = {
        "action": action(key),
        "placement": Placement(f"{key}%%", "temp", 42, 7, STAMP, f"history/{RUN}/{key}"),
        "synced": synced(key),
        "version": None,
        "adopted": True,
        "detail": "fine",
        "forgets": None if fields.get("synced", key) is not None else key,
    }
    return Step(seq, **(values | fields))  # type: ignore[arg-type]


@contextmanager
def opened(directory: Path) -> Iterator[StateStore]:
    """A state for a run that does not wait for others."""
    with StateStore.open(directory / "state.db", busy_timeout_s=0) as store:
        yield store
