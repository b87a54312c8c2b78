"""Looking at a state without waiting for anybody: what `status` and metrics tell of it, also of one that is older.

Belongs here: what every version of the schema answers. Does not: whatever a plan or a run needs (`store`).
"""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from kodokeep.model.record import RunRecord, Totals
from kodokeep.state.database import Database
from kodokeep.state.opening import open_for_reading
from kodokeep.state.runs import RunTable
from kodokeep.state.synced import SyncedTable
from kodokeep.state.totals import TotalsTable
from kodokeep.state.versions import VersionTable

PATIENCE_S = 0.5
"""How long a look waits for who has the file for itself alone."""


class StateLook:
    """A few facts of a state; a missing file reads as an empty one. Raises LockHeld, StateUnusable."""

    def __init__(self, database: Database) -> None:
        """Use `open`."""
        self._database = database
        self._runs = RunTable(database)

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open the state to look at it. Nothing is changed, and a run that is going on is not disturbed."""
        return cls(open_for_reading(file, busy_timeout_s=PATIENCE_S, older=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def runs(self, limit: int) -> Sequence[RunRecord]:
        """The last `limit` runs, newest first."""
        return self._runs.newest(limit)

    def last_success(self) -> RunRecord | None:
        """The newest run that ended with exit code 0."""
        return self._runs.last_success()

    def unfinished_run(self) -> str:
        """The id of a run that is not settled, empty if none."""
        return self._runs.oldest_open()

    def totals(self) -> Totals:
        """How much is kept, as of the end of the last run; counted if that is not on record."""
        known = TotalsTable(self._database).known()
        return known or Totals(*SyncedTable(self._database).totals(), *VersionTable(self._database).totals())

    def mounts(self) -> frozenset[str]:
        """Mount points inside the tree that the last finished run met (rule 2)."""
        return self._runs.mounts()

    def damages(self) -> Sequence[str]:
        """What SQLite finds broken in the file, the first few things at most; reads all of it."""
        return [str(told) for (told,) in self._database.rows("PRAGMA quick_check(3)") if told != "ok"]
