"""The spool: the plan of the run that is going on. A crash throws it away and plans anew (design §3)."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import msgspec

from kodokeep.model.action import Action, Group, GroupTotal
from kodokeep.state.database import Database
from kodokeep.state.scratch import Scratch

CHUNK_ACTIONS = 1000
"""Actions written or read at once; bounds memory, as an action takes some 2 KB."""

_NAME = "spool"
# `fresh` is 0 for keys that failed last time, so that the key of this tree is the order to work in.
_TABLE = f"""
    CREATE TABLE {_NAME}.actions (
        fresh   INTEGER NOT NULL,
        key     TEXT NOT NULL,
        seq     INTEGER NOT NULL,
        kind    TEXT NOT NULL,
        reason  TEXT NOT NULL,
        action  BLOB NOT NULL,
        PRIMARY KEY (fresh, key, seq)
    ) WITHOUT ROWID"""
_INSERT = f"""
    INSERT INTO {_NAME}.actions (fresh, key, seq, kind, reason, action)
    SELECT NOT EXISTS (SELECT 1 FROM failures WHERE failures.key = ?1), ?1, ?2, ?3, ?4, ?5"""  # noqa: S608
_SELECT_PAGE = f"""
    SELECT fresh, key, seq, action FROM {_NAME}.actions
    WHERE (fresh, key, seq) > (?, ?, ?) AND (kind, reason) IN (VALUES %s)
    ORDER BY fresh, key, seq LIMIT {CHUNK_ACTIONS}"""  # noqa: S608
_BEFORE_ALL = (-1, "", 0)

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Action)


class _Count:
    """A GroupTotal in the making, with all that is the same for every action of its group."""

    def __init__(self, group: Group) -> None:
        self.kind, self.reason = group.kind.value, group.reason.value
        self._actions = self._fetched_bytes = self._removed_bytes = self._sent_bytes = 0

    def add(self, action: Action) -> None:
        self._actions += 1
        self._fetched_bytes += action.fetched_bytes
        self._removed_bytes += action.removed_bytes
        self._sent_bytes += action.sent_bytes

    def total(self) -> GroupTotal:
        return GroupTotal(self._actions, self._fetched_bytes, self._removed_bytes, self._sent_bytes)


class Spool:
    """One plan at a time, numbered from 1 in the order of planning."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._scratch = Scratch(database, _NAME)

    def fill(self, actions: Iterable[Action]) -> Mapping[Group, GroupTotal]:
        """Replace the plan. `actions` is consumed in one pass and may read the state meanwhile."""
        self._scratch.renew(_TABLE)
        counts: dict[Group, _Count] = {}
        numbered = enumerate(actions, start=1)
        while rows := [_row(seq, action, counts) for seq, action in islice(numbered, CHUNK_ACTIONS)]:
            self._scratch.insert(_INSERT, rows)
        return {group: count.total() for group, count in counts.items()}

    def read(self, groups: Iterable[Group]) -> Iterator[tuple[int, Action]]:
        """The actions of these groups with their numbers; each page is a query of its own (rule 31)."""
        names = [name for group in groups for name in (group.kind.value, group.reason.value)]
        if not names or not self._scratch.exists:
            return
        sql = _SELECT_PAGE % ", ".join(["(?, ?)"] * (len(names) // 2))
        position: tuple[int, str, int] = _BEFORE_ALL
        while page := self._database.rows(sql, (*position, *names)):
            for _, _, seq, payload in page:
                yield seq, _DECODER.decode(payload)
            fresh, key, seq, _ = page[-1]
            position = (fresh, key, seq)

    def drop(self) -> None:
        """Throw the plan away."""
        self._scratch.drop()


def _row(seq: int, action: Action, counts: dict[Group, _Count]) -> tuple[str, int, str, str, bytes]:
    group = action.group
    count = counts.get(group)
    if count is None:
        count = counts[group] = _Count(group)
    count.add(action)
    return action.row.key, seq, count.kind, count.reason, _ENCODER.encode(action)
