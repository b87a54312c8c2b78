"""Selection: a plan cut down to what a plan file names, by fingerprint (design §10).

Belongs here: comparing the spool with the names. Does not: what a fingerprint is (`planning.fingerprint`), plan files.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from kodokeep.model.action import Action
from kodokeep.planning.fingerprint import fingerprint
from kodokeep.state.database import Database
from kodokeep.state.spool import ACTIONS, CHUNK_ACTIONS, SCHEMA, Spool, decoded

_CHOSEN = f"{SCHEMA}.chosen"

TABLES = (f"CREATE TABLE {_CHOSEN} (fingerprint TEXT PRIMARY KEY, key TEXT NOT NULL, found INTEGER NOT NULL)",)
"""What selecting works with, beside the plan."""

_CHOOSE = f"INSERT OR IGNORE INTO {_CHOSEN} VALUES (?, ?, 0)"  # noqa: S608
_PAGE = f"SELECT key, action FROM {ACTIONS} WHERE key >= ? ORDER BY key LIMIT {CHUNK_ACTIONS}"  # noqa: S608
_IS_CHOSEN = f"SELECT EXISTS (SELECT 1 FROM {_CHOSEN} WHERE fingerprint = ?)"  # noqa: S608
_FOUND = f"UPDATE {_CHOSEN} SET found = 1 WHERE fingerprint = ?"  # noqa: S608
_MISSING = f"""
    SELECT key, fingerprint FROM {_CHOSEN} WHERE NOT found AND (key, fingerprint) > (?, ?)
    ORDER BY key, fingerprint LIMIT {CHUNK_ACTIONS}"""  # noqa: S608


class Selection:
    """Restricts the plan that is in the spool, once."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool

    def restrict(self, chosen: Iterable[tuple[str, str]]) -> Iterator[Action]:
        """Leave only the actions with these fingerprints (each with its key) in the plan; tells those that leave it."""
        pending = iter(chosen)
        while chunk := list(islice(pending, CHUNK_ACTIONS)):
            with self._database.together():
                self._database.execute_many(_CHOOSE, chunk)
        for page in self._spool.pages(_PAGE):
            yield from self._sifted([decoded(payload) for _, payload in page])

    def missing(self) -> Iterator[str]:
        """The keys of chosen actions that the plan does not have; in order, read by pages."""
        position = ("", "")
        while page := self._database.rows(_MISSING, position):
            yield from (key for key, _ in page)
            position = page[-1]

    def _sifted(self, actions: list[Action]) -> list[Action]:
        left_out = []
        with self._database.together():
            for action in actions:
                name = (fingerprint(action),)
                if self._database.row(_IS_CHOSEN, name)[0]:
                    self._database.execute(_FOUND, name)
                else:
                    left_out.append(action)
        self._spool.replace((action, None) for action in left_out)
        return left_out
