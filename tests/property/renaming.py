"""A bucket and a folder as dicts, the plan for what differs, and what doing a plan makes of them.

Deliberately simple: one content a key, no time, no failures; whatever would overwrite or lose something is an error.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.options import Deletions
from tests.unit.planning.rows import content, local, remote, synced

Tree = Mapping[str, str]

MOVES = frozenset({ActionKind.MOVE, ActionKind.MOVE_OBJECT})
_ORDER = (
    {ActionKind.DOWNLOAD, ActionKind.REPLACE, ActionKind.UPLOAD, ActionKind.OVERWRITE},
    {ActionKind.DELETE, ActionKind.DELETE_OBJECT},
)


@dataclass
class Sides:
    """What both sides had, and what each has now. A key may differ on one side only."""

    before: Tree
    bucket: dict[str, str]
    folder: dict[str, str]
    history: set[str] = field(default_factory=set)

    def plan(self, deletions: Deletions, unhashed: Iterable[str] = ()) -> list[Action]:
        """What is to be done about every key that differs."""
        keys = sorted({*self.before, *self.bucket, *self.folder})
        return [action for key in keys if (action := self._decide(key, deletions, unhashed)) is not None]

    def row(self, key: str) -> Row:
        """What a merge would see."""
        r, f, s = self.bucket.get(key), self.folder.get(key), self.before.get(key)
        return Row(
            key,
            remote(r, key=key) if r is not None else None,
            local(f, key=key, path=key) if f is not None else None,
            synced(s, key=key, path=key) if s is not None else None,
        )

    def _decide(self, key: str, deletions: Deletions, unhashed: Iterable[str]) -> Action | None:
        r, f, s = self.bucket.get(key), self.folder.get(key), self.before.get(key)
        row, restore = self.row(key), deletions is Deletions.RESTORE
        if f == r:
            return None
        if r == s:  # the local side moved
            if f is None:
                kinds = (ActionKind.DOWNLOAD, Reason.LOST), (ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY)
                return Action(*kinds[0 if restore else 1], row)
            hashed = None if r is None and key in unhashed else content(f)
            return Action(
                *((ActionKind.OVERWRITE, Reason.EDITED) if r is not None else (ActionKind.UPLOAD, Reason.NEW)),
                row,
                hashed,
            )
        assert f == s
        if r is None:
            kinds = (ActionKind.UPLOAD, Reason.LOST_OBJECT), (ActionKind.DELETE, Reason.GONE)
            return Action(*kinds[0 if restore else 1], row)
        return Action(
            *((ActionKind.REPLACE, Reason.CHANGED) if f is not None else (ActionKind.DOWNLOAD, Reason.NEW)), row
        )

    def perform(self, moves: Iterable[Action], others: Iterable[Action]) -> None:
        """Do a whole plan in the order of a run: moves, which come by stage, transfers, deletions."""
        self._move(list(moves))
        actions = list(others)
        copies = [action for action in actions if action.copies]
        self._check_sources(copies)
        for kinds in _ORDER:
            for action in actions:
                if action.kind in kinds:
                    self._do(action)
            self._check_sources(copies if kinds is _ORDER[0] else ())

    def _move(self, moves: list[Action]) -> None:
        assert [move.stage for move in moves] == sorted(move.stage for move in moves)
        parked = {move.key: self._side(move).pop(_source(move)) for move in moves if move.parks}
        by_stage: dict[tuple[int, ActionKind], list[Action]] = {}
        for move in moves:
            by_stage.setdefault((move.stage, move.kind), []).append(move)
        for together in by_stage.values():  # one batch: all places must be free before any of them is taken
            assert all(move.key not in self._side(move) for move in together)
            for move in together:
                side = self._side(move)
                side[move.key] = parked.pop(move.key) if move.parks else side.pop(_source(move))
        assert not parked

    def _side(self, move: Action) -> dict[str, str]:
        return self.bucket if move.kind is ActionKind.MOVE_OBJECT else self.folder

    def _check_sources(self, copies: Iterable[Action]) -> None:
        for action in copies:
            if action.kind is ActionKind.UPLOAD:
                assert self.bucket[_source(action)] == self.folder[action.key]
            else:
                assert self.folder[_source(action)] == self.bucket[action.key]

    def _do(self, action: Action) -> None:
        key = action.key
        match action.kind:
            case ActionKind.DOWNLOAD:
                assert key not in self.folder
                self.folder[key] = self.bucket[key]
            case ActionKind.UPLOAD:
                assert key not in self.bucket
                self.bucket[key] = self.folder[key]
            case ActionKind.REPLACE:
                self.history.add(self.folder[key])
                self.folder[key] = self.bucket[key]
            case ActionKind.OVERWRITE:
                self.history.add(self.bucket[key])
                self.bucket[key] = self.folder[key]
            case ActionKind.DELETE:
                self.history.add(self.folder.pop(key))
            case _:
                assert action.kind is ActionKind.DELETE_OBJECT
                self.history.add(self.bucket.pop(key))


def _source(action: Action) -> str:
    assert action.source is not None
    return action.source.key
