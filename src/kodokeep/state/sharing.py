"""Sharing: how far a month's budget reaches in a part of the plan, found by cumulative sums over the spool.

Belongs here: the sums. Does not: how much the budget is and whose turn it is (`planning.traffic`).
"""

from collections.abc import Iterable
from typing import Any

from kodokeep.model.action import DEEP_THAWS, ActionKind, Group, GroupTotal
from kodokeep.model.traffic import Part
from kodokeep.ports import HeldGroups, Share
from kodokeep.state.database import Database
from kodokeep.state.spool import ACTIONS, SUMS, Spool, group_of, named
from kodokeep.state.synced import after_prefix

_THAW = f"kind = '{ActionKind.THAW}' AND thawed_bytes > 0 AND reason"
_DEEP = f"""({", ".join(f"'{reason}'" for reason in sorted(DEEP_THAWS))})"""
_PARTS = {
    Part.URGENT: "fetched_bytes > 0 AND deadline_s IS NOT NULL",
    Part.FETCHED: "fetched_bytes > 0 AND deadline_s IS NULL",
    Part.THAWED: f"{_THAW} NOT IN {_DEEP}",
    Part.DEEP_THAWED: f"{_THAW} IN {_DEEP}",
}
"""The same as `planning.traffic.part_of`, in SQL; an action never both fetches and thaws."""

_SIZE = "fetched_bytes + thawed_bytes"
_FIRST_OVER = f"""
    SELECT size_bytes, key, sum_bytes - size_bytes FROM (
        SELECT {_SIZE} AS size_bytes, key,
               sum({_SIZE}) OVER (ORDER BY {_SIZE}, key ROWS UNBOUNDED PRECEDING) AS sum_bytes
        FROM {ACTIONS} WHERE %s)
    WHERE sum_bytes > ? ORDER BY size_bytes, key LIMIT 1"""  # noqa: S608
_ALL = f"SELECT coalesce(sum({_SIZE}), 0) FROM {ACTIONS} WHERE %s"  # noqa: S608
_NEVER = f"SELECT count(*) FROM {ACTIONS} WHERE %s AND {_SIZE} > ?"  # noqa: S608
_OVER = f"""
    SELECT kind, reason, approved, {SUMS} FROM {ACTIONS}
    WHERE %s AND ({_SIZE}, key) >= (?, ?) GROUP BY kind, reason, approved"""  # noqa: S608


class Sharing:
    """Reads the plan that is in the spool, and changes nothing of it."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool

    def share(self, part: Part, budget_bytes: int | None, month_bytes: int | None, held: HeldGroups) -> Share:
        """How far so many bytes (None: all) of a whole month's reach in a part of what is not held otherwise, the small
        ones first.
        """
        if not self._spool.exists:
            return Share(None, 0, {})
        where, parameters = _going_on(part, held)
        first = (
            self._database.rows(_FIRST_OVER % where, (*parameters, budget_bytes)) if budget_bytes is not None else []
        )
        for size_bytes, key, reached_bytes in first:
            over = {
                group_of(kind, reason, approved): GroupTotal(*sums)
                for kind, reason, approved, *sums in self._database.rows(_OVER % where, (*parameters, size_bytes, key))
            }
            (never,) = self._database.row(_NEVER % where, (*parameters, month_bytes))
            return Share((size_bytes, key), reached_bytes, over, never)
        return Share(None, int(self._database.row(_ALL % where, parameters)[0]), {})


def _going_on(part: Part, held: HeldGroups) -> tuple[str, list[Any]]:
    """SQL's condition for a part, less what a person released and what guards hold, and its parameters."""
    conditions, parameters = [_PARTS[part], "NOT approved"], []
    if held.whole:
        is_one, names = _is_one_of(held.whole)
        conditions.append(f"NOT {is_one}")
        parameters += names
    for prefix, groups in held.under.items():
        is_one, names = _is_one_of(groups)
        conditions.append(f"NOT (key >= ? AND key < ? AND {is_one})")
        parameters += [prefix, after_prefix(prefix), *names]
    return " AND ".join(conditions), parameters


def _is_one_of(groups: Iterable[Group]) -> tuple[str, list[Any]]:
    values, names = named(groups)
    return f"(kind, reason, approved) IN (VALUES {values})", names
