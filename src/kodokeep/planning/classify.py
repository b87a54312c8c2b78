"""Classify: each side of a row compared with synced, and contents compared with each other (rules 13 and 16)."""

from enum import Enum, auto

from kodokeep.model.action import Row
from kodokeep.model.entry import LocalContent, RemoteEntry, SyncedEntry
from kodokeep.model.qetag import HashKind, hash_kind


class Change(Enum):
    """One side against synced. TOUCHED: the content is the same, something about it is not."""

    ABSENT = auto()
    ADDED = auto()
    UNCHANGED = auto()
    TOUCHED = auto()
    MODIFIED = auto()
    DELETED = auto()


class Sameness(Enum):
    """Whether a file holds an object's bytes. UNKNOWN: no hash of a kind that can be compared."""

    SAME = auto()
    DIFFERENT = auto()
    UNKNOWN = auto()


def needs_content(row: Row) -> bool:
    """True if the local file must be hashed before the row can be judged."""
    remote, local, synced = row.remote, row.local, row.synced
    if local is None:
        return False
    if synced is None:
        return remote is not None and remote.size_bytes == local.stamp.size_bytes
    if synced.racy or not local.stamp.agrees(synced.stamp):
        return True
    return remote is not None and _kind_changed(remote, synced)


def needs_memory(row: Row, content: LocalContent | None) -> bool:
    """True if only an earlier run can have learnt whether a file that was never synced holds the object's bytes."""
    return row.remote is not None and row.synced is None and sameness(row.remote, content) is Sameness.UNKNOWN


def local_change(row: Row, content: LocalContent | None) -> Change:
    """The local side against synced; `content` is there if `needs_content` asked for it.

    The side that a kept orphan is gone from is ABSENT: that was settled when it was kept (rule 21).
    """
    local, synced = row.local, row.synced
    if synced is None:
        return Change.ABSENT if local is None else Change.ADDED
    if local is None:
        return Change.ABSENT if synced.kept else Change.DELETED
    if content is None:
        return Change.UNCHANGED
    if content.content_hash != synced.content_hash:
        return Change.MODIFIED
    return Change.TOUCHED if synced.racy or not content.stamp.agrees(synced.stamp) else Change.UNCHANGED


def remote_change(row: Row, content: LocalContent | None) -> Change:
    """The remote side against synced. A new putTime, type or mime alone is a touch (rule 16).

    The side that a kept orphan is gone from is ABSENT, as with `local_change`.
    """
    remote, synced = row.remote, row.synced
    if synced is None:
        return Change.ABSENT if remote is None else Change.ADDED
    if remote is None:
        return Change.ABSENT if synced.kept else Change.DELETED
    if (remote.hash, remote.size_bytes) == (synced.remote_hash, synced.size_bytes):
        return Change.UNCHANGED if _same_record(remote, synced) else Change.TOUCHED
    if _kind_changed(remote, synced) and local_change(row, content) in (Change.UNCHANGED, Change.TOUCHED):
        return Change.TOUCHED if sameness(remote, content) is Sameness.SAME else Change.MODIFIED
    return Change.MODIFIED


def sameness(remote: RemoteEntry, content: LocalContent | None) -> Sameness:
    """Compare an object with a hashed file, equal kinds only; then by md5; then by what an earlier run learnt.

    Never by size alone (protocol §9.3).
    """
    if content is None or remote.size_bytes != content.stamp.size_bytes:
        return Sameness.DIFFERENT
    match hash_kind(remote.hash):
        case HashKind.V1:
            return _verdict(same=content.content_hash == remote.hash)
        case HashKind.V2 if content.same_parts_hash is not None:
            return _verdict(same=content.same_parts_hash == remote.hash)
        case _ if remote.md5 is not None:
            return _verdict(same=content.md5 == remote.md5)
        case _ if remote.content_hash is not None:
            return _verdict(same=content.content_hash == remote.content_hash)
        case _:
            return Sameness.UNKNOWN


def _verdict(*, same: bool) -> Sameness:
    return Sameness.SAME if same else Sameness.DIFFERENT


def _kind_changed(remote: RemoteEntry, synced: SyncedEntry) -> bool:
    """Same size, and a hash of another kind: the bytes may well be the same (protocol §9.3)."""
    if remote.hash == synced.remote_hash or remote.size_bytes != synced.size_bytes:
        return False
    return hash_kind(remote.hash) is not hash_kind(synced.remote_hash)


def _same_record(remote: RemoteEntry, synced: SyncedEntry) -> bool:
    """What our own uploads, moves and copies left behind has any putTime: none was reported (rule 16)."""
    return (
        synced.put_time_ns in (None, remote.put_time_ns)
        and remote.mime == synced.mime
        and remote.storage_type == synced.storage_type
        and remote.status == synced.status
        and remote.metadata == synced.metadata
        and remote.expires_s in (None, synced.expires_s)  # listings leave it out (protocol §3.1)
        and not synced.kept
    )
