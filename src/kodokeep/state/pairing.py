"""Pairing: which contents that left a key arrived at which other one, found by SQL over the spool (rule 20).

Belongs here: the joins, and the order in which moves find their places free. Does not: what an action has to do with
it, and what becomes of a pair (`planning.renames`); contents that are merely known under another key (`copies`).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from kodokeep.model.action import Action, Group
from kodokeep.model.options import Deletions, Policy
from kodokeep.planning.renames import Side, may_arrive, may_leave, move, renaming_sides, vacated
from kodokeep.ports import Repaired
from kodokeep.state.database import Database
from kodokeep.state.spool import ACTIONS, CHUNK_ACTIONS, SCHEMA, Spool, decoded, named

MOVES = f"{SCHEMA}.moves"
"""Every move of the plan: what it takes from `source` to `target`, and when."""

_DEPARTURES, _ARRIVALS, _PAIRS = f"{SCHEMA}.departures", f"{SCHEMA}.arrivals", f"{SCHEMA}.pairs"

TABLES = (
    f"""
    CREATE TABLE {_DEPARTURES} (
        side TEXT, size_bytes INTEGER, hash TEXT, key TEXT, PRIMARY KEY (side, size_bytes, hash, key)
    ) WITHOUT ROWID""",
    # `occupied`: another content was at the key, so a move must wait until it has moved away.
    f"""
    CREATE TABLE {_ARRIVALS} (
        side TEXT, size_bytes INTEGER, hash TEXT, occupied INTEGER, key TEXT,
        PRIMARY KEY (side, size_bytes, hash, occupied, key)
    ) WITHOUT ROWID""",
    f"CREATE TABLE {_PAIRS} (source TEXT PRIMARY KEY, target TEXT NOT NULL, occupied INTEGER NOT NULL) WITHOUT ROWID",
    f"CREATE UNIQUE INDEX {SCHEMA}.pairs_by_target ON pairs (target)",
    f"""
    CREATE TABLE {MOVES} (
        source TEXT PRIMARY KEY, target TEXT NOT NULL, stage INTEGER NOT NULL, parks INTEGER NOT NULL
    ) WITHOUT ROWID""",
    f"CREATE UNIQUE INDEX {SCHEMA}.moves_by_target ON moves (target)",
    f"CREATE INDEX {SCHEMA}.moves_by_stage ON moves (stage, target)",
)
"""What pairing works with, beside the plan."""

_DEPART = f"""
    INSERT INTO {_DEPARTURES} SELECT side, left_bytes, left_hash, key FROM {ACTIONS}
    WHERE side = ? AND left_hash IS NOT NULL ORDER BY 1, 2, 3, 4"""  # noqa: S608
_ARRIVE = f"""
    INSERT INTO {_ARRIVALS} SELECT side, size_bytes, hash, left_hash IS NOT NULL, key FROM {ACTIONS} AS a
    WHERE side = ? AND arrives AND hash IS NOT NULL AND EXISTS (
        SELECT 1 FROM {_DEPARTURES} AS d WHERE d.side = a.side AND d.size_bytes = a.size_bytes AND d.hash = a.hash)
    ORDER BY 1, 2, 3, 4, 5"""  # noqa: S608
# The first of equal departures with the first of equal arrivals, of which those come first that are sure to be free.
_PAIR_ALL = f"""
    INSERT INTO {_PAIRS} SELECT d.key, a.key, a.occupied
    FROM (SELECT *, row_number() OVER (PARTITION BY side, size_bytes, hash ORDER BY key) AS place
          FROM {_DEPARTURES}) AS d
    JOIN (SELECT *, row_number() OVER (PARTITION BY side, size_bytes, hash ORDER BY occupied, key) AS place
          FROM {_ARRIVALS}) AS a USING (side, size_bytes, hash, place)"""  # noqa: S608
_PAIR_UNIQUE = f"""
    INSERT INTO {_PAIRS} SELECT d.key, a.key, a.occupied
    FROM (SELECT side, size_bytes, hash, min(key) AS key FROM {_DEPARTURES}
          WHERE size_bytes > 0 GROUP BY side, size_bytes, hash HAVING count(*) = 1) AS d
    JOIN (SELECT side, size_bytes, hash, min(key) AS key, min(occupied) AS occupied FROM {_ARRIVALS}
          GROUP BY side, size_bytes, hash HAVING count(*) = 1) AS a USING (side, size_bytes, hash)"""  # noqa: S608
# A key has at most one pair that ends at it and one that begins: chains and cycles, no forks. A chain whose last key
# is free is gone through from there; one whose last key stays occupied cannot move at all; the rest are cycles.
_STAGE_CHAINS = f"""
    INSERT INTO {MOVES}
    WITH RECURSIVE chain (source, target, stage) AS (
        SELECT source, target, 0 FROM {_PAIRS} WHERE NOT occupied
        UNION ALL
        SELECT p.source, p.target, chain.stage + 1 FROM chain JOIN {_PAIRS} AS p ON p.target = chain.source
    ) SELECT source, target, stage, 0 FROM chain"""  # noqa: S608
_DROP_DEAD_ENDS = f"""
    DELETE FROM {_PAIRS} WHERE source IN (
        WITH RECURSIVE stuck (source) AS (
            SELECT source FROM {_PAIRS} AS p
            WHERE occupied AND NOT EXISTS (SELECT 1 FROM {_PAIRS} AS q WHERE q.source = p.target)
            UNION ALL
            SELECT p.source FROM stuck JOIN {_PAIRS} AS p ON p.target = stuck.source
        ) SELECT source FROM stuck)"""  # noqa: S608
_NEXT_CYCLE = f"""
    SELECT source FROM {_PAIRS} AS p
    WHERE source >= ? AND NOT EXISTS (SELECT 1 FROM {MOVES} AS m WHERE m.source = p.source) ORDER BY source LIMIT 1"""  # noqa: S608
# What is at ?1 waits elsewhere, and is the last to find its place.
_STAGE_CYCLE = f"""
    INSERT INTO {MOVES}
    WITH RECURSIVE leg (source, target, stage) AS (
        SELECT source, target, 0 FROM {_PAIRS} WHERE target = ?1
        UNION ALL
        SELECT p.source, p.target, leg.stage + 1 FROM leg JOIN {_PAIRS} AS p ON p.target = leg.source
        WHERE leg.source <> ?1
    ) SELECT source, target, stage, source = ?1 FROM leg"""  # noqa: S608
_MOVE_PAGE = f"""
    SELECT m.source, m.stage, m.parks, EXISTS (SELECT 1 FROM {MOVES} AS n WHERE n.target = m.source), s.action, t.action
    FROM {MOVES} AS m JOIN {ACTIONS} AS s ON s.key = m.source JOIN {ACTIONS} AS t ON t.key = m.target
    WHERE m.source >= ? ORDER BY m.source LIMIT {CHUNK_ACTIONS}"""  # noqa: S608
_BY_STAGE = f"""
    SELECT m.stage, m.target, a.seq, a.action FROM {MOVES} AS m JOIN {ACTIONS} AS a ON a.key = m.target
    WHERE (m.stage, m.target) > (?, ?) AND (a.kind, a.reason, a.approved) IN (VALUES %s)
    ORDER BY m.stage, m.target LIMIT {CHUNK_ACTIONS}"""  # noqa: S608
_BEFORE_ALL = (-1, "")


class Pairing:
    """Finds the moves of a plan, once, and puts them into the spool in the place of what they are made of."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool

    def pair(self, policy: Policy) -> Iterator[Repaired]:
        """Make moves of all pairs that the policy lets be moves and that find their places free one after another."""
        sides = [side for side in sorted(renaming_sides(policy)) if self._may_pair(side)]
        if not sides:
            return
        with self._database.together():
            self._find(sides, _PAIR_UNIQUE if policy.deletions is Deletions.RESTORE else _PAIR_ALL)
        for page in self._spool.pages(_MOVE_PAGE):
            found = [_repaired(row) for row in page]
            self._spool.replace(change for _, changes in found for change in changes)
            yield from (repaired for repaired, _ in found)

    def moves(self, groups: Iterable[Group]) -> Iterator[tuple[int, Action]]:
        """The moves of these groups with their numbers, by stage, then by key; read by pages."""
        values, names = named(groups)
        if not names or not self._spool.exists:
            return
        position = _BEFORE_ALL
        while page := self._database.rows(_BY_STAGE % values, (*position, *names)):
            for _, _, seq, payload in page:
                yield seq, decoded(payload)
            position = page[-1][:2]

    def _may_pair(self, side: Side) -> bool:
        groups = self._spool.totals()
        leaves = any(may_leave(group.kind, group.reason) is side for group in groups)
        return leaves and any(may_arrive(group.kind, group.reason) is side for group in groups)

    def _find(self, sides: Iterable[Side], pairing: str) -> None:
        for side in sides:
            self._database.execute(_DEPART, (side.value,))
            self._database.execute(_ARRIVE, (side.value,))
        for sql in (pairing, _STAGE_CHAINS, _DROP_DEAD_ENDS):
            self._database.execute(sql)
        start = ""
        while cycle := self._database.rows(_NEXT_CYCLE, (start,)):
            ((start,),) = cycle
            self._database.execute(_STAGE_CYCLE, (start,))


def _repaired(row: tuple[Any, ...]) -> tuple[Repaired, list[tuple[Action, Action | None]]]:
    """One move: how it is accounted for, and what changes in the plan.

    A source that another move goes to is that one's to replace, so here it is only looked at: whether or not it was
    replaced already, its row is the same.
    """
    _, stage, parks, passed_on, source, target = row
    departure, arrival = decoded(source), decoded(target)
    moved = move(departure.row, arrival, stage=stage, parks=parks == 1)
    if passed_on:
        return Repaired((arrival,), (moved,)), [(arrival, moved)]
    left = vacated(departure)
    after = (moved, left) if left is not None else (moved,)
    return Repaired((departure, arrival), after), [(arrival, moved), (departure, left)]
