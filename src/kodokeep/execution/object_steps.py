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
    entry = _sent(uploaded.remote, action.row.file, uploaded.content_hash, run)
    return Step(uploaded.seq, action, None, replace(entry, racy=racy), None, adopted=uploaded.existed)


def copied_object_step(seq: int, action: Action, run: str) -> Step:
    """UPLOAD whose content the bucket copied from another key."""
    known = action.origin.record
    remote = RemoteEntry(
        action.key, known.size_bytes, known.remote_hash, 0, known.mime, known.storage_type, metadata=known.metadata
    )
    return Step(seq, action, None, _known(remote, action, run), None, copied=True)


def moved_object_step(seq: int, action: Action, run: str) -> Step:
    """MOVE_OBJECT: the object has the file's new key (rule 26: recorded with the hash that was planned)."""
    source = action.origin
    entry = _known(replace(source.object, key=action.key), action, run)
    return Step(seq, action, None, entry, None, forgets=None if action.parks else source.key)


def deleted_object_step(seq: int, action: Action) -> Step:
    """DELETE_OBJECT: the object is gone, and its record with it."""
    return Step(seq, action, None, None, None, forgets=action.key)


def _known(remote: RemoteEntry, action: Action, run: str) -> SyncedEntry:
    """The record of an object that got the content of a file by being moved or copied.

    The file was hashed before, unless it is what its record says, and only its object was lost.
    """
    content = action.content
    if content is None:
        return _sent(remote, action.row.file, action.row.record.content_hash, run)
    entry = _sent(remote, action.row.file, content.content_hash, run)
    return replace(entry, stamp=content.stamp, racy=content.racy)


def _sent(remote: RemoteEntry, local: LocalEntry, content_hash: str, run: str) -> SyncedEntry:
    """The record of an object that we made: no answer tells its putTime (rule 16)."""
    return replace(entry_of(remote, local.path, content_hash, run), put_time_ns=None, stamp=local.stamp)
