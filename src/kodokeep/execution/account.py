"""Account: counts what becomes of every row, for both sides, so that the last line can prove that nothing is missing.

Rule 32. A row counts once for the listing if the bucket has it, and once for the walk if the folder has it. Of a move,
the object or file that moves counts with its old key, the one that moved already with its new key.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kodokeep.model.action import (
    LOSING_BUCKET,
    Action,
    ActionKind,
    Group,
    Reason,
    Row,
    Standing,
    StandingKind,
)
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.summary import LISTED_PARTS, WALKED_PARTS, Tally

_DONE_PART = {
    ActionKind.DOWNLOAD: "downloaded",
    ActionKind.REPLACE: "downloaded",
    ActionKind.DELETE: "deleted",
    ActionKind.MOVE: "moved",
    ActionKind.UPLOAD: "uploaded",
    ActionKind.OVERWRITE: "uploaded",
    ActionKind.DELETE_OBJECT: "deleted",
    ActionKind.MOVE_OBJECT: "moved",
    ActionKind.CONFLICT: "conflicts",
    ActionKind.THAW: "thawing",
    ActionKind.ADOPT: "adopted",
    ActionKind.TOUCH: "touched",
    ActionKind.KEEP: "kept",
    ActionKind.FORGET: "forgotten",  # on neither side, so in neither tally
}
_STANDING_PART = {
    StandingKind.BLOCKED: "failed",
    StandingKind.KEPT: "unchanged",  # an orphan counts as kept in the run that kept it, and is settled then (rule 21)
}
_MAX_FAILURES = 100_000
"""Keys remembered to be tried first next time: a hint, so it may be cut."""


class _Slot(NamedTuple):
    """What makes actions count alike."""

    group: Group
    listed: bool
    walked: bool


class Account:
    """What has become of the rows so far."""

    def __init__(self) -> None:
        self.listed = 0
        self.walked = 0
        self.archived = 0
        self.refused = 0
        self.thawing_bytes = 0
        self.failures: list[str] = []
        self._listed_parts: Counter[str] = Counter()
        self._walked_parts: Counter[str] = Counter()
        self._outside_parts: Counter[str] = Counter()
        self._pending: Counter[_Slot] = Counter()
        self._pending_copies: Counter[_Slot] = Counter()
        self._extra: Counter[str] = Counter()

    def standing(self, standing: Standing) -> None:
        """A row that needs no action."""
        part = _STANDING_PART.get(standing.kind, str(standing.kind))
        if standing.kind is StandingKind.BLOCKED and standing.row.remote is not None:
            self._failed(standing.row.key)
        if standing.kind is StandingKind.THAWING and standing.row.remote is not None:
            self.thawing_bytes += standing.row.remote.size_bytes
        self._see(standing.row)
        self._count(part, listed=standing.row.remote is not None, walked=standing.row.local is not None)

    def planned(self, action: Action) -> None:
        """An action went to the spool; it stays pending until its outcome comes."""
        self._see(action.row)
        self._await(action, 1)

    def replanned(self, before: Iterable[Action], after: Iterable[Action]) -> None:
        """Other actions came into the plan for these; together they are about the same objects and files."""
        for action in before:
            self._await(action, -1)
        for action in after:
            self._await(action, 1)

    def left_out(self, action: Action) -> None:
        """A person chose other actions of the plan than this."""
        slot = self._await(action, -1)
        self._count("filtered", listed=slot.listed, walked=slot.walked)

    def refuse(self) -> None:
        """A person chose an action that the plan does not have any more."""
        self.refused += 1
        self._extra["stale"] += 1

    def extra_upload(self, outcome: Outcome) -> None:
        """A file was to be uploaded that is no row of the plan: the one that a conflict was kept in."""
        done = outcome.kind is OutcomeKind.DONE
        self._extra["uploaded" if done else str(outcome.kind)] += 1

    def outcome(self, outcome: Outcome) -> None:
        """An action has its outcome."""
        action = outcome.action
        slot = self._await(action, -1)
        part = str(outcome.kind)
        if outcome.kind is OutcomeKind.DONE:
            part = "adopted" if outcome.adopted else _done_part(slot.group, copied=outcome.copied)
            self.archived += _archives(slot) and not outcome.adopted
        elif outcome.kind is OutcomeKind.FAILED:
            self._failed(action.key)
        self._count(part, listed=slot.listed, walked=slot.walked)

    def close(self, *, held: Iterable[Group], as_planned: bool = False) -> None:
        """Account for what is still pending: held groups are held; the rest was not come to, which is a failure.

        With `as_planned` the rest counts as done: what a plan would do.
        """
        held_groups = frozenset(held)
        for slot, count in self._pending.items():
            if slot.group in held_groups:
                self._end(slot, "held", count)
            elif not as_planned:
                self._end(slot, "failed", count)
            else:
                copies = self._pending_copies[slot]
                self._end(slot, _done_part(slot.group, copied=True), copies)
                self._end(slot, _done_part(slot.group, copied=False), count - copies)
                self.archived += count if _archives(slot) else 0
        self._pending.clear()
        self._pending_copies.clear()

    def total(self, part: str) -> int:
        """Rows that ended as `part`: those of the listing, those that only the folder or the state had, and extra ones
        that no row stands for.
        """
        return self._listed_parts[part] + self._outside_parts[part] + self._extra[part]

    def tallies(self) -> tuple[Tally, Tally]:
        """The listing's and the walk's accounts."""
        return _tally(self.listed, self._listed_parts, LISTED_PARTS), _tally(
            self.walked, self._walked_parts, WALKED_PARTS
        )

    def _see(self, row: Row) -> None:
        self.listed += row.remote is not None
        self.walked += row.local is not None

    def _await(self, action: Action, by: int) -> _Slot:
        slot = _slot(action)
        self._pending[slot] += by
        if action.copies:
            self._pending_copies[slot] += by
        return slot

    def _end(self, slot: _Slot, part: str, count: int) -> None:
        self._count(part, listed=slot.listed, walked=slot.walked, by=count)

    def _count(self, part: str, *, listed: bool, walked: bool, by: int = 1) -> None:
        if listed:
            self._listed_parts[part] += by
        else:
            self._outside_parts[part] += by
        if walked:
            self._walked_parts[part] += by

    def _failed(self, key: str) -> None:
        if len(self.failures) < _MAX_FAILURES:
            self.failures.append(key)


def _done_part(group: Group, *, copied: bool) -> str:
    """A conflict is told as such, however it was resolved."""
    if group.reason is Reason.BOTH_CHANGED:
        return "conflicts"
    return "copied" if copied else _DONE_PART[group.kind]


def _archives(slot: _Slot) -> bool:
    """True if doing it brings a content of the folder or the bucket to history."""
    if slot.group.kind in LOSING_BUCKET:
        return slot.listed
    return slot.walked and slot.group.kind in (ActionKind.DOWNLOAD, ActionKind.REPLACE, ActionKind.DELETE)


def _slot(action: Action) -> _Slot:
    listed, walked = action.row, action.row
    if action.source is not None and action.kind is ActionKind.MOVE_OBJECT:
        listed = action.source
    if action.source is not None and action.kind is ActionKind.MOVE:
        walked = action.source
    return _Slot(action.group, listed.remote is not None, walked.local is not None)


def _tally(total: int, parts: Mapping[str, int], names: Iterable[str]) -> Tally:
    return Tally(total, {name: parts[name] for name in names if parts.get(name)})
