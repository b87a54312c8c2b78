"""How much a plan is, counted in one pass over its actions; for the text, and for the header of a plan file."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kodokeep.model.action import Action, ActionKind, Group, GroupTotal
from kodokeep.model.options import PairOptions, Prices
from kodokeep.model.summary import Summary
from kodokeep.planning.cost import Estimate, estimate


@dataclass(slots=True)
class Total:
    """One group of actions. A guard holds `held` of them; bytes that travel are those of the others."""

    actions: int = 0
    size_bytes: int = 0
    held: int = 0
    fetched_bytes: int = 0
    removed_bytes: int = 0
    sent_bytes: int = 0
    thawed_bytes: int = 0

    def add(self, action: Action, *, held: bool) -> None:
        """Count one action."""
        self.actions += 1
        self.size_bytes += action.size_bytes
        if held:
            self.held += 1
            return
        self.fetched_bytes += action.fetched_bytes
        self.removed_bytes += action.removed_bytes
        self.sent_bytes += action.sent_bytes
        self.thawed_bytes += action.thawed_bytes

    @property
    def free(self) -> GroupTotal:
        """Those that no guard holds."""
        return GroupTotal(
            self.actions - self.held, self.fetched_bytes, self.removed_bytes, self.sent_bytes, self.thawed_bytes
        )


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """All groups of a plan."""

    groups: dict[Group, Total] = field(default_factory=dict)

    @classmethod
    def of(cls, actions: Iterable[tuple[Action, bool]]) -> "PlanTotals":
        """Count a stream of actions, which come with whether a guard holds them."""
        totals = cls()
        for action, held in actions:
            totals.groups.setdefault(action.group, Total()).add(action, held=held)
        return totals

    @property
    def actions(self) -> int:
        """How many actions there are."""
        return sum(total.actions for total in self.groups.values())

    @property
    def held(self) -> int:
        """How many of them a guard holds."""
        return sum(total.held for total in self.groups.values())

    def expected(self, summary: Summary, cost: Estimate) -> Summary:
        """The plan's summary with what the run will add to it: bytes, and the uploads of conflict files."""
        conflicts = (total for group, total in self.groups.items() if group.kind is ActionKind.CONFLICT)
        return replace(
            summary,
            uploaded=summary.uploaded + sum(total.free.actions for total in conflicts),
            bytes_downloaded=cost.fetched_bytes,
            bytes_uploaded=cost.sent_bytes,
        )

    def estimate(self, pair: PairOptions, prices: Prices, listed: int) -> Estimate:
        """What a run of this plan costs, as long as the guards hold what they hold."""
        free = {group: total.free for group, total in self.groups.items()}
        return estimate(free, prices, listed=listed, through_cdn=pair.domain is not None)
