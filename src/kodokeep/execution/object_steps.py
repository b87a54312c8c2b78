"""Object steps: what is recorded once the bucket has changed, and how a content is saved before it does.

What belongs here: building the values. What does not: changing the bucket (`uploads`, `moves`, `removals`).
"""

from msgspec.structs import replace

from kodokeep.execution.steps import entry_of
from kodokeep.model.action import Action
from kodokeep.model.entry import LocalEntry, RemoteEntry, SyncedEntry
from kodokeep.model.key import OWN_DIRECTORY, encode
from kodokeep.model.mtime import mtime_ns
from kodokeep.model.outcome import Fetched, Placement, Step, Uploaded, Version
from kodokeep.ports import Folder


def archive_step(seq: int, action: Action, fetched: Fetched, run: str, folder: Folder) -> Step:
    """An object's content goes to history before the bucket loses it (rule 25); the action itself comes later."""
    remote, synced = fetched.remote, action.row.synced
    path = synced.path if synced is not None else encode(action.key)
    location = folder.history_location(run, path)
    temp = fetched.request.temp
    placement = Placement(
        f"{OWN_DIRECTORY}/{location}", temp.rpartition("/")[2], folder.temp_inode(temp), mtime_ns(remote), None, None
    )
    was_synced = synced is not None and synced.remote_hash == remote.hash
    version = Version(
        key=action.key,
        path=path,
        location=location,
        size_bytes=remote.size_bytes,
        mtime_ns=mtime_ns(remote),
        content_hash=fetched.content_hash,
        remote_hash=remote.hash,
        put_time_ns=remote.put_time_ns,
        mime=remote.mime,
        storage_type=remote.storage_type,
        metadata=remote.metadata,
        run_from=synced.run if synced is not None and was_synced else "",
        run_to=run,
        reason=action.reason,
    )
    return Step(seq, action, placement, None, version, last=False)


def uploaded_step(action: Action, uploaded: Uploaded, run: str, *, racy: bool) -> Step:
    """UPLOAD and OVERWRITE: the bucket has what the file holds."""
    local = action.row.local
    assert local is not None
    entry = _sent(uploaded.remote, local, uploaded.content_hash, run)
    return Step(
        uploaded.seq, action, None, replace(entry, racy=racy), None, adopted=uploaded.existed, copied=action.copies
    )


def copied_object_step(seq: int, action: Action, run: str) -> Step:
    """UPLOAD whose content the bucket copied from another key."""
    local, content = action.row.local, action.content
    known = action.source.synced if action.source is not None else None
    assert local is not None
    assert content is not None
    assert known is not None
    remote = RemoteEntry(
        action.key, known.size_bytes, known.remote_hash, 0, known.mime, known.storage_type, metadata=known.metadata
    )
    entry = _sent(remote, local, content.content_hash, run)
    return Step(seq, action, None, replace(entry, stamp=content.stamp, racy=content.racy), None, copied=True)


def moved_object_step(seq: int, action: Action, run: str) -> Step:
    """MOVE_OBJECT: the object has the file's new key (rule 26: recorded with the hash that was planned)."""
    local, content, source = action.row.local, action.content, action.source
    assert local is not None
    assert content is not None
    assert source is not None
    assert source.remote is not None
    entry = _sent(replace(source.remote, key=action.key), local, content.content_hash, run)
    entry = replace(entry, stamp=content.stamp, racy=content.racy)
    return Step(seq, action, None, entry, None, forgets=None if action.parks else source.key)


def deleted_object_step(seq: int, action: Action) -> Step:
    """DELETE_OBJECT: the object is gone, and its record with it."""
    return Step(seq, action, None, None, None, forgets=action.key)


def _sent(remote: RemoteEntry, local: LocalEntry, content_hash: str, run: str) -> SyncedEntry:
    """The record of an object that we made: no answer tells its putTime (rule 16)."""
    return replace(entry_of(remote, local.path, content_hash, run), put_time_ns=None, stamp=local.stamp)
