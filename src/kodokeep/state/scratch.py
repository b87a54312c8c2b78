"""Scratch databases: what lives no longer than one run, beside the state but not in it.

A plan of millions of actions would bloat state.db for good, and travel through its WAL and be synced for nothing: a
crash throws it away anyhow (design §3). So each scratch is an attached database without a journal. For a run it is
a file next to state.db, where there is room; for `plan`, which writes nothing, SQLite's own unnamed temporary file.

Belongs here: attaching and removing. Does not: what is stored (`spool`, `listing`).
"""

from collections.abc import Iterable

from kodokeep.state.database import Database, Parameters


class Scratch:
    """One attached database, known to SQL as `name`."""

    def __init__(self, database: Database, name: str) -> None:
        """`name` is a plain SQL identifier; the file, if there is one, is named after it."""
        self._database = database
        self._name = name
        self._file = database.file.with_name(f"{database.file.name}-{name}") if database.writable else None
        self._attached = False

    @property
    def exists(self) -> bool:
        """True between `renew` and `drop`."""
        return self._attached

    def renew(self, *tables: str) -> None:
        """Start empty, whatever this or a crashed run left, and create `tables` (SQL)."""
        self.drop()
        self._database.execute(f"ATTACH DATABASE ? AS {self._name}", (str(self._file or ""),))
        self._attached = True
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -4096"):
            self._database.rows(f"PRAGMA {self._name}.{pragma}")
        for table in tables:
            self._database.execute(table)

    def drop(self) -> None:
        """Throw the content away. Never fails for what the content has become."""
        if self._attached:
            self._database.execute(f"DETACH DATABASE {self._name}")
            self._attached = False
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def insert(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Insert one chunk. Not undone if it fails: the scratch is of no use then and must be dropped."""
        with self._database.together():
            self._database.execute_many(sql, rows)
