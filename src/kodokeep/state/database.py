"""The connection: explicit transactions, whole pages instead of open cursors, and errors that people understand.

Belongs here: what every table needs from SQLite. Does not: how a file is opened (`opening`), what is stored (the rest).
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kodokeep.errors import FolderFull, KodokeepError, LockHeld, StateUnusable

Parameters = Sequence[Any]

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_REFUSED = frozenset({
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
})  # fmt: skip


class Refused(StateUnusable):
    """The file system does not do what a database needs (rule 6)."""

    def __init__(self, file: Path, why: object) -> None:
        super().__init__(
            f"{file} cannot be used: {why}", hint="set state_dir to a directory on a local disk that you may write to"
        )


class Damaged(StateUnusable):
    """The state is beyond reading, which costs no more than hashing the folder once."""

    def __init__(self, file: Path, why: object) -> None:
        super().__init__(
            f"{file} is damaged: {why}",
            hint=f"move {file.name} away and run again: files that equal the bucket's are recognised by their hash",
        )


class Database:
    """One connection, to be used from one thread.

    Raises, from every method: LockHeld if another process works on the file, FolderFull, StateUnusable if the file is
    damaged or the file system refuses.
    """

    def __init__(self, connection: sqlite3.Connection, file: Path, *, writable: bool) -> None:
        """`connection` must be in autocommit mode (`isolation_level=None`): transactions are explicit here."""
        self._connection = connection
        self._file = file
        self._writable = writable

    @property
    def file(self) -> Path:
        """The file that the state is in, or would be."""
        return self._file

    @property
    def writable(self) -> bool:
        """False if nothing may be written, to the file or beside it."""
        return self._writable

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """All rows at once. No cursor stays open, so that no reader ever blocks the WAL (rule 31)."""
        with self._translated():
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Parameters = ()) -> tuple[Any, ...]:
        """The only row of a query that always has one."""
        (row,) = self.rows(sql, parameters)
        return row

    def execute(self, sql: str, parameters: Parameters = ()) -> None:
        """Run one statement that gives no rows."""
        with self._translated():
            self._connection.execute(sql, parameters)

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each row, taken lazily."""
        with self._translated():
            self._connection.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and durable when left without an error. The only way to write to the state itself."""
        if not self._writable:
            message = "this state was opened for reading"
            raise RuntimeError(message)
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        finally:
            # SQLite has ended the transaction by itself after some errors, a full disk among them.
            if self._connection.in_transaction:
                self.execute("ROLLBACK")

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write to a scratch database in one go; what was written stays, whatever happens."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            if self._connection.in_transaction:
                self.execute("COMMIT")

    def close(self) -> None:
        """Close the connection; the WAL is folded into the file."""
        with self._translated():
            self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _as_ours(error, self._file) from error


def _as_ours(error: sqlite3.Error, file: Path) -> KodokeepError | sqlite3.Error:
    """The error of ours that SQLite's stands for; itself, if it can only be a bug."""
    extended = getattr(error, "sqlite_errorcode", None)
    if extended is None and isinstance(error, sqlite3.OperationalError):
        return Damaged(file, error)  # a text column that is not UTF-8: only Python's module notices
    code = (extended or 0) & 0xFF
    if code in _BUSY:
        return LockHeld(f"{file} is in use by another program")
    if code == sqlite3.SQLITE_FULL:
        return FolderFull(f"no room left to write {file}")
    if code in _DAMAGED:
        return Damaged(file, error)
    if code in _REFUSED:
        return Refused(file, error)
    return error
