"""Steps: an action made concrete as a file operation, the record that follows, and the version that leaves.

What belongs here: building the values of what changes the folder or records only. What does not: steps about objects
(`object_steps`), performing them (`commit`), fetching bytes (`downloads`).
"""

from msgspec.structs import replace

from kodokeep.model.action import Action, ActionKind, Row
from kodokeep.model.entry import LocalContent, LocalEntry, RemoteEntry, Stamp, SyncedEntry
from kodokeep.model.mtime import mtime_ns
from kodokeep.model.outcome import Fetched, Placement, Step, Verification, Version
from kodokeep.ports import Folder

UNSTAMPED = Stamp(0, 0, 0)
"""Stands in a record until the file is in its place."""


def record_step(seq: int, action: Action, run: str) -> Step:
    """TOUCH, ADOPT, KEEP and FORGET: only what is remembered changes."""
    row = action.row
    match action.kind:
        case ActionKind.FORGET:
            return Step(seq, action, None, None, None, forgets=action.key)
        case ActionKind.KEEP:
            return Step(seq, action, None, replace(row.record, kept=True, run=run), None)
        case _:
            return Step(seq, action, None, _adopted(row, action.content, run), None)


def delete_step(seq: int, action: Action, run: str, folder: Folder) -> Step:
    """DELETE: the file goes to history and its record with it."""
    local = action.row.file
    location = folder.history_location(run, local.path)
    placement = Placement(local.path, None, 0, 0, local.stamp, location)
    return Step(seq, action, placement, None, _version(action, location, run), forgets=action.key)


def adopted_step(action: Action, fetched: Fetched, run: str) -> Step:
    """A fetched object whose bytes are just what the file holds: record it, keep the file."""
    local = action.row.file
    entry = entry_of(fetched.remote, local.path, fetched.content_hash, run)
    stamp, racy = _seen(local, action.content)
    return Step(fetched.request.seq, action, None, replace(entry, stamp=stamp, racy=racy), None, adopted=True)


def conflict_steps(action: Action, fetched: Fetched, conflict_path: str, run: str, folder: Folder) -> list[Step]:
    """CONFLICT: the local file makes room under its conflict name; the bucket's content takes the key (rule 24)."""
    local = action.row.file
    seq = fetched.request.seq
    away = moved_file(local.path, conflict_path, local.stamp, folder)
    temp = fetched.request.temp
    placement = Placement(
        local.path, temp.rpartition("/")[2], folder.temp_inode(temp), mtime_ns(fetched.remote), None, None
    )
    entry = entry_of(fetched.remote, local.path, fetched.content_hash, run)
    return [
        Step(seq, action, away, None, None, last=False),
        Step(seq, action, placement, entry, None, detail=f"the local content is now {conflict_path}"),
    ]


def moved_file_step(seq: int, action: Action, paths: tuple[str, str], run: str, folder: Folder) -> Step:
    """MOVE: the file follows its object to the new key; `paths` are where it is and where it goes to."""
    source = action.origin
    from_path, to_path = paths
    entry = entry_of(action.row.object, to_path, source.record.content_hash, run)
    entry = replace(entry, expires_s=_expiry(action.row.object, source.record))
    placement = moved_file(from_path, to_path, source.file.stamp, folder)
    return Step(seq, action, placement, entry, None, forgets=None if action.parks else source.key)


def parked_file_step(seq: int, action: Action, parking_path: str, folder: Folder) -> Step:
    """The first half of a MOVE that closes a cycle: the file waits where no key is."""
    source = action.origin
    placement = moved_file(source.file.path, parking_path, source.file.stamp, folder)
    return Step(seq, action, placement, None, None, forgets=source.key, last=False)


def moved_file(from_path: str, to_path: str, stamp: Stamp, folder: Folder) -> Placement:
    """A file of the tree takes a free path, as it is."""
    inode = folder.inode(from_path)
    return Placement(to_path, None, inode, stamp.mtime_ns, None, None, source=from_path, source_stamp=stamp)


def place_step(action: Action, fetched: Fetched, run: str, folder: Folder) -> Step:
    """DOWNLOAD and REPLACE: the fetched file takes its place; what stood there goes to history."""
    local, synced = action.row.local, action.row.synced
    expected, location, version = None, None, None
    if local is None:
        path = folder.allocate(action.key, synced.path if synced else None)
    else:
        path, expected = local.path, local.stamp
        location = folder.history_location(run, path)
        version = _version(action, location, run)
    placement = Placement(
        path=path,
        temp=fetched.request.temp.rpartition("/")[2],
        temp_inode=folder.temp_inode(fetched.request.temp),
        mtime_ns=mtime_ns(fetched.remote),
        expected=expected,
        history=location,
    )
    entry = entry_of(fetched.remote, path, fetched.content_hash, run)
    detail = "" if fetched.verification is Verification.HASH else f"verified by {fetched.verification} only"
    return Step(fetched.request.seq, action, placement, entry, version, detail=detail)


def entry_of(remote: RemoteEntry, path: str, content_hash: str, run: str) -> SyncedEntry:
    """What is recorded of an object whose bytes the file at `path` holds; the stamp is filled in later."""
    return SyncedEntry(
        key=remote.key,
        path=path,
        remote_hash=remote.hash,
        content_hash=content_hash,
        size_bytes=remote.size_bytes,
        put_time_ns=remote.put_time_ns,
        stamp=UNSTAMPED,
        mime=remote.mime,
        storage_type=remote.storage_type,
        status=remote.status,
        metadata=remote.metadata,
        expires_s=remote.expires_s,
        run=run,
    )


def _adopted(row: Row, content: LocalContent | None, run: str) -> SyncedEntry:
    """The record of a file that stays as it is. A touch keeps the run that brought the content."""
    content_hash = content.content_hash if content is not None else row.record.content_hash
    since = row.synced.run if row.synced is not None and row.synced.content_hash == content_hash else run
    entry = entry_of(row.object, row.file.path, content_hash, since)
    stamp, racy = _seen(row.file, content)
    return replace(entry, stamp=stamp, racy=racy, expires_s=_expiry(row.object, row.synced))


def _expiry(remote: RemoteEntry, synced: SyncedEntry | None) -> int | None:
    """When the object expires: a listing leaves it out, so what is on record of the same content still counts."""
    known = synced is not None and synced.remote_hash == remote.hash
    return synced.expires_s if synced is not None and known and remote.expires_s is None else remote.expires_s


def _seen(local: LocalEntry, content: LocalContent | None) -> tuple[Stamp, bool]:
    return (content.stamp, content.racy) if content is not None else (local.stamp, False)


def _version(action: Action, location: str, run: str) -> Version:
    """What leaves the tree. An edited file has no object of its own, so only its bytes are described."""
    local, synced, content = action.row.file, action.row.synced, action.content
    was_synced = synced is not None and (content is None or content.content_hash == synced.content_hash)
    origin = synced if was_synced else None
    return Version(
        key=action.key,
        path=local.path,
        location=location,
        size_bytes=local.stamp.size_bytes,
        mtime_ns=local.stamp.mtime_ns,
        content_hash=content.content_hash if content else (synced.content_hash if synced else ""),
        remote_hash=origin.remote_hash if origin else "",
        put_time_ns=origin.put_time_ns if origin else None,
        mime=origin.mime if origin else "",
        storage_type=origin.storage_type if origin else 0,
        metadata=origin.metadata if origin else (),
        run_from=origin.run if origin else "",
        run_to=run,
        reason=action.reason,
    )
