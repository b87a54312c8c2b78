"""Traffic: what a run fetches is counted into the calendar month as it comes, and the month's budget is kept.

What belongs here: judging a plan by the budget, metering, and saying when there is none left. What does not: whose turn
it is and at which rate (`planning.traffic`), the sums (`state`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic

from kodokeep.execution.commit import Committer
from kodokeep.model.action import NO_ACTIONS, Action, Group, GroupTotal
from kodokeep.model.event import GuardKind, GuardTripped, Notice, NoticeKind
from kodokeep.model.options import RunOptions, TrafficLimit
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.traffic import Month, Part, Place, Spent, TrafficUse
from kodokeep.planning.guard import Verdict
from kodokeep.planning.traffic import affordable_bytes, limit_of, month_of, planned, rate_of, taken
from kodokeep.ports import Bucket, HeldGroups, Ledger, Share, State, World

NOTED_S = 10.0
NOTED_BYTES = 64 * 1024 * 1024
"""So much may go unrecorded if the run is killed: what came in so many seconds, or so many bytes."""

USED_UP = "the month's traffic is used up"

Totals = Mapping[Group, GroupTotal]


def within_budget(
    world: World, options: RunOptions, totals: Totals, verdict: Verdict, thawing_bytes: int
) -> tuple[Verdict, TrafficUse | None]:
    """The verdict with what the month's budget holds besides, and how the month stands.

    What a person released counts, and goes on. `thawing_bytes` were asked for before, and will have to be fetched: they
    leave less for new thaws.
    """
    limit = options.traffic
    if limit is None:
        return verdict, None
    month = month_of(world.now_s(), options.zone)
    used = taken(world.state.ledger.spent(month.name), limit.rates)
    use = TrafficUse(used, limit_of(limit.budget), 0.0, month.ends, limit.budget.currency)
    everything = planned(_allowed(totals, verdict), limit.rates)
    fits = everything + thawing_bytes * limit.rates.fetched <= use.left  # the usual case, which needs no sums
    if fits or options.accept_changes or options.identity:
        return verdict, replace(use, planned=everything)
    shares, wanted = _shares(world.state, limit, totals, verdict, use, thawing_bytes)
    over_budget: dict[Group, GroupTotal] = {}
    for group, total in (item for share in shares.values() for item in share.over.items()):
        over_budget[group] = over_budget.get(group, NO_ACTIONS).plus(total)
    use = replace(use, planned=wanted, never=sum(share.never for share in shares.values()))
    if not over_budget:
        return verdict, use
    actions = sum(total.actions for total in over_budget.values())
    size_bytes = sum(total.fetched_bytes + total.thawed_bytes for total in over_budget.values())
    trip = GuardTripped(GuardKind.TRAFFIC, actions, size_bytes, _told(used, use), _told(use.limit, use), traffic=use)
    over: dict[Part, Place] = {part: share.first_over for part, share in shares.items() if share.first_over is not None}
    return replace(verdict, tripped=(*verdict.tripped, trip), over=over, over_budget=over_budget), use


def _shares(
    state: State, limit: TrafficLimit, totals: Totals, verdict: Verdict, use: TrafficUse, thawing_bytes: int
) -> tuple[dict[Part, Share], float]:
    """How far the rest of the budget reaches in each part, and what goes on takes."""
    released = {group: total for group, total in totals.items() if group.approved}
    wanted = planned(released, limit.rates)
    reserved = thawing_bytes * limit.rates.fetched
    held = HeldGroups(verdict.held, {prefix: frozenset(part) for prefix, part in verdict.held_prefixes.items()})
    shares = {}
    for part in Part:
        rate = rate_of(part, limit.rates)
        rest = use.left - wanted - (reserved if part in (Part.THAWED, Part.DEEP_THAWED) else 0.0)
        shares[part] = state.share(part, affordable_bytes(rest, rate), affordable_bytes(use.limit, rate), held)
        wanted += shares[part].reached_bytes * rate
    return shares, wanted


def _told(amount: float, use: TrafficUse) -> str:
    return f"{amount:.2f}" if use.currency else f"{amount:.0f}"


def _allowed(totals: Totals, verdict: Verdict) -> Totals:
    """What is not held as a whole; rather too much than too little."""
    return {group: total for group, total in totals.items() if group not in verdict.held}


@dataclass(slots=True)
class Traffic:
    """The meter of one run. `limit` None: nothing is to be kept, but all is remembered for a budget to come."""

    bucket: Bucket
    ledger: Ledger
    zone: str | None
    limit: TrafficLimit | None
    now_s: Callable[[], float]
    clock: Callable[[], float] = monotonic
    _month: Month | None = None
    _spent: Spent = field(default_factory=Spent)
    _noted_bytes: int = 0
    _noted_s: float = field(default=float("-inf"))
    _told: bool = False

    @classmethod
    def of(cls, world: World, options: RunOptions) -> "Traffic":
        """The meter of a run that begins."""
        limit = None if options.accept_changes else options.traffic
        return cls(world.bucket, world.state.ledger, options.zone, limit, world.now_s, world.clock)

    @property
    def month(self) -> Month:
        """The calendar month that it is now."""
        return month_of(self.now_s(), self.zone)

    def note(self, *, last: bool = False) -> None:
        """Record what came since the last time, unless that is little and was just now. Raises FolderFull."""
        unnoted_bytes = self.bucket.received_bytes - self._noted_bytes
        recent = self.clock() - self._noted_s < NOTED_S and unnoted_bytes < NOTED_BYTES
        if unnoted_bytes == 0 or (recent and not last):
            return
        self.ledger.add_received(self.month.name, unnoted_bytes)
        self._noted_bytes += unnoted_bytes
        self._noted_s = self.clock()
        self._month = None

    def lets_go_on(self, action: Action, committer: Committer) -> bool:
        """False once as much travelled as the budget has, whatever had been planned; then the action is told as held.

        What a person released goes on.
        """
        if action.approved or not action.fetched_bytes or self._is_left():
            return True
        if not self._told:
            self._told = True
            notice = Notice(NoticeKind.TRAFFIC_USED_UP, "")
            committer.log.notice(notice)
            committer.emit(notice)
        committer.tell(Outcome(action, OutcomeKind.HELD, USED_UP))
        return False

    def _is_left(self) -> bool:
        """True if the last record of this month and what came since leave some of the budget."""
        if self.limit is None:
            return True
        month = self.month
        if self._month is None or month.name != self._month.name:
            self._month, self._spent = month, self.ledger.spent(month.name)
        unnoted_bytes = self.bucket.received_bytes - self._noted_bytes
        spent = replace(self._spent, received_bytes=self._spent.received_bytes + unnoted_bytes)
        return taken(spent, self.limit.rates) < limit_of(self.limit.budget)
