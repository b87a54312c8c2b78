"""The store that survives: metadata in SQLite, contents as plain files (`contents.py`).

The row is the commit: a content is complete on disk before a row names it, and is removed after no row does. What a
crash leaves in between is unnamed and swept when the store opens next. An object is one document, so that a page of a
listing costs a thousand small decodings and not fifteen thousand columns.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Final

import msgspec

from kodo_emulator.store.contents import ContentFiles, IncomingFile, finish_in_thread, join_files
from kodo_emulator.store.interface import Bucket, Part, StoredObject, Totals, Upload

SCHEMA_VERSION = 2

_SCHEMA = """
CREATE TABLE buckets (
    name TEXT PRIMARY KEY, document BLOB NOT NULL, count INTEGER NOT NULL, size_bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
CREATE TABLE previous (
    bucket TEXT NOT NULL, key TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
CREATE TABLE uploads (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT, created_s REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, size_bytes INTEGER NOT NULL, etag TEXT NOT NULL,
    content TEXT NOT NULL, put_time_s INTEGER NOT NULL, PRIMARY KEY (upload, number)) WITHOUT ROWID;
CREATE TABLE ports (listener TEXT PRIMARY KEY, port INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE sessions (id INTEGER PRIMARY KEY, clean INTEGER NOT NULL);
"""

_BUCKETS = "SELECT document FROM buckets"
_PUT_BUCKET = "INSERT INTO buckets VALUES (?, ?, 0, 0) ON CONFLICT (name) DO UPDATE SET document = excluded.document"
_ADD_TO_TOTALS = "UPDATE buckets SET count = count + ?, size_bytes = size_bytes + ? WHERE name = ?"
_PUT = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?)"
_FIND = "SELECT document FROM objects WHERE bucket = ? AND key = ?"
_FIND_PREVIOUS = "SELECT document FROM previous WHERE bucket = ? AND key = ?"
_SCAN = "SELECT document FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"
_LAST_KEY = "SELECT key FROM objects WHERE bucket = ? AND key < ? ORDER BY key DESC LIMIT 1"
_KEEP_PREVIOUS = "INSERT INTO previous SELECT * FROM objects WHERE bucket = ? AND key = ?"
_DELETE = "DELETE FROM objects WHERE bucket = ? AND key = ? RETURNING document"
_DELETE_PREVIOUS = "DELETE FROM previous WHERE bucket = ? AND key = ? RETURNING document"
_OLD_UPLOADS = "SELECT * FROM uploads WHERE substr(id, 1, ?) = ? AND created_s < ? LIMIT ?"
_ALL_DOCUMENTS = "SELECT document FROM objects UNION ALL SELECT document FROM previous"

# In SQLite every BLOB sorts after every TEXT, so this is above all keys.
_ABOVE_ALL_KEYS: Final = b""


class StoreInUseError(Exception):
    """Another process has the data directory open."""


class StoreFormatError(Exception):
    """The data directory was made by another version of the emulator, or is damaged."""


class DiskStore:
    """A `Store` in a directory, which one process at a time may open.

    `sync=False` leaves it to the system when bytes reach the disk: a killed process loses nothing, a power cut may.

    Raises:
        StoreInUseError, StoreFormatError: when it cannot be opened.
    """

    def __init__(self, root: Path, *, sync: bool = True) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._lock = _lock_directory(root)
        self._db = _open_database(root / "kodo.db", sync=sync)
        was_closed = self._db.execute("SELECT 1 FROM sessions WHERE NOT clean").fetchone() is None
        session = self._db.execute("INSERT INTO sessions (clean) VALUES (0) RETURNING id").fetchone()[0]
        self._session: int = session
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(StoredObject).decode
        documents = (msgspec.json.decode(row[0], type=Bucket) for row in self._db.execute(_BUCKETS))
        self._buckets = {bucket.name: bucket for bucket in documents}
        self._files = ContentFiles(root, session, sync=sync)
        if not was_closed:
            self._sweep()

    def close(self) -> None:
        self._db.execute("DELETE FROM sessions WHERE id < ?", (self._session,))
        self._db.execute("UPDATE sessions SET clean = 1")
        self._db.close()
        os.close(self._lock)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside become durable together, or not at all. Not to be nested."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def buckets(self) -> Sequence[Bucket]:
        return sorted(self._buckets.values(), key=lambda bucket: bucket.name)

    def bucket(self, name: str) -> Bucket | None:
        return self._buckets.get(name)

    def put_bucket(self, bucket: Bucket) -> None:
        self._db.execute(_PUT_BUCKET, (bucket.name, msgspec.json.encode(bucket)))
        self._buckets[bucket.name] = bucket

    def drop_bucket(self, name: str) -> None:
        with self.transaction():
            dropped: list[str] = []
            for table in ("objects", "previous"):
                rows = self._db.execute(f"DELETE FROM {table} WHERE bucket = ? RETURNING document", (name,))  # noqa: S608
                dropped += self._contents(rows)
            parts = "DELETE FROM parts WHERE upload IN (SELECT id FROM uploads WHERE bucket = ?) RETURNING content"
            dropped += [content for (content,) in self._db.execute(parts, (name,)).fetchall()]
            self._db.execute("DELETE FROM uploads WHERE bucket = ?", (name,))
            self._db.execute("DELETE FROM buckets WHERE name = ?", (name,))
        self._buckets.pop(name, None)
        self._remove_files(dropped)

    def totals(self, bucket: str) -> Totals:
        row = self._db.execute("SELECT count, size_bytes FROM buckets WHERE name = ?", (bucket,)).fetchone()
        return Totals(*row) if row else Totals()

    def port(self, listener: str) -> int:
        row = self._db.execute("SELECT port FROM ports WHERE listener = ?", (listener,)).fetchone()
        return row[0] if row else 0

    def keep_port(self, listener: str, port: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO ports VALUES (?, ?)", (listener, port))

    def find(self, bucket: str, key: str) -> StoredObject | None:
        row = self._db.execute(_FIND, (bucket, key)).fetchone()
        return self._decode(row[0]) if row else None

    def find_previous(self, bucket: str, key: str) -> StoredObject | None:
        row = self._db.execute(_FIND_PREVIOUS, (bucket, key)).fetchone()
        return self._decode(row[0]) if row else None

    def scan(self, bucket: str, start: str, end: str | None, limit: int) -> Sequence[StoredObject]:
        rows = self._db.execute(_SCAN, (bucket, start, _ABOVE_ALL_KEYS if end is None else end, limit))
        return [self._decode(document) for (document,) in rows.fetchall()]

    def last_key_before(self, bucket: str, end: str | None) -> str | None:
        row = self._db.execute(_LAST_KEY, (bucket, _ABOVE_ALL_KEYS if end is None else end)).fetchone()
        return row[0] if row else None

    def receive(self) -> IncomingFile:
        return IncomingFile(self._files)

    @property
    def files(self) -> ContentFiles:
        """Where contents live, for those who fill a store from outside (`load.py`)."""
        return self._files

    def put(self, bucket: str, stored: StoredObject) -> None:
        with self.transaction():
            dropped = self._replace(bucket, stored)
        self._remove_files(dropped)

    def put_many(self, bucket: str, many: Sequence[StoredObject]) -> None:
        """Put all of them in one transaction."""
        with self.transaction():
            dropped = [content for stored in many for content in self._replace(bucket, stored)]
        self._remove_files(dropped)

    def update(self, bucket: str, stored: StoredObject) -> None:
        self._db.execute(_PUT, (bucket, stored.key, self._encode(stored)))

    def copy_content(self, stored: StoredObject) -> str:
        return self._files.link(stored.content)

    def move(self, source: tuple[str, str], target_bucket: str, stored: StoredObject) -> None:
        with self.transaction():
            dropped = self._replace(target_bucket, stored)
            dropped += self._forget_previous(*source)
            self._db.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", source)
        self._remove_files(dropped)

    def delete(self, bucket: str, key: str) -> None:
        with self.transaction():
            dropped = self._forget_previous(bucket, key)
            dropped += self._contents(self._db.execute(_DELETE, (bucket, key)))
        self._remove_files(dropped)

    def open(self, content: str) -> FileIO:
        return self._files.open(content)

    def add_upload(self, upload: Upload) -> None:
        self._db.execute(
            "INSERT INTO uploads VALUES (?, ?, ?, ?)", (upload.id, upload.bucket, upload.key, upload.created_s)
        )

    def find_upload(self, upload_id: str) -> Upload | None:
        row = self._db.execute("SELECT * FROM uploads WHERE id = ?", (upload_id,)).fetchone()
        return Upload(*row) if row else None

    def old_uploads(self, id_prefix: str, before_s: float, limit: int) -> Sequence[Upload]:
        rows = self._db.execute(_OLD_UPLOADS, (len(id_prefix), id_prefix, before_s, limit))
        return [Upload(*row) for row in rows.fetchall()]

    def put_part(self, upload_id: str, part: Part) -> None:
        place = (upload_id, part.number)
        with self.transaction():
            rows = self._db.execute("SELECT content FROM parts WHERE upload = ? AND number = ?", place).fetchall()
            self._db.execute(
                "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)",
                (*place, part.size_bytes, part.etag, part.content, part.put_time_s),
            )
        self._remove_files([content for (content,) in rows])

    def parts(self, upload_id: str) -> Sequence[Part]:
        rows = self._db.execute(
            "SELECT number, size_bytes, etag, content, put_time_s FROM parts WHERE upload = ? ORDER BY number",
            (upload_id,),
        )
        return [Part(*row) for row in rows]

    async def join(self, parts: Sequence[Part]) -> str:
        joined = self.receive()
        contents = [part.content for part in parts]
        try:
            return await finish_in_thread(lambda: join_files(self._files, contents, joined))
        except BaseException:
            joined.discard()
            raise

    def drop_content(self, content: str) -> None:
        self._files.remove(content)

    def drop_upload(self, upload_id: str) -> None:
        with self.transaction():
            self._db.execute("DELETE FROM uploads WHERE id = ?", (upload_id,))
            rows = self._db.execute("DELETE FROM parts WHERE upload = ? RETURNING content", (upload_id,)).fetchall()
        self._remove_files([content for (content,) in rows])

    def _replace(self, bucket: str, stored: StoredObject) -> list[str]:
        """Put a row and give the contents that nothing refers to any more."""
        place = (bucket, stored.key)
        dropped = self._forget_previous(*place)
        self._db.execute(_KEEP_PREVIOUS, place)
        self._db.execute(_PUT, (bucket, stored.key, self._encode(stored)))
        return dropped

    def _forget_previous(self, bucket: str, key: str) -> list[str]:
        return self._contents(self._db.execute(_DELETE_PREVIOUS, (bucket, key)))

    def _contents(self, documents: sqlite3.Cursor) -> list[str]:
        return [self._decode(document).content for (document,) in documents.fetchall()]

    def _remove_files(self, contents: Sequence[str]) -> None:
        for content in contents:
            self._files.remove(content)

    def _sweep(self) -> None:
        """Remove contents that a killed process left without a row."""
        used = {self._decode(document).content for (document,) in self._db.execute(_ALL_DOCUMENTS)}
        used.update(content for (content,) in self._db.execute("SELECT content FROM parts"))
        self._remove_files([name for name in self._files.names() if name not in used])


def _lock_directory(root: Path) -> int:
    descriptor = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreInUseError(f"{root} is in use by another kodo-emulator") from error
    return descriptor


def _open_database(path: Path, *, sync: bool) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        _prepare_database(db, path, sync=sync)
    except sqlite3.DatabaseError as error:
        db.close()
        raise StoreFormatError(f"{path} cannot be read: {error}") from error
    except StoreFormatError:
        db.close()
        raise
    return db


def _prepare_database(db: sqlite3.Connection, path: Path, *, sync: bool) -> None:
    db.execute("PRAGMA locking_mode = EXCLUSIVE")  # The directory is locked already: no lock for every statement.
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA synchronous = {'FULL' if sync else 'OFF'}")
    db.execute("PRAGMA cache_size = -65536")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    elif version != SCHEMA_VERSION:
        raise StoreFormatError(f"{path} has format {version}; this emulator reads format {SCHEMA_VERSION}")
