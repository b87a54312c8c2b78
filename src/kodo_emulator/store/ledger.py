"""Which contents a crash may leave behind: the names that were given out, and what became of them.

A file is named `session/shard/number`: a session is one opening of the store, so names never repeat and need no
search; shards keep directories small and new files next to each other. A shard is open while contents of it may exist
that no row names; only open shards are looked through after a crash, and only `named` of their contents stay. Contents
that lost their last row are noted as `doomed` by the transaction that took it, until the file is gone. So the cost of
an opening depends on what the crash can have left, not on how much the store holds.
"""

import itertools
import sqlite3
from collections import deque
from collections.abc import Sequence

from kodo_emulator.store.files import ContentFiles
from kodo_emulator.store.schema import transaction

SHARD_FILES = 1000
TABLES = ("shards", "named", "doomed")

_SLICE_FILES = 100


class Ledger:
    """The ledger of one session. What it has to write, it writes with the next transaction of the store."""

    def __init__(self, db: sqlite3.Connection, files: ContentFiles) -> None:
        self._db = db
        self._files = files
        self._numbers = itertools.count()
        self._current = ""
        self._unsettled: dict[str, set[str]] = {}
        self._settled_shards: list[str] = []
        self._doomed: deque[str] = deque()
        self._doomed_are_noted = False
        with transaction(db):
            self._session: int = db.execute("INSERT INTO sessions DEFAULT VALUES RETURNING id").fetchone()[0]
            db.execute("DELETE FROM sessions WHERE id < ?", (self._session,))

    def new_name(self) -> str:
        """A name that was never used, in a directory that exists. Not inside of a transaction."""
        number = next(self._numbers)
        shard = f"{self._session}/{number // SHARD_FILES}"
        if shard != self._current:
            self._open_shard(shard)
        name = f"{shard}/{number}"
        self._unsettled[shard].add(name)
        return name

    def note(self, named: Sequence[str], doomed: Sequence[str]) -> None:
        """Inside of a transaction that gave contents their first row, or took the last one."""
        if self._doomed_are_noted and not self._doomed:
            self._db.execute("DELETE FROM doomed")
        for shard in self._settled_shards:
            self._forget_shard(shard)
        self._settled_shards.clear()
        self._db.executemany("INSERT INTO named VALUES (?, ?)", [(_shard(content), content) for content in named])
        self._db.executemany("INSERT INTO doomed VALUES (?)", [(content,) for content in doomed])

    def noted(self, named: Sequence[str], doomed: Sequence[str]) -> None:
        """After the transaction."""
        self._doomed_are_noted = bool(doomed) or bool(self._doomed)
        self._doomed.extend(doomed)
        self.sweep()
        for content in named:
            self._settle(content)

    def sweep(self) -> bool:
        """Remove some of the doomed contents; whether there are more. Files can take long to go."""
        for _ in range(min(_SLICE_FILES, len(self._doomed))):
            self._files.remove(self._doomed.popleft())
        return bool(self._doomed)

    def discard(self, content: str) -> None:
        """Remove a content that never had a row."""
        self._files.remove(content)
        self._settle(content)

    def recover(self) -> None:
        """Remove what earlier sessions left without a row, or begin to."""
        self._doomed.extend(content for (content,) in self._db.execute("SELECT content FROM doomed"))
        self._doomed_are_noted = bool(self._doomed)
        self.sweep()
        for (shard,) in self._db.execute("SELECT name FROM shards").fetchall():
            named = {content for (content,) in self._db.execute("SELECT content FROM named WHERE shard = ?", (shard,))}
            for content in self._files.names(shard):
                if content not in named:
                    self._files.remove(content)
        with transaction(self._db):
            self._db.execute("DELETE FROM shards")
            self._db.execute("DELETE FROM named")

    def close(self) -> None:
        """Leave no work for the next opening."""
        full, self._current = self._current, ""
        self._close_if_settled(full)
        with transaction(self._db):
            self.note((), ())

    def _open_shard(self, shard: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO shards VALUES (?)", (shard,))
        self._files.make_shard(shard)
        full, self._current = self._current, shard
        self._unsettled[shard] = set()
        self._close_if_settled(full)

    def _settle(self, content: str) -> None:
        shard = _shard(content)
        self._unsettled.get(shard, set()).discard(content)
        self._close_if_settled(shard)

    def _close_if_settled(self, shard: str) -> None:
        if shard != self._current and self._unsettled.get(shard) == set():
            del self._unsettled[shard]
            self._settled_shards.append(shard)

    def _forget_shard(self, shard: str) -> None:
        self._db.execute("DELETE FROM named WHERE shard = ?", (shard,))
        self._db.execute("DELETE FROM shards WHERE name = ?", (shard,))


def _shard(content: str) -> str:
    return content.rpartition("/")[0]
