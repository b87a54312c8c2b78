"""Approvals: what guards held in the last run, and which of it a person released since (rule 23)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kodokeep.model.action import Action, ActionKind, Reason
from kodokeep.model.record import Approved, HeldAction
from kodokeep.planning.fingerprint import fingerprint
from kodokeep.state.database import Database
from kodokeep.state.synced import after_prefix

_INSERT = """
    INSERT OR REPLACE INTO held (key, run, kind, reason, size_bytes, approved, fingerprint)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_SELECT = "SELECT key, run, kind, reason, size_bytes, approved FROM held WHERE key >= ? ORDER BY key LIMIT 1000"
_COUNT = "SELECT count(*), coalesce(sum(size_bytes), 0) FROM held WHERE key >= ? AND key < ? AND NOT approved"
_APPROVE = "UPDATE held SET approved = 1 WHERE key >= ? AND key < ? AND NOT approved"
_IS_APPROVED = "SELECT EXISTS (SELECT 1 FROM held WHERE key = ? AND fingerprint = ? AND approved)"
_ANY_APPROVED = "SELECT EXISTS (SELECT 1 FROM held WHERE approved)"


class HeldTable:
    """The table `held`. Methods that write do so inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._any_approved: bool | None = None

    def replace(self, run: str, actions: Iterable[Action]) -> None:
        """Forget what an earlier run held, and record these actions."""
        self._database.execute("DELETE FROM held")
        self._database.execute_many(_INSERT, _rows(run, actions))
        self._any_approved = None

    def approve(self, prefixes: Sequence[str]) -> Approved:
        """Release what is held under these prefixes, or all if there is none; what was not released before."""
        actions = size_bytes = 0
        for prefix in prefixes or ("",):
            bounds = (prefix, after_prefix(prefix))
            more_actions, more_bytes = self._database.row(_COUNT, bounds)
            actions, size_bytes = actions + int(more_actions), size_bytes + int(more_bytes)
            self._database.execute(_APPROVE, bounds)
        self._any_approved = None
        return Approved(actions, size_bytes)

    def is_approved(self, action: Action) -> bool:
        """True if this very action was released. Asks the database only if anything was."""
        if self._any_approved is None:
            self._any_approved = bool(self._database.row(_ANY_APPROVED)[0])
        if not self._any_approved:
            return False
        return bool(self._database.row(_IS_APPROVED, (action.key, fingerprint(action)))[0])

    def all(self) -> Iterator[HeldAction]:
        """Every action, by key; each page is a query of its own (rule 31)."""
        start = ""
        while page := self._database.rows(_SELECT, (start,)):
            for key, run, kind, reason, size_bytes, approved in page:
                yield HeldAction(key, ActionKind(kind), Reason(reason), size_bytes, run, approved == 1)
            start = page[-1][0] + "\0"  # no key sorts between a key and this


def _rows(run: str, actions: Iterable[Action]) -> Iterator[tuple[Any, ...]]:
    for action in actions:
        name = (action.kind.value, action.reason.value)
        size_bytes = action.removed_bytes if action.destructive else action.size_bytes
        yield action.key, run, *name, size_bytes, action.approved, fingerprint(action)
