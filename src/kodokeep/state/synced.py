"""Synced entries: what both sides were when they last agreed on a key."""

from collections.abc import Iterable, Iterator
from typing import Any

from kodokeep.model.entry import Stamp, SyncedEntry
from kodokeep.state.database import Database
from kodokeep.state.metadata import metadata_of, metadata_text

PAGE_ROWS = 1000
"""Rows read at once: few enough to be small, enough for the query to cost nothing."""

_FACTS = (
    "path", "remote_hash", "content_hash", "size_bytes", "put_time_ns", "disk_bytes", "mtime_ns", "ctime_ns", "mime",
    "storage_type", "status", "metadata", "expires_s", "run", "racy", "kept", "inode",
)  # fmt: skip
_COLUMNS = f"key, {', '.join(_FACTS)}"
_SELECT_PAGE = f"SELECT {_COLUMNS} FROM synced WHERE key >= ? AND key < ? ORDER BY key LIMIT {PAGE_ROWS}"  # noqa: S608
_SELECT_ONE = f"SELECT {_COLUMNS} FROM synced WHERE key = ?"  # noqa: S608
_ANY = "SELECT EXISTS (SELECT 1 FROM synced)"
_COUNT = "SELECT count(*) FROM synced WHERE key >= ? AND key < ? AND NOT kept"
_UPSERT = f"""
    INSERT INTO synced ({_COLUMNS}) VALUES (?{", ?" * len(_FACTS)})
    ON CONFLICT (key) DO UPDATE SET {", ".join(f"{fact} = excluded.{fact}" for fact in _FACTS)}"""  # noqa: S608
_DELETE = "DELETE FROM synced WHERE key = ?"


class SyncedTable:
    """The table `synced`, in the byte order of the UTF-8 key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, prefix: str) -> Iterator[SyncedEntry]:
        """Entries whose key starts with `prefix`, ascending; each page is a query of its own (rule 31)."""
        start, end = prefix, after_prefix(prefix)
        while page := self._database.rows(_SELECT_PAGE, (start, end)):
            yield from map(_entry, page)
            start = page[-1][0] + "\0"  # no key sorts between a key and this

    def get(self, key: str) -> SyncedEntry | None:
        """The entry of one key."""
        return next(map(_entry, self._database.rows(_SELECT_ONE, (key,))), None)

    def any(self) -> bool:
        """True if there is an entry at all."""
        return bool(self._database.row(_ANY)[0])

    def count(self, prefix: str) -> int:
        """How many entries there are under `prefix`, kept orphans left out."""
        return int(self._database.row(_COUNT, (prefix, after_prefix(prefix)))[0])

    def put(self, entries: Iterable[SyncedEntry]) -> None:
        """Insert or replace; inside the caller's transaction."""
        self._database.execute_many(_UPSERT, map(_row, entries))

    def remove(self, keys: Iterable[str]) -> None:
        """Delete; inside the caller's transaction."""
        self._database.execute_many(_DELETE, ((key,) for key in keys))

    def clear(self) -> None:
        """Delete all entries."""
        self._database.execute("DELETE FROM synced")

    def totals(self) -> tuple[int, int]:
        """How many entries there are, and the bytes of their contents."""
        objects, size_bytes = self._database.row("SELECT count(*), coalesce(sum(size_bytes), 0) FROM synced")
        return int(objects), int(size_bytes)


def after_prefix(prefix: str) -> str | bytes:
    """The least value above every key that starts with `prefix`, for SQL's `key < ?`.

    That is the prefix with its last code point raised by one, passing over the surrogates, which UTF-8 lacks; a last
    code point that is the highest has no next and is cut off first. If nothing is left there is no bound among
    texts, but SQLite sorts every blob after every text.
    """
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return b""
    last = ord(stem[-1]) + 1
    return stem[:-1] + ("\ue000" if last == 0xD800 else chr(last))


def _entry(row: tuple[Any, ...]) -> SyncedEntry:
    (
        key, path, remote_hash, content_hash, size_bytes, put_time_ns, disk_bytes, mtime_ns, ctime_ns, mime,
        storage_type, status, metadata, expires_s, run, racy, kept, inode,
    ) = row  # fmt: skip
    return SyncedEntry(
        key,
        key if path is None else path,
        remote_hash,
        content_hash,
        size_bytes,
        put_time_ns,
        Stamp(disk_bytes, mtime_ns, ctime_ns, inode),
        mime,
        storage_type,
        status,
        metadata_of(metadata) if metadata else (),
        expires_s,
        run,
        racy == 1,
        kept == 1,
    )


def _row(entry: SyncedEntry) -> tuple[Any, ...]:
    return (
        entry.key,
        None if entry.path == entry.key else entry.path,
        entry.remote_hash,
        entry.content_hash,
        entry.size_bytes,
        entry.put_time_ns,
        *entry.stamp[:3],
        entry.mime,
        entry.storage_type,
        entry.status,
        metadata_text(entry.metadata),
        entry.expires_s,
        entry.run,
        entry.racy,
        entry.kept,
        entry.stamp.inode,
    )
