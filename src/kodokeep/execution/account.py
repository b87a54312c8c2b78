"""Account: counts what becomes of every row, for both sides, so that the last line can prove that nothing is missing.

Rule 32. A row counts once for the listing if the bucket has it, and once for the walk if the folder has it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from kodokeep.model.action import Action, ActionKind, Group, Row, Standing, StandingKind
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.summary import LISTED_PARTS, WALKED_PARTS, Tally

_DONE_PART = {
    ActionKind.DOWNLOAD: "downloaded",
    ActionKind.REPLACE: "downloaded",
    ActionKind.DELETE: "deleted",
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


class Account:
    """What has become of the rows so far."""

    def __init__(self) -> None:
        self.listed = 0
        self.walked = 0
        self.archived = 0
        self.failures: list[str] = []
        self._listed_parts: Counter[str] = Counter()
        self._walked_parts: Counter[str] = Counter()
        self._outside_parts: Counter[str] = Counter()
        self._pending: Counter[tuple[Group, bool, bool]] = Counter()

    def standing(self, standing: Standing) -> None:
        """A row that needs no action."""
        part = _STANDING_PART.get(standing.kind, str(standing.kind))
        if standing.kind is StandingKind.BLOCKED and standing.row.remote is not None:
            self._failed(standing.row.key)
        self._see(standing.row)
        self._count(part, listed=standing.row.remote is not None, walked=standing.row.local is not None)

    def planned(self, action: Action) -> None:
        """An action went to the spool; it stays pending until its outcome comes."""
        self._see(action.row)
        self._pending[_slot(action)] += 1

    def outcome(self, outcome: Outcome) -> None:
        """An action has its outcome."""
        action = outcome.action
        slot = _slot(action)
        self._pending[slot] -= 1
        part = str(outcome.kind)
        if outcome.kind is OutcomeKind.DONE:
            part = "adopted" if outcome.adopted else _DONE_PART[action.kind]
            self.archived += _archives(action.kind, in_tree=slot[2]) and not outcome.adopted
        elif outcome.kind is OutcomeKind.FAILED:
            self._failed(action.key)
        self._count(part, listed=slot[1], walked=slot[2])

    def close(self, *, held: Iterable[Group], as_planned: bool = False) -> None:
        """Account for what is still pending: held groups are held; the rest was not come to, which is a failure.

        With `as_planned` the rest counts as done: what a plan would do.
        """
        held_groups = frozenset(held)
        for (group, listed, walked), count in self._pending.items():
            part = "held" if group in held_groups else _DONE_PART[group[0]] if as_planned else "failed"
            if part not in ("held", "failed") and _archives(group[0], in_tree=walked):
                self.archived += count
            self._count(part, listed=listed, walked=walked, by=count)
        self._pending.clear()

    def total(self, part: str) -> int:
        """Rows that ended as `part`: those of the listing, and those that only the folder or the state had."""
        return self._listed_parts[part] + self._outside_parts[part]

    def tallies(self) -> tuple[Tally, Tally]:
        """The listing's and the walk's accounts."""
        return _tally(self.listed, self._listed_parts, LISTED_PARTS), _tally(
            self.walked, self._walked_parts, WALKED_PARTS
        )

    def _see(self, row: Row) -> None:
        self.listed += row.remote is not None
        self.walked += row.local is not None

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


def _archives(kind: ActionKind, *, in_tree: bool) -> bool:
    """True if doing it moves a file to history."""
    return in_tree and kind in (ActionKind.DOWNLOAD, ActionKind.REPLACE, ActionKind.DELETE)


def _slot(action: Action) -> tuple[Group, bool, bool]:
    return action.group, action.row.remote is not None, action.row.local is not None


def _tally(total: int, parts: Mapping[str, int], names: Iterable[str]) -> Tally:
    return Tally(total, {name: parts[name] for name in names if parts.get(name)})
