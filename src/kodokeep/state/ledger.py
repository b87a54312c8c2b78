"""The ledger: what is remembered beside what both sides agreed on: thaws, disabled objects, a month's traffic."""

from collections.abc import Sequence

from kodokeep.model.archive import Thaw
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.traffic import Spent
from kodokeep.state.database import Database
from kodokeep.state.spool import SCHEMA

_SEEN = f"{SCHEMA}.seen_disabled"
TABLES = (f"CREATE TABLE {_SEEN} (key TEXT PRIMARY KEY) WITHOUT ROWID",)
"""What is disabled as this plan was made, beside the plan."""

_THAW_OF = """
    SELECT asked_s, ready_s, until_s FROM thaws
    WHERE key = ? AND remote_hash = ? AND size_bytes = ? AND put_time_ns = ?"""
_PUT_THAW = "INSERT OR REPLACE INTO thaws VALUES (?, ?, ?, ?, ?, ?, ?)"
_DROP_FETCHED = """
    DELETE FROM thaws WHERE EXISTS (
        SELECT 1 FROM synced WHERE synced.key = thaws.key AND synced.remote_hash = thaws.remote_hash
            AND synced.run > strftime('%Y%m%dT%H%M%SZ', thaws.asked_s, 'unixepoch'))"""
"""A record from before the asking says nothing: its file was lost or edited, or its object is about to be changed."""

_DROP_PASSED = "DELETE FROM thaws WHERE until_s <= (SELECT max(asked_s) FROM thaws)"
_SEE = f"INSERT OR IGNORE INTO {_SEEN} VALUES (?)"  # noqa: S608
_ANY_DISABLED = f"SELECT EXISTS (SELECT 1 FROM {_SEEN}) OR EXISTS (SELECT 1 FROM disabled)"  # noqa: S608
_KEEP = f"INSERT OR IGNORE INTO disabled SELECT key, ? FROM {_SEEN}"  # noqa: S608
_DROP_ENABLED = f"DELETE FROM disabled WHERE key NOT IN (SELECT key FROM {_SEEN})"  # noqa: S608
_SINCE = "SELECT since_s FROM disabled WHERE key = ?"
_SPENT = "SELECT received_bytes, thawed_bytes, deep_thawed_bytes FROM traffic WHERE month = ?"
_ADD = """
    INSERT INTO traffic VALUES (?, ?, ?, ?) ON CONFLICT (month) DO UPDATE SET
        received_bytes = received_bytes + excluded.received_bytes,
        thawed_bytes = thawed_bytes + excluded.thawed_bytes,
        deep_thawed_bytes = deep_thawed_bytes + excluded.deep_thawed_bytes"""


class Ledger:
    """The tables `thaws`, `disabled` and `traffic`. What writes is durable when the call returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def thaw_of(self, remote: RemoteEntry) -> Thaw | None:
        """The thaw that was asked for of just this content of this key, be it over."""
        for times in self._database.rows(_THAW_OF, _content(remote)):
            return Thaw(remote, *times)
        return None

    def remember_thaws(self, thaws: Sequence[Thaw], month: str) -> None:
        """Record thaws that Kodo agreed to, and count them into a month."""
        by_type = {
            kind: sum(one.remote.size_bytes for one in thaws if one.remote.storage_type == kind) for kind in (2, 3)
        }
        with self._database.transaction():
            self._database.execute_many(
                _PUT_THAW, ((*_content(one.remote), one.asked_s, one.ready_s, one.until_s) for one in thaws)
            )
            self._database.execute(_ADD, (month, 0, by_type[2], by_type[3]))

    def drop_settled(self) -> None:
        """Forget thaws whose contents have come, and those that were over when the newest was asked for; inside the
        caller's transaction.
        """
        self._database.execute(_DROP_FETCHED)
        self._database.execute(_DROP_PASSED)

    def see_disabled(self, keys: Sequence[str]) -> None:
        """Take down keys of disabled objects, for as long as the plan lives."""
        with self._database.together():
            self._database.execute_many(_SEE, ((key,) for key in keys))

    def keep_disabled(self, now_s: int) -> None:
        """Make what was seen since the plan began the whole of what is disabled; what was so before keeps its time."""
        if not self._database.row(_ANY_DISABLED)[0]:
            return
        with self._database.transaction():
            self._database.execute(_KEEP, (now_s,))
            self._database.execute(_DROP_ENABLED)

    def disabled_since(self, key: str) -> int | None:
        """When an object was first seen to be disabled that has been so in every run since."""
        for (since_s,) in self._database.rows(_SINCE, (key,)):
            return int(since_s)
        return None

    def spent(self, month: str) -> Spent:
        """What was fetched and thawed in a month."""
        for sums in self._database.rows(_SPENT, (month,)):
            return Spent(*sums)
        return Spent()

    def add_received(self, month: str, received_bytes: int) -> None:
        """More was fetched."""
        with self._database.transaction():
            self._database.execute(_ADD, (month, received_bytes, 0, 0))


def _content(remote: RemoteEntry) -> tuple[str, str, int, int]:
    return remote.key, remote.hash, remote.size_bytes, remote.put_time_ns
