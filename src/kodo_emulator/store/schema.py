"""The tables of a disk store: how they look, how a database is opened, how those of earlier versions are taken over.

What the rows mean is in `disk.py`, `shards`, `named` and `doomed` in `ledger.py`, `small` in `small.py`.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from kodo_emulator.store.interface import Bucket, StoredObject

SCHEMA_VERSION = 3

# An id is never given again, since the objects of a dropped bucket go later than the bucket.
_SCHEMA = """
CREATE TABLE buckets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, document BLOB NOT NULL,
    count INTEGER NOT NULL, size_bytes INTEGER NOT NULL);
CREATE TABLE dropped (bucket INTEGER PRIMARY KEY);
CREATE TABLE objects (
    bucket INTEGER NOT NULL, key TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
CREATE TABLE previous (
    bucket INTEGER NOT NULL, key TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
CREATE TABLE uploads (id TEXT PRIMARY KEY, bucket INTEGER NOT NULL, key TEXT, created_s REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, size_bytes INTEGER NOT NULL, etag TEXT NOT NULL,
    content TEXT NOT NULL, put_time_s INTEGER NOT NULL, PRIMARY KEY (upload, number)) WITHOUT ROWID;
CREATE TABLE ports (listener TEXT PRIMARY KEY, port INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE small (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE sessions (id INTEGER PRIMARY KEY);
CREATE TABLE shards (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE named (shard TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (shard, content)) WITHOUT ROWID;
CREATE TABLE doomed (content TEXT PRIMARY KEY) WITHOUT ROWID
"""

_EARLIER_VERSIONS = range(1, SCHEMA_VERSION)
_EARLIER_TABLES = ("buckets", "objects", "previous", "uploads", "parts", "ports", "sessions")
_TAKE_OBJECTS = """
INSERT INTO {0} SELECT buckets.id, key, earlier.document
FROM earlier_{0} AS earlier JOIN buckets ON buckets.name = earlier.bucket ORDER BY buckets.id, key
"""
_TAKE_UPLOADS = """
INSERT INTO uploads SELECT earlier.id, buckets.id, key, created_s
FROM earlier_uploads AS earlier JOIN buckets ON buckets.name = earlier.bucket
"""
_COUNT = """
UPDATE buckets SET (count, size_bytes) =
    (SELECT count(*), coalesce(sum(size_of(document)), 0) FROM objects WHERE bucket = buckets.id)
"""
_NAME_ALL = """
INSERT INTO named SELECT shard_of(content), content FROM (
    SELECT content_of(document) AS content FROM objects UNION ALL
    SELECT content_of(document) FROM previous UNION ALL
    SELECT content FROM parts)
"""


class StoreFormatError(Exception):
    """The data directory was made by another version of the emulator, or is damaged."""


def open_database(path: Path, all_shards: Callable[[], Iterable[str]], *, sync: bool) -> sqlite3.Connection:
    """The database, made or brought to this version if need be; `all_shards` names the shards that are on disk.

    Raises:
        StoreFormatError: it cannot be read.
    """
    try:
        db = sqlite3.connect(path, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise StoreFormatError(f"{path} cannot be read: {error}") from error
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # The directory is locked already: no lock for every statement.
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {'FULL' if sync else 'OFF'}")
        db.execute("PRAGMA cache_size = -65536")
        _bring_to_version(db, path, all_shards)
    except (sqlite3.DatabaseError, msgspec.DecodeError) as error:
        db.close()
        raise StoreFormatError(f"{path} cannot be read: {error}") from error
    except StoreFormatError:
        db.close()
        raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All writes inside become durable together, or not at all. Not to be nested."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _bring_to_version(db: sqlite3.Connection, path: Path, all_shards: Callable[[], Iterable[str]]) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == SCHEMA_VERSION:
        return
    if version != 0 and version not in _EARLIER_VERSIONS:
        raise StoreFormatError(f"{path} has format {version}; this emulator reads format {SCHEMA_VERSION} and earlier")
    with transaction(db):
        if version == 0:
            _make_tables(db)
        else:
            _take_over(db, version, all_shards)
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _make_tables(db: sqlite3.Connection) -> None:
    for statement in _SCHEMA.split(";"):
        db.execute(statement)


def _take_over(db: sqlite3.Connection, version: int, all_shards: Callable[[], Iterable[str]]) -> None:
    """Versions 1 and 2 knew buckets by name, had no totals, and noted of a crash only that there was one."""
    for table in _EARLIER_TABLES:
        db.execute(f"ALTER TABLE {table} RENAME TO earlier_{table}")
    _make_tables(db)
    db.executemany(
        "INSERT INTO buckets (name, document, count, size_bytes) VALUES (?, ?, 0, 0)", _earlier_buckets(db, version)
    )
    for table in ("objects", "previous"):
        db.execute(_TAKE_OBJECTS.format(table))
    db.execute(_TAKE_UPLOADS)
    db.execute("INSERT INTO parts SELECT * FROM earlier_parts")
    db.execute("INSERT INTO ports SELECT * FROM earlier_ports")
    db.execute("INSERT INTO sessions SELECT id FROM earlier_sessions")
    decode = msgspec.msgpack.Decoder(StoredObject).decode
    db.create_function("size_of", 1, lambda document: decode(document).size_bytes)
    db.create_function("content_of", 1, lambda document: decode(document).content)
    db.create_function("shard_of", 1, lambda content: content.rpartition("/")[0])
    db.execute(_COUNT)
    if db.execute("SELECT 1 FROM earlier_sessions WHERE NOT clean").fetchone():
        db.executemany("INSERT INTO shards VALUES (?)", ((shard,) for shard in all_shards()))
        db.execute(_NAME_ALL)
    for table in _EARLIER_TABLES:
        db.execute(f"DROP TABLE earlier_{table}")


def _earlier_buckets(db: sqlite3.Connection, version: int) -> list[tuple[str, bytes]]:
    if version > 1:
        return db.execute("SELECT name, document FROM earlier_buckets ORDER BY name").fetchall()
    rows = db.execute("SELECT name, private, created_s FROM earlier_buckets ORDER BY name")
    buckets = [Bucket(name, private=bool(private), created_s=created_s) for name, private, created_s in rows]
    return [(bucket.name, msgspec.json.encode(bucket)) for bucket in buckets]
