"""Parked objects: those that wait under reserved keys while a cycle of renames is gone through (rule 20)."""

from collections.abc import Iterable

from kodokeep.model.outcome import Parked
from kodokeep.state.database import Database

_COLUMNS = "parking_key, home_key, target_key, hash, size_bytes"
_PUT = f"INSERT OR REPLACE INTO parked ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
_ALL = f"SELECT {_COLUMNS} FROM parked ORDER BY parking_key"  # noqa: S608


class ParkingTable:
    """The table `parked`. Methods that write do so inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, parked: Iterable[Parked]) -> None:
        """Record objects that are about to be parked."""
        rows = ((one.parking_key, one.home_key, one.target_key, one.hash, one.size_bytes) for one in parked)
        self._database.execute_many(_PUT, rows)

    def all(self) -> list[Parked]:
        """All that were not taken away, by their reserved keys."""
        return [Parked(*row) for row in self._database.rows(_ALL)]

    def remove(self, keys: Iterable[str]) -> None:
        """Forget those under these reserved keys."""
        self._database.execute_many("DELETE FROM parked WHERE parking_key = ?", ((key,) for key in keys))
