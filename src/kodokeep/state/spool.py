"""The spool: the plan of the run that is going on. A crash throws it away and plans anew (design §3).

Belongs here: storing the plan, giving it back, and how much it is. Does not: what follows from one action for another
(`pairing`, `copies`), which is found by SQL over the columns that are kept beside each action.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from kodokeep.model.action import Action, ActionKind, Group, GroupTotal, Reason
from kodokeep.planning.renames import Side, stays, trace
from kodokeep.state.database import Database
from kodokeep.state.scratch import Scratch
from kodokeep.state.synced import after_prefix

CHUNK_ACTIONS = 1000
"""Actions written or read at once; bounds memory, as an action takes some 2 KB."""

SCHEMA = "spool"
"""SQL's name for the scratch database that the plan is in, and whatever is worked out about it."""

ACTIONS = f"{SCHEMA}.actions"
"""The plan's table."""

_COLUMNS = (
    "kind", "reason", "approved", "fetched_bytes", "removed_bytes", "sent_bytes", "thawed_bytes", "deadline_s", "side",
    "left_hash", "left_bytes", "hash", "size_bytes", "arrives", "in_bucket", "in_folder", "action",
)  # fmt: skip
# What has a `deadline_s` is worked on first, then what has 0 for `fresh`: keys that failed last time. The columns from
# `side` to `arrives` are the action's trace, `in_bucket` and `in_folder` tell where the synced content stays.
_TABLES = (
    f"""
    CREATE TABLE {ACTIONS} (
        key            TEXT PRIMARY KEY,
        fresh          INTEGER NOT NULL,
        seq            INTEGER NOT NULL,
        kind           TEXT NOT NULL,
        reason         TEXT NOT NULL,
        approved       INTEGER NOT NULL,
        fetched_bytes  INTEGER NOT NULL,
        removed_bytes  INTEGER NOT NULL,
        sent_bytes     INTEGER NOT NULL,
        thawed_bytes   INTEGER NOT NULL,
        deadline_s     INTEGER,
        side           TEXT,
        left_hash      TEXT,
        left_bytes     INTEGER,
        hash           TEXT,
        size_bytes     INTEGER,
        arrives        INTEGER NOT NULL,
        in_bucket      INTEGER NOT NULL,
        in_folder      INTEGER NOT NULL,
        action         BLOB NOT NULL
    ) WITHOUT ROWID""",
    f"CREATE INDEX {SCHEMA}.failed ON actions (key) WHERE fresh = 0",
    f"CREATE INDEX {SCHEMA}.urgent ON actions (deadline_s, key) WHERE deadline_s IS NOT NULL",
)
_INSERT = f"""
    INSERT INTO {ACTIONS} (key, fresh, seq, {", ".join(_COLUMNS)})
    SELECT ?1, NOT EXISTS (SELECT 1 FROM failures WHERE failures.key = ?1),
           {", ".join(f"?{number}" for number in range(2, len(_COLUMNS) + 3))}"""  # noqa: S608
_UPDATE = f"UPDATE {ACTIONS} SET {', '.join(f'{column} = ?' for column in _COLUMNS)} WHERE key = ?"  # noqa: S608
_DELETE = f"DELETE FROM {ACTIONS} WHERE key = ?"  # noqa: S608
_SELECT = f"SELECT action FROM {ACTIONS} WHERE key = ? AND seq = ?"  # noqa: S608
_SELECT_KEY = f"SELECT seq, action FROM {ACTIONS} WHERE key = ?"  # noqa: S608
_SELECT_URGENT = f"""
    SELECT deadline_s, key, seq, action FROM {ACTIONS}
    WHERE (deadline_s, key) > (?, ?) AND deadline_s IS NOT NULL AND (kind, reason, approved) IN (VALUES %s)
    ORDER BY deadline_s, key LIMIT {CHUNK_ACTIONS}"""  # noqa: S608
_SELECT_PAGE = f"""
    SELECT key, seq, action FROM {ACTIONS}
    WHERE fresh = %d AND key >= ? AND deadline_s IS NULL AND (kind, reason, approved) IN (VALUES %s)
    ORDER BY key LIMIT {CHUNK_ACTIONS}"""  # noqa: S608
SUMS = "count(*), sum(fetched_bytes), sum(removed_bytes), sum(sent_bytes), sum(thawed_bytes)"
"""The parts of a GroupTotal in SQL."""

_TOTALS = f"""
    SELECT kind, reason, approved, {SUMS} FROM {ACTIONS}
    WHERE key >= ? AND key < ? GROUP BY kind, reason, approved"""  # noqa: S608

_SIDES = {None: None} | {side: side.value for side in Side}

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Action)

Page = list[tuple[Any, ...]]


class _Count:
    """A GroupTotal in the making, with all that is the same for every action of its group."""

    def __init__(self, group: Group) -> None:
        # not the enum itself, nor a bool anywhere: whatever is no plain str or int takes sqlite3 many times as long
        self.names = (group.kind.value, group.reason.value, int(group.approved))
        self._actions = self._fetched_bytes = self._removed_bytes = self._sent_bytes = self._thawed_bytes = 0

    def add(self, action: Action, sign: int = 1) -> tuple[int, int, int, int]:
        """Count an action in (or out); its own part of the sums."""
        fetched_bytes, removed_bytes, sent_bytes = action.fetched_bytes, action.removed_bytes, action.sent_bytes
        thawed_bytes = action.thawed_bytes
        self._actions += sign
        self._fetched_bytes += sign * fetched_bytes
        self._removed_bytes += sign * removed_bytes
        self._sent_bytes += sign * sent_bytes
        self._thawed_bytes += sign * thawed_bytes
        return fetched_bytes, removed_bytes, sent_bytes, thawed_bytes

    def total(self) -> GroupTotal:
        return GroupTotal(self._actions, self._fetched_bytes, self._removed_bytes, self._sent_bytes, self._thawed_bytes)


class Spool:
    """One plan at a time, numbered from 1 in the order of planning, with one action for a key."""

    def __init__(self, database: Database, *tables: str) -> None:
        """`tables` (SQL) are created with every plan and end with it."""
        self._database = database
        self._scratch = Scratch(database, SCHEMA)
        self._tables = tables
        self._counts: dict[tuple[ActionKind, Reason, bool], _Count] = {}

    @property
    def exists(self) -> bool:
        """True once there is a plan."""
        return self._scratch.exists

    def fill(self, actions: Iterable[Action]) -> Mapping[Group, GroupTotal]:
        """Replace the plan. `actions` is consumed in one pass and may read the state meanwhile."""
        self._scratch.renew(*_TABLES, *self._tables)
        self._counts = {}
        numbered = enumerate(actions, start=1)
        while rows := [
            (action.row.key, seq, *self._counted(action)) for seq, action in islice(numbered, CHUNK_ACTIONS)
        ]:
            self._scratch.insert(_INSERT, rows)
        return self.totals()

    def read(self, groups: Iterable[Group]) -> Iterator[tuple[int, Action]]:
        """The actions of these groups with their numbers: what cannot wait, what failed last time, the rest. Each page
        is a query of its own (rule 31).
        """
        values, names = named(groups)
        if not names or not self.exists:
            return
        place: Sequence[Any] = (-1, "")
        while page := self._database.rows(_SELECT_URGENT % values, (*place, *names)):
            for _, _, seq, payload in page:
                yield seq, decoded(payload)
            place = page[-1][:2]
        for fresh in (0, 1):
            for page in self.pages(_SELECT_PAGE % (fresh, values), names):
                for _, seq, payload in page:
                    yield seq, decoded(payload)

    def at(self, key: str) -> tuple[int, Action] | None:
        """The action of a key with its number, if there is one."""
        for seq, payload in self._database.rows(_SELECT_KEY, (key,)) if self.exists else ():
            return seq, decoded(payload)
        return None

    def pages(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Page]:
        """What a query finds, page by page: rows that begin with a key, ascending. Its first parameter is the least
        key of the page; in between the plan may be changed up to the last row given out.
        """
        start = ""
        while page := self._database.rows(sql, (start, *parameters)):
            yield page
            start = page[-1][0] + "\0"  # no key sorts between a key and this

    def replace(self, changes: Iterable[tuple[Action, Action | None]]) -> None:
        """Put other actions of the same keys in the place of these, or nothing."""
        updates, deletes = [], []
        for old, new in changes:
            self._count_of(old).add(old, -1)
            if new is not None:
                updates.append((*self._counted(new), new.row.key))
            else:
                deletes.append((old.row.key,))
        with self._database.together():
            self._database.execute_many(_UPDATE, updates)
            self._database.execute_many(_DELETE, deletes)

    def respool(self, seq: int, action: Action) -> None:
        """Replace the action of this number by one with the same key."""
        ((payload,),) = self._database.rows(_SELECT, (action.key, seq))
        self.replace([(decoded(payload), action)])

    def totals(self) -> Mapping[Group, GroupTotal]:
        """How much each group has now."""
        totals = {Group(*name): count.total() for name, count in self._counts.items()}
        return {group: total for group, total in totals.items() if total.actions}

    def totals_under(self, prefix: str) -> Mapping[Group, GroupTotal]:
        """How much each group has under `prefix`."""
        if not self.exists:
            return {}
        return {
            group_of(kind, reason, approved): GroupTotal(*sums)
            for kind, reason, approved, *sums in self._database.rows(_TOTALS, (prefix, after_prefix(prefix)))
        }

    def drop(self) -> None:
        """Throw the plan away."""
        self._scratch.drop()
        self._counts = {}

    def _count_of(self, action: Action) -> _Count:
        count = self._counts.get((action.kind, action.reason, action.approved))  # a Group takes longer to make
        if count is None:
            group = action.group
            count = self._counts[group] = _Count(group)
        return count

    def _counted(self, action: Action) -> tuple[Any, ...]:
        """Count an action in; the values of `_COLUMNS` for it."""
        count = self._count_of(action)
        sums = count.add(action)
        return (*count.names, *sums, action.deadline_s, *_joined_by(action), _ENCODER.encode(action))


def group_of(kind: str, reason: str, approved: int) -> Group:
    """A group by the names that the plan's table has for it."""
    return Group(ActionKind(kind), Reason(reason), approved == 1)


def named(groups: Iterable[Group]) -> tuple[str, list[Any]]:
    """SQL's `VALUES` of these groups, and its parameters."""
    names = [name for group in groups for name in (group.kind.value, group.reason.value, group.approved)]
    return ", ".join(["(?, ?, ?)"] * (len(names) // 3)), names


def decoded(payload: bytes) -> Action:
    """An action as the plan keeps it."""
    return _DECODER.decode(payload)


def _joined_by(action: Action) -> tuple[str | int | None, ...]:
    """The columns from `side` to `in_folder`."""
    side, left, brought, arrives = trace(action)
    in_bucket, in_folder = stays(action)
    left_hash, left_bytes = left or (None, None)
    brought_hash, brought_bytes = brought or (None, None)
    return (
        _SIDES[side],
        left_hash,
        left_bytes,
        brought_hash or None,
        brought_bytes,
        1 if arrives else 0,
        1 if in_bucket else 0,
        1 if in_folder else 0,
    )
