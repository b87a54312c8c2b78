"""Fingerprint: an action and everything that it rests on, as a short text that approvals and plan files keep (rule 23).

The encoding is our own and must never change: a fingerprint is compared with one that another version wrote.
"""

from collections.abc import Iterator
from hashlib import blake2b

from kodokeep.model.action import Action, Row
from kodokeep.model.entry import LocalContent

_DIGEST_BYTES = 20
_PURPOSE = b"kodokeep action"

_Field = str | int | None


def fingerprint(action: Action) -> str:
    """Hex; equal for equal actions upon equal observations, in every process and version.

    What does not count: a ctime or a putTime alone, whether an unchanged file happened to be hashed, why the action
    came out, in which stage it is performed, and whether the content travels or is copied from another key: the same
    content comes of it, and approvals are compared before the plan knows.
    """
    hasher = blake2b(digest_size=_DIGEST_BYTES, person=_PURPOSE)
    for field in _fields(action):
        hasher.update(_encoded(field))
    return hasher.hexdigest()


def _fields(action: Action) -> Iterator[_Field]:
    """Always the same number of fields, in a fixed order."""
    row = action.row
    yield str(action.kind)
    yield row.key
    yield from (row.remote.hash, row.remote.size_bytes) if row.remote is not None else (None, None)
    yield from _local(row, action.content)
    yield from _synced(row)
    source = None if action.copies else action.source
    yield source.key if source is not None else None
    yield source.remote.hash if source is not None and source.remote is not None else None
    yield from _synced(source) if source is not None else (None, None)


def _local(row: Row, content: LocalContent | None) -> tuple[_Field, _Field, _Field]:
    """Size, mtime and content. A file that is as it was synced has the content on record."""
    if row.local is None:
        return None, None, None
    stamp, content_hash = row.local.stamp, None
    if content is not None:
        content_hash = content.content_hash
    elif row.synced is not None and row.synced.stamp.agrees(stamp):
        content_hash = row.synced.content_hash
    return stamp.size_bytes, stamp.mtime_ns, content_hash


def _synced(row: Row) -> tuple[_Field, _Field]:
    return (row.synced.remote_hash, row.synced.content_hash) if row.synced is not None else (None, None)


def _encoded(field: _Field) -> bytes:
    """No two fields, and no two sequences of them, are encoded alike."""
    if field is None:
        return b"-"
    kind, data = ("i", str(field).encode()) if isinstance(field, int) else ("s", field.encode())
    return f"{kind}{len(data)}:".encode() + data
