"""The ways to open a state database: for a run, which writes, and for commands that change nothing.

Belongs here: pragmas, locking, and telling our database from anything else. Does not: the schema (`migrations`).
"""

import sqlite3
from functools import partial
from pathlib import Path

from kodokeep.errors import StateUnusable
from kodokeep.state.database import Database, Refused
from kodokeep.state.filesystem import on_network
from kodokeep.state.migrations import MIGRATIONS, applied_migrations, migrate

APPLICATION_ID = int.from_bytes(b"kkep", "big")
"""Marks a file as a state of kodokeep (SQLite's `application_id`)."""

BUSY_TIMEOUT_S = 5.0
"""How long to wait for another process: longer than any of our own transactions takes."""

_CACHE_KIB = 8192  # bounds memory at any number of keys

_WRITING_PRAGMAS = (
    "synchronous = FULL",  # an intent must be on the disk when `intend` returns (rule 10)
    "fullfsync = ON",  # macOS: fsync alone leaves data in the drive's cache
    f"cache_size = -{_CACHE_KIB}",
)


def open_for_run(file: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Database:
    """Open or create a state, its directory too, and bring its schema up to date.

    WAL needs memory shared by all who open the file. Where that does not work, the file is opened for this process
    alone, and then needs none (rule 6). Raises LockHeld, FolderFull; StateUnusable if the file is damaged, not ours,
    written by a newer version, or on a file system that can hold no database.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(file, error) from error
    if on_network(file):
        return _open_writable(file, busy_timeout_s, alone=True)
    try:
        return _open_writable(file, busy_timeout_s, alone=False)
    except Refused:
        return _open_writable(file, busy_timeout_s, alone=True)


def open_for_reading(file: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S, older: bool = False) -> Database:
    """Open a state of which nothing will be changed; one that does not exist yet reads as empty.

    Works beside a run, and on read-only media. `older`: one that an older version wrote is opened as it is, and may
    lack tables. Raises as `open_for_run`.
    """
    try:
        found = file.exists()
    except OSError as error:
        raise Refused(file, error) from error
    if not found:
        return open_empty(file)
    open_readable = partial(_open_readable, file, busy_timeout_s, older=older)
    if not on_network(file):
        try:
            return open_readable("mode=rw", alone=False)
        except Refused:
            pass
    try:
        return open_readable("mode=rw", alone=True)
    except Refused:
        if file.with_name(f"{file.name}-wal").exists():
            raise
        # Nobody has it open, and it cannot be written: media that are read-only.
        return open_readable("immutable=1", alone=False)


def _open_writable(file: Path, busy_timeout_s: float, *, alone: bool) -> Database:
    database = _connect(file.absolute().as_uri(), file, busy_timeout_s, writable=True)
    try:
        if alone:
            database.rows("PRAGMA locking_mode = EXCLUSIVE")  # before WAL, or shared memory is asked for after all
        _check(database, "main", older=True)
        _prepare_writing(database)
        migrate(database, MIGRATIONS)
    except BaseException:
        database.close()
        raise
    return database


def _prepare_writing(database: Database) -> None:
    if database.row("PRAGMA journal_mode = WAL") != ("wal",):
        raise Refused(database.file, "the file system supports no write-ahead log")
    for pragma in _WRITING_PRAGMAS:
        database.rows(f"PRAGMA {pragma}")
    with database.transaction():  # the probe: takes the locks and maps the memory that every write needs
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _open_readable(file: Path, busy_timeout_s: float, access: str, *, alone: bool, older: bool) -> Database:
    """Attach the file to a connection in memory: to one that is itself read-only no scratch could be attached.

    Not `mode=ro`: such a reader leaves its shared memory behind as a file.
    """
    database = _connect(":memory:", file, busy_timeout_s, writable=False)
    try:
        if alone:
            database.rows("PRAGMA locking_mode = EXCLUSIVE")  # of what is attached later, too
        database.execute("ATTACH DATABASE ? AS kept", (f"{file.absolute().as_uri()}?{access}",))
        version = _check(database, "kept", older=older)
        database.rows(f"PRAGMA kept.cache_size = -{_CACHE_KIB}")
    except BaseException:
        database.close()
        raise
    if version == 0:
        database.close()
        return open_empty(file)
    return database


def open_empty(file: Path) -> Database:
    """A state that never was: the tables in memory, so that every query finds them."""
    connection = sqlite3.connect(":memory:", isolation_level=None, uri=True)
    migrate(Database(connection, file, writable=True), MIGRATIONS)
    return Database(connection, file, writable=False)


def _connect(name: str, file: Path, busy_timeout_s: float, *, writable: bool) -> Database:
    try:
        connection = sqlite3.connect(name, timeout=busy_timeout_s, isolation_level=None, uri=True)
    except sqlite3.OperationalError as error:
        raise Refused(file, error) from error
    return Database(connection, file, writable=writable)


def _check(database: Database, schema: str, *, older: bool) -> int:
    """How many migrations the database has; StateUnusable if it is not ours or not of this version.

    An empty file is taken for a new one. A reader cannot migrate, so unless `older` ones serve, one is for the next
    run.
    """
    (tables,) = database.row(f"SELECT count(*) FROM {schema}.sqlite_schema")  # noqa: S608 - a name from this module
    (application_id,) = database.row(f"PRAGMA {schema}.application_id")
    version = applied_migrations(database, schema)
    if tables == 0 and application_id in (0, APPLICATION_ID):
        return 0
    if application_id != APPLICATION_ID:
        raise StateUnusable(f"{database.file} is no state of kodokeep", hint="move it away, or set another state_dir")
    if version > len(MIGRATIONS):
        raise StateUnusable(
            f"{database.file} was written by a newer version of kodokeep",
            hint="update kodokeep; or move the file away, and files that equal the bucket's are recognised again",
        )
    if not older and version < len(MIGRATIONS):
        raise StateUnusable(
            f"{database.file} was written by an older version of kodokeep", hint="`kodokeep run` brings it up to date"
        )
    return version
