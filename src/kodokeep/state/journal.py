"""The journal: every attempt to run a pair on this machine, and when alerts were sent. It outlives folder and state.

A run that cannot start leaves nothing in the folder; here it does, so that nobody has to notice what is not there.

What belongs here: what is remembered of attempts. What does not: what follows from it (`planning.health`).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kodokeep.errors import StateUnusable
from kodokeep.model.alert import AlertKind
from kodokeep.model.record import Attempt

FILE_NAME = "journal.db"
KEPT_ATTEMPTS = 1000
"""Of each pair; older ones are forgotten, but for the last success."""

_BUSY_TIMEOUT_S = 5.0
_ATTEMPTS = """
    CREATE TABLE IF NOT EXISTS attempts (
        number INTEGER PRIMARY KEY, pair TEXT NOT NULL, scheduled INTEGER NOT NULL,
        started_s REAL NOT NULL, ended_s REAL, exit INTEGER, run TEXT NOT NULL, error TEXT NOT NULL
    )"""
_ATTEMPTS_OF_PAIR = "CREATE INDEX IF NOT EXISTS attempts_of_pair ON attempts (pair, number)"
_ALERTS = """
    CREATE TABLE IF NOT EXISTS alerts (
        pair TEXT NOT NULL, kind TEXT NOT NULL, receiver TEXT NOT NULL, at_s REAL NOT NULL,
        PRIMARY KEY (pair, kind, receiver)
    ) WITHOUT ROWID"""
_KNOWN = """
    CREATE TABLE IF NOT EXISTS known (pair TEXT PRIMARY KEY, since_s REAL NOT NULL) WITHOUT ROWID"""
_COLUMNS = "started_s, scheduled, ended_s, exit, run, error"
_BEGIN = "INSERT INTO attempts (pair, scheduled, started_s, run, error) VALUES (?, ?, ?, '', '') RETURNING number"
_END = "UPDATE attempts SET ended_s = ?, exit = ?, run = ?, error = ? WHERE number = ?"
_NEWEST = f"SELECT {_COLUMNS} FROM attempts WHERE pair = ? ORDER BY number DESC LIMIT ?"  # noqa: S608
_SUCCESS = f"SELECT {_COLUMNS} FROM attempts WHERE pair = ? AND exit = 0 ORDER BY number DESC LIMIT 1"  # noqa: S608
_FORGET = (
    "DELETE FROM attempts WHERE pair = :pair AND number <="
    " (SELECT number FROM attempts WHERE pair = :pair ORDER BY number DESC LIMIT 1 OFFSET :kept)"
    " AND number <> coalesce((SELECT max(number) FROM attempts WHERE pair = :pair AND exit = 0), 0)"
)
_ALERTED = "SELECT receiver, at_s FROM alerts WHERE pair = ? AND kind = ?"
_REMEMBER = "INSERT INTO alerts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at_s = excluded.at_s"
_SETTLE = "DELETE FROM alerts WHERE pair = ? AND kind = ?"

# The smaller one: a clock that was wrong may have been ahead.
_KNOW = "INSERT INTO known VALUES (?, ?) ON CONFLICT DO UPDATE SET since_s = min(since_s, ?) RETURNING since_s"


class Journal:
    """The journal in a directory; a connection is open only as long as a question or an entry takes.

    `pair` is `pair.journal_key`, or the path of a config that could not be read. Raises StateUnusable, from
    every method: whoever wants a run for it must go on without.
    """

    def __init__(self, directory: Path) -> None:
        self._file = directory / FILE_NAME

    def begin(self, pair: str, started_s: float, *, scheduled: bool) -> int:
        """An attempt begins; gives its number."""
        with self._open() as connection:
            connection.execute(_FORGET, {"pair": pair, "kept": KEPT_ATTEMPTS - 1})
            (number,) = connection.execute(_BEGIN, (pair, scheduled, started_s)).fetchone()
        return int(number)

    def end(self, number: int, ended_s: float, exit_code: int, *, run: str = "", error: str = "") -> None:
        """An attempt is over."""
        with self._open() as connection:
            connection.execute(_END, (ended_s, exit_code, run, error, number))

    def attempts(self, pair: str, limit: int) -> list[Attempt]:
        """The newest ones, newest first."""
        rows = self._read(_NEWEST, (pair, limit))
        return [_attempt(*row) for row in rows]

    def last_success(self, pair: str) -> Attempt | None:
        """The newest one with exit code 0."""
        return next((_attempt(*row) for row in self._read(_SUCCESS, (pair,))), None)

    def known_since(self, pair: str, now_s: float) -> float:
        """When this was asked first. A pair that never was attempted has been waiting for its schedule since."""
        with self._open() as connection:
            (since_s,) = connection.execute(_KNOW, (pair, now_s, now_s)).fetchone()
        return float(since_s)

    def alerted(self, pair: str, kind: AlertKind) -> dict[str, float]:
        """Who was told this kind of alert, and when last, if it has not been settled since."""
        return {receiver: float(at_s) for receiver, at_s in self._read(_ALERTED, (pair, kind.value))}

    def remember_alert(self, pair: str, kind: AlertKind, receiver: str, at_s: float) -> None:
        """This kind of alert reached a receiver: a channel, or a command."""
        with self._open() as connection:
            connection.execute(_REMEMBER, (pair, kind.value, receiver, at_s))

    def settle_alert(self, pair: str, kind: AlertKind) -> None:
        """What this kind of alert told of is over."""
        with self._open() as connection:
            connection.execute(_SETTLE, (pair, kind.value))

    def _read(self, question: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Nothing is made by asking: a journal that is not there has no answer."""
        try:
            self._file.stat()
        except FileNotFoundError:
            return []
        except OSError:
            pass  # opening it tells what is wrong
        with self._open() as connection:
            return connection.execute(question, parameters).fetchall()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self._file, timeout=_BUSY_TIMEOUT_S)) as connection, connection:
                for statement in (_ATTEMPTS, _ATTEMPTS_OF_PAIR, _ALERTS, _KNOWN):
                    connection.execute(statement)
                yield connection
        except (OSError, sqlite3.Error) as error:
            raise StateUnusable(
                f"{self._file} cannot be used: {error}", hint="make room, or move it away: it only has the past in it"
            ) from error


def _attempt(
    started_s: float, scheduled: int, ended_s: float | None, exit_code: int | None, run: str, error: str
) -> Attempt:
    return Attempt(started_s, bool(scheduled), ended_s, exit_code, run, error)
