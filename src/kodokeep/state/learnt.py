"""Learnt contents: what objects hold whose listed hash cannot be compared, found out by fetching them.

They save the next run from fetching them again. An object that came to be synced needs no such record.
"""

from collections.abc import Iterable

from kodokeep.model.entry import RemoteEntry
from kodokeep.state.database import Database

_PUT = """
    INSERT OR REPLACE INTO learnt (key, remote_hash, size_bytes, put_time_ns, content_hash) VALUES (?, ?, ?, ?, ?)"""
_HASH = """
    SELECT content_hash FROM learnt WHERE key = ? AND remote_hash = ? AND size_bytes = ? AND put_time_ns = ?"""
_DROP_SYNCED = "DELETE FROM learnt WHERE EXISTS (SELECT 1 FROM synced WHERE synced.key = learnt.key)"


class LearntTable:
    """The table `learnt`. Methods that write do so inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, fetched: Iterable[RemoteEntry]) -> None:
        """Record the content hashes of these objects in place of what was learnt of their keys before."""
        self._database.execute_many(_PUT, ((*_content(remote), remote.content_hash) for remote in fetched))

    def hash_of(self, remote: RemoteEntry) -> str | None:
        """The content hash of this very content of this key, if it was recorded."""
        rows = self._database.rows(_HASH, _content(remote))
        return str(rows[0][0]) if rows else None

    def drop_synced(self) -> None:
        """Forget keys that have a synced entry."""
        self._database.execute(_DROP_SYNCED)


def _content(remote: RemoteEntry) -> tuple[str, str, int, int]:
    return remote.key, remote.hash, remote.size_bytes, remote.put_time_ns
