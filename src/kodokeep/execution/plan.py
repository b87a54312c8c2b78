"""The plan: spooled actions, judged by the guard; what may be done, and what is held.

What belongs here: reading a plan that stands. What does not: making it (`gather`, `renames`), doing it (the others).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kodokeep.execution.account import Account
from kodokeep.execution.progress import Totals
from kodokeep.model.action import FETCHING, Action, ActionKind, Group, GroupTotal
from kodokeep.model.event import Planned
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.traffic import TrafficUse
from kodokeep.planning.guard import Verdict
from kodokeep.ports import State

RECORDS = frozenset({ActionKind.TOUCH, ActionKind.ADOPT, ActionKind.KEEP, ActionKind.FORGET})
TRANSFERS = FETCHING | {ActionKind.UPLOAD, ActionKind.OVERWRITE, ActionKind.DELETE_OBJECT}
"""What bytes travel for; an object that is deleted is fetched into history first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A spooled plan, judged. `account` knows what became of every row so far."""

    totals: Mapping[Group, GroupTotal]
    verdict: Verdict
    account: Account
    traffic: TrafficUse | None = None

    def actions(self, state: State, *kinds: ActionKind) -> Iterator[tuple[int, Action]]:
        """The numbered actions of these kinds that no guard holds."""
        numbered = state.spooled(self._allowed(*kinds))
        if not self.verdict.held_in_part:  # then groups are held as a whole, or not at all
            return numbered
        return ((seq, action) for seq, action in numbered if not self.verdict.holds(action))

    def moves(self, state: State, kind: ActionKind) -> Iterator[tuple[int, Action]]:
        """The numbered renames that go on, in the order in which each finds its place free."""
        return state.spooled_moves(self._allowed(kind))

    def held(self, state: State) -> Iterator[tuple[int, Action]]:
        """The numbered actions that a guard holds."""
        numbered = state.spooled(self.verdict.held | self.verdict.held_in_part)
        return ((seq, action) for seq, action in numbered if self.verdict.holds(action))

    def approved(self, state: State) -> Iterator[tuple[int, Action]]:
        """The numbered actions that a person released (rule 23)."""
        return state.spooled(group for group in self.totals if group.approved)

    def fetched_bytes(self) -> int:
        """Bytes that what goes on brings onto the disk, into the tree or into history."""
        return sum(total.fetched_bytes for total in self._going_on()) - sum(
            total.fetched_bytes for total in self._waiting()
        )

    def sent_bytes(self) -> int:
        """Bytes that what goes on sends to the bucket."""
        return sum(total.sent_bytes for total in self._going_on()) - sum(total.sent_bytes for total in self._waiting())

    def transfers(self) -> Totals:
        """How many objects and bytes travel, both ways."""
        objects = sum(total.actions for total in self._going_on(TRANSFERS))
        waiting = sum(total.actions for total in self._waiting(TRANSFERS))
        return Totals(objects - waiting, self.fetched_bytes() + self.sent_bytes())

    def as_event(self) -> Planned:
        """What listeners are told of it."""
        counts: dict[ActionKind, int] = {}
        for group, total in self.totals.items():
            counts[group.kind] = counts.get(group.kind, 0) + total.actions
        return Planned(counts, self.fetched_bytes(), self.verdict.tripped, self.sent_bytes(), self.traffic)

    def close(self, state: State) -> None:
        """Account for the plan as if it were done, but for what is held."""
        for _, action in state.spooled(self.verdict.held_in_part):
            if self.verdict.holds(action):
                self.account.outcome(Outcome(action, OutcomeKind.HELD, action.reason))
        self.account.close(held=self.verdict.held, as_planned=True)

    def _allowed(self, *kinds: ActionKind) -> list[Group]:
        """The groups of these kinds that no guard holds as a whole."""
        return [group for group in self.totals if group.kind in kinds and group not in self.verdict.held]

    def _going_on(self, kinds: frozenset[ActionKind] = frozenset(ActionKind)) -> Iterator[GroupTotal]:
        return (self.totals[group] for group in self._allowed(*kinds))

    def _waiting(self, kinds: frozenset[ActionKind] = frozenset(ActionKind)) -> Iterator[GroupTotal]:
        """What is held of groups that are not held as a whole."""
        return (total for part in self.verdict.parts_held for group, total in part.items() if group.kind in kinds)
