"""Versions: contents that left the tree, and where in history they are."""

from collections.abc import Iterable
from typing import Any

from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import Version
from kodokeep.state.database import Database
from kodokeep.state.metadata import metadata_text

_COLUMNS = (
    "key, run_to, location, path, size_bytes, mtime_ns, content_hash, remote_hash, put_time_ns, mime, storage_type,"
    " metadata, run_from, reason"
)
_INSERT = f"INSERT OR REPLACE INTO versions ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608
_HAS_LOCATION = "SELECT EXISTS (SELECT 1 FROM versions WHERE location = ?)"
_LOCATIONS = "SELECT location FROM versions WHERE key = ? AND remote_hash = ? AND size_bytes = ? ORDER BY run_to DESC"
# Several versions may share one file (rule 11).
_TOTALS = (
    "SELECT count(*), coalesce(sum(size_bytes), 0) FROM (SELECT max(size_bytes) AS size_bytes FROM versions"
    " GROUP BY location)"
)


class VersionTable:
    """The table `versions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, versions: Iterable[Version]) -> None:
        """Record versions, once each however often they come; inside the caller's transaction."""
        self._database.execute_many(_INSERT, map(_row, versions))

    def has_location(self, location: str) -> bool:
        """True if some version refers to this place of history."""
        return bool(self._database.row(_HAS_LOCATION, (location,))[0])

    def locations_of(self, remote: RemoteEntry) -> list[str]:
        """Where in history this very content of this key is, the newest place first."""
        rows = self._database.rows(_LOCATIONS, (remote.key, remote.hash, remote.size_bytes))
        return [str(location) for (location,) in rows]

    def totals(self) -> tuple[int, int]:
        """How many files history has, and their bytes."""
        contents, size_bytes = self._database.row(_TOTALS)
        return int(contents), int(size_bytes)


def _row(version: Version) -> tuple[Any, ...]:
    return (
        version.key,
        version.run_to,
        version.location,
        version.path,
        version.size_bytes,
        version.mtime_ns,
        version.content_hash,
        version.remote_hash,
        version.put_time_ns,
        version.mime,
        version.storage_type,
        metadata_text(version.metadata),
        version.run_from,
        version.reason,
    )
