"""How much was kept when the last run ended, so that a look need not count millions of rows."""

from dataclasses import astuple

from kodokeep.model.record import Totals
from kodokeep.state.database import Database

_EXISTS = "SELECT count(*) FROM pragma_table_info('totals')"
_SELECT = "SELECT objects, object_bytes, history_contents, history_bytes FROM totals"


class TotalsTable:
    """The table `totals`, of one row or none. `put` writes inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self) -> Totals | None:
        """What was counted last; None if nothing was, or if the schema is older than this table."""
        if self._database.row(_EXISTS) == (0,):
            return None
        return next((Totals(*row) for row in self._database.rows(_SELECT)), None)

    def put(self, totals: Totals) -> None:
        """Replace it."""
        self._database.execute("DELETE FROM totals")
        self._database.execute("INSERT INTO totals VALUES (?, ?, ?, ?)", astuple(totals))
