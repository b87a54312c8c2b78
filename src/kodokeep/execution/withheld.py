"""Withheld: what is remembered of objects that the bucket does not give, or gives for a time only, joins the decisions.

What belongs here: thaws that were asked for, since when objects are disabled, how long a thawed one can be read. What
does not: deciding (`planning`), asking for thaws (`thaws`).
"""

from dataclasses import dataclass, field

from msgspec import structs

from kodokeep.model.action import Action, ActionKind, Decision, Reason, Standing, StandingKind
from kodokeep.model.archive import DAY_S
from kodokeep.model.entry import NS_PER_S
from kodokeep.planning.lifetimes import deadline_s
from kodokeep.ports import Ledger

UNKNOWN_WINDOW_S = DAY_S
"""How long an object can be read at least that somebody else has thawed: the shortest time that can be asked for."""

CHUNK_KEYS = 1000


@dataclass(slots=True)
class Withheld:
    """Looks up what the ledger knows, for one plan. `within_s`: what is deleted so soon cannot wait."""

    ledger: Ledger
    now_ns: int
    within_s: int
    _disabled: list[str] = field(default_factory=list)

    def remembered(self, decision: Decision) -> Decision:
        """The decision with what is known of its object; one to thaw becomes a wait if that was asked for already."""
        remote = decision.row.remote
        if remote is None:
            return decision
        if isinstance(decision, Action):
            return self._action(decision)
        if decision.kind is StandingKind.THAWING:
            return self._waiting(decision)
        if decision.reason is Reason.DISABLED:
            return self._since(decision)
        return decision

    def finish(self) -> None:
        """All decisions were seen."""
        self.ledger.see_disabled(self._disabled)
        self._disabled.clear()

    def _action(self, action: Action) -> Decision:
        remote = action.row.object
        if action.kind is ActionKind.THAW:
            known = self.ledger.thaw_of(remote)
            if known is None or not known.is_on(self.now_ns // NS_PER_S):
                return action
            return self._waiting(Standing(StandingKind.THAWING, Reason.THAWING, action.row))
        if not action.fetched_bytes:
            return action
        thawed_until_s = None
        if remote.thawed:
            known = self.ledger.thaw_of(remote)
            thawed_until_s = known.until_s if known else self.now_ns // NS_PER_S + UNKNOWN_WINDOW_S
        soon_s = deadline_s(action, thawed_until_s, self.now_ns, self.within_s)
        return action if soon_s is None else structs.replace(action, deadline_s=soon_s)

    def _waiting(self, standing: Standing) -> Standing:
        known = self.ledger.thaw_of(standing.row.object)
        if known is None:
            return standing
        return structs.replace(standing, since_s=known.asked_s, ready_s=known.ready_s, until_s=known.until_s)

    def _since(self, standing: Standing) -> Standing:
        key = standing.row.key
        self._disabled.append(key)
        if len(self._disabled) >= CHUNK_KEYS:
            self.finish()
        return structs.replace(standing, since_s=self.ledger.disabled_since(key) or self.now_ns // NS_PER_S)
