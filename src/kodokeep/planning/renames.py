"""Renames and copies (rules 20, 27): what of an action left a key or arrived at one, and what a pair of them becomes.

What belongs here: one action, or the two of a pair. What does not: finding the pairs among all actions (`state`).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.entry import SyncedEntry
from kodokeep.model.mime import OCTET_STREAM, mime_of_name
from kodokeep.model.mtime import LAST_MODIFIED
from kodokeep.model.options import Deletions, Mode, Policy


class Side(StrEnum):
    """Where a content left or arrived. What follows from it happens on the other side."""

    LOCAL = "local"
    REMOTE = "remote"


class Content(NamedTuple):
    """Equal values are equal contents. An empty `hash`: the file was not hashed yet."""

    hash: str
    size_bytes: int


class Trace(NamedTuple):
    """What an action says about contents.

    `left` was synced and is gone from the key on `side`; `brought` is what the action gives the other side. A rename
    may end here only if it `arrives`. The other side of a key with `left` is unchanged, so a key that both arrives and
    has `left` is occupied there until that content moves away.
    """

    side: Side | None = None
    left: Content | None = None
    brought: Content | None = None
    arrives: bool = False


_LEAVES: Mapping[tuple[ActionKind, Reason], Side] = {
    (ActionKind.DOWNLOAD, Reason.LOST): Side.LOCAL,
    (ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY): Side.LOCAL,
    (ActionKind.KEEP, Reason.GONE_LOCALLY): Side.LOCAL,
    (ActionKind.OVERWRITE, Reason.EDITED): Side.LOCAL,
    (ActionKind.UPLOAD, Reason.LOST_OBJECT): Side.REMOTE,
    (ActionKind.DELETE, Reason.GONE): Side.REMOTE,
    (ActionKind.KEEP, Reason.GONE): Side.REMOTE,
    (ActionKind.REPLACE, Reason.CHANGED): Side.REMOTE,
}
_ARRIVES: Mapping[tuple[ActionKind, Reason], Side] = {
    (ActionKind.UPLOAD, Reason.NEW): Side.LOCAL,
    (ActionKind.OVERWRITE, Reason.EDITED): Side.LOCAL,
    (ActionKind.DOWNLOAD, Reason.NEW): Side.REMOTE,
    (ActionKind.REPLACE, Reason.CHANGED): Side.REMOTE,
}
_CHANGES_BUCKET = frozenset({ActionKind.UPLOAD, ActionKind.OVERWRITE, ActionKind.MOVE_OBJECT, ActionKind.CONFLICT})
_CHANGES_FOLDER = frozenset({ActionKind.DOWNLOAD, ActionKind.REPLACE, ActionKind.MOVE, ActionKind.CONFLICT})


def renaming_sides(policy: Policy) -> frozenset[Side]:
    """The sides whose renames are followed on the other one: where the mode writes, and never under `keep`."""
    if policy.deletions is Deletions.KEEP:
        return frozenset()
    match policy.mode:
        case Mode.BACKUP:
            return frozenset({Side.REMOTE})
        case Mode.PUBLISH:
            return frozenset({Side.LOCAL})
        case Mode.SYNC:
            return frozenset(Side)


def may_leave(kind: ActionKind, reason: Reason) -> Side | None:
    """The side where a content can have left the key of such an action."""
    return _LEAVES.get((kind, reason))


def may_arrive(kind: ActionKind, reason: Reason) -> Side | None:
    """The side where a rename can have ended at the key of such an action."""
    return _ARRIVES.get((kind, reason))


def trace(action: Action) -> Trace:
    """What the action says about contents, whatever the mode."""
    brought = _brought(action)
    name = (action.kind, action.reason)
    leaves, arrives = _LEAVES.get(name), _ARRIVES.get(name)
    if leaves is None:
        return Trace(arrives, None, brought, arrives is not None)
    left = _left(action.row, action, leaves)
    # The other side moved as well, or nothing is known to have moved: no rename begins or ends here.
    if left is None or not left.hash or (arrives is not None and left == brought):
        return Trace(None, None, brought)
    return Trace(leaves, left, brought, arrives is not None)


def stays(action: Action) -> tuple[bool, bool]:
    """Whether bucket and folder hold the synced content of the key until all transfers are done: deletions come last,
    so they do not count.
    """
    row = action.row
    if row.synced is None:
        return False, False
    in_bucket = action.kind not in _CHANGES_BUCKET and _remote_unchanged(row)
    in_folder = action.kind not in _CHANGES_FOLDER and _local_unchanged(row, action)
    return in_bucket, in_folder


def move(source: Row, arrival: Action, *, stage: int, parks: bool) -> Action:
    """The pair as one action. What the file at the target held before says nothing about the one that moves there."""
    if arrival.kind in (ActionKind.UPLOAD, ActionKind.OVERWRITE):
        kind, content = ActionKind.MOVE_OBJECT, arrival.content
    else:
        kind, content = ActionKind.MOVE, None
    return Action(kind, Reason.RENAMED, arrival.row, content, source, stage, parks)


def vacated(departure: Action) -> Action | None:
    """What is left to do about a key once its content has moved away; None if it was there only to be removed.

    A new content comes to a key that is free by then, and which was counted with the move.
    """
    match departure.kind:
        case ActionKind.OVERWRITE:
            row = replace(departure.row, remote=None)
            return Action(ActionKind.UPLOAD, Reason.EDITED, row, departure.content)
        case ActionKind.REPLACE:
            return Action(ActionKind.DOWNLOAD, Reason.CHANGED, replace(departure.row, local=None))
        case _:
            return None


def fits(action: Action, entry: SyncedEntry) -> bool:
    """True if the action can copy from the key of `entry`, whose content is the right one.

    A server-side copy takes everything else of its source along, so that must be what an upload would have set.
    """
    if action.kind is not ActionKind.UPLOAD:
        return True
    if entry.status != 0 or entry.storage_type in (2, 3) or entry.expires_s is not None:
        return False
    if any(name != LAST_MODIFIED for name, _ in entry.metadata):
        return False
    extension, mime = _extension(action.key), mime_of_name(action.key) or OCTET_STREAM
    return entry.mime == mime or (extension != "" and extension == _extension(entry.key))


def with_source(action: Action, entry: SyncedEntry) -> Action:
    """The same action, copying from the key of `entry`."""
    return replace(action, source=Row(entry.key, None, None, entry))


def _brought(action: Action) -> Content | None:
    row = action.row
    match action.kind:
        case ActionKind.DOWNLOAD | ActionKind.REPLACE:
            if row.remote is None or action.reason is Reason.UNVERIFIABLE:
                return None
            return Content(row.remote.hash, row.remote.size_bytes)
        case ActionKind.UPLOAD | ActionKind.OVERWRITE:
            return _file_content(action)
        case _:
            return None


def _file_content(action: Action) -> Content | None:
    row, content = action.row, action.content
    if content is not None:
        return Content(content.content_hash, content.stamp.size_bytes)
    if action.reason is Reason.LOST_OBJECT and row.synced is not None:
        return Content(row.synced.content_hash, row.synced.size_bytes)
    return Content("", row.local.stamp.size_bytes) if row.local is not None else None


def _left(row: Row, action: Action, side: Side) -> Content | None:
    """The synced content, if `side` alone has it no more."""
    synced = row.synced
    if synced is None or synced.kept:
        return None
    if side is Side.LOCAL:
        return Content(synced.content_hash, synced.size_bytes) if _remote_unchanged(row) else None
    if row.local is not None and row.local.link:  # not ours to rename
        return None
    return Content(synced.remote_hash, synced.size_bytes) if _local_unchanged(row, action) else None


def _remote_unchanged(row: Row) -> bool:
    remote, synced = row.remote, row.synced
    if remote is None or synced is None:
        return False
    return (remote.hash, remote.size_bytes) == (synced.remote_hash, synced.size_bytes)


def _local_unchanged(row: Row, action: Action) -> bool:
    if row.local is None or row.synced is None:
        return False
    return action.content is None or action.content.content_hash == row.synced.content_hash


def _extension(key: str) -> str:
    return key.rpartition("/")[2].rpartition(".")[2].lower() if "." in key.rpartition("/")[2] else ""
