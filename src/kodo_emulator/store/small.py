"""Contents of few bytes, kept in the database: a file for each would cost more than all the rest of an upload.

One that no object took yet waits in memory only, so that a crash takes it along.
"""

import itertools
import sqlite3
from collections.abc import Sequence

MOST_BYTES = 4096

_MARK = "s"  # The names of files begin with a digit.


class SmallContents:
    """Contents of up to `MOST_BYTES`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._waiting: dict[str, bytes] = {}
        last = db.execute("SELECT max(id) FROM small").fetchone()[0] or 0
        self._numbers = itertools.count(last + 1)

    def hold(self, data: bytes) -> str:
        """The name of a new content, which waits to be put."""
        name = f"{_MARK}{next(self._numbers)}"
        self._waiting[name] = data
        return name

    def read(self, content: str) -> bytes:
        """All of a content, waiting or kept."""
        if content in self._waiting:
            return self._waiting[content]
        data: bytes = self._db.execute("SELECT data FROM small WHERE id = ?", (_number(content),)).fetchone()[0]
        return data

    def keep(self, contents: Sequence[str]) -> None:
        """Inside of a transaction that gave contents their first row."""
        rows = [(_number(content), self._waiting[content]) for content in contents]
        self._db.executemany("INSERT INTO small VALUES (?, ?)", rows)

    def remove(self, contents: Sequence[str]) -> None:
        """Inside of a transaction that took the last row of contents."""
        self._db.executemany("DELETE FROM small WHERE id = ?", [(_number(content),) for content in contents])

    def forget(self, content: str) -> None:
        """It waits no longer: it is kept, or nobody took it."""
        self._waiting.pop(content, None)


def is_small(content: str) -> bool:
    """Whether a name is one of a small content."""
    return content.startswith(_MARK)


def _number(content: str) -> int:
    return int(content[len(_MARK) :])
