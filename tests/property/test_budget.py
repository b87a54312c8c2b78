"""Laws of sharing a month's budget out, over random plans in a real spool."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kodokeep.execution.traffic import within_budget
from kodokeep.model.action import NO_ACTIONS, Action, ActionKind, Group, GroupTotal, Reason, Row
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.options import Budget, GuardOptions, Policy, Prices, Rates, RunOptions, TrafficLimit
from kodokeep.model.traffic import Part, TrafficUse
from kodokeep.planning.guard import Verdict
from kodokeep.planning.traffic import limit_of, part_of, place_of, planned, rates_of
from kodokeep.state.store import StateStore

if TYPE_CHECKING:
    from kodokeep.ports import World

NOVEMBER_S = 1_795_000_000.0
SLACK = 1e-15
PRICES = Prices(origin_traffic=0.5, archive_thaw=0.125, deep_archive_thaw=0.25)
"""Powers of two, so that sums are exact."""

FETCHING = (
    (ActionKind.DOWNLOAD, Reason.NEW),
    (ActionKind.DOWNLOAD, Reason.LOST),
    (ActionKind.REPLACE, Reason.CHANGED),
    (ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY),
    (ActionKind.THAW, Reason.TO_THAW),
    (ActionKind.THAW, Reason.TO_THAW_DEEP),
    (ActionKind.TOUCH, Reason.METADATA),
)
GROUPS = [Group(*name) for name in FETCHING]


@dataclass(frozen=True)
class Case:
    """A plan, what other guards hold of it, and what is left of the month."""

    actions: tuple[Action, ...]
    budget: Budget
    used_bytes: int
    thawing_bytes: int
    verdict: Verdict = field(default_factory=Verdict)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    keys = draw(st.lists(st.text("ab/\U0001f600", max_size=4), unique=True, max_size=25))
    actions = tuple(
        Action(
            *draw(st.sampled_from(FETCHING)),
            Row(key, RemoteEntry(key, draw(st.integers(0, 12)), "Fhash", 1), None, None),
            approved=draw(st.integers(0, 9)) == 0,
            deadline_s=draw(st.none() | st.integers(1, 9)),
        )
        for key in keys
    )
    actions = tuple(action if action.fetched_bytes else replace(action, deadline_s=None) for action in actions)
    budget = draw(
        st.builds(Budget, size_bytes=st.integers(1, 80))
        | st.builds(Budget, money=st.integers(1, 200).map(lambda number: number / 8e9), currency=st.just("CNY"))
    )
    held = draw(st.frozensets(st.sampled_from(GROUPS[2:4])))
    under = {}
    if prefix := draw(st.sampled_from(["", "a", "a/"])):
        part = [action for action in actions if action.key.startswith(prefix) and action.group in GROUPS[:1]]
        under[prefix] = {GROUPS[0]: GroupTotal(len(part), sum(action.fetched_bytes for action in part), 0)}
    return Case(actions, budget, draw(st.integers(0, 60)), draw(st.integers(0, 20)), Verdict(held, (), under))


@settings(deadline=None)
@given(cases())
def test_a_budget_is_kept_and_reaches_as_far_as_it_can(case: Case) -> None:
    rates = rates_of(case.budget, PRICES, through_cdn=False)
    verdict, use = judged(case, rates)
    goes = [action for action in case.actions if not verdict.holds(action)]
    holds = [action for action in case.actions if verdict.is_over_budget(action) and not case.verdict.holds(action)]
    check_that_nothing_is_lost(case, verdict, holds)
    check_that_small_ones_go_first(goes, holds)
    left = limit_of(case.budget) - case.used_bytes * rates.fetched
    released = cost([action for action in goes if action.approved], rates)
    claimed = cost([action for action in goes if not action.approved], rates)
    assert claimed <= max(0.0, left - released) + SLACK, "the budget is kept"
    if holds:
        assert abs(use.planned - claimed - released) < SLACK
        check_that_no_more_would_fit(case, goes, holds, left)


def judged(case: Case, rates: Rates) -> tuple[Verdict, TrafficUse]:
    with TemporaryDirectory() as directory, StateStore.open(Path(directory) / "state.db") as state:
        state.ledger.add_received("2026-11", case.used_bytes)
        totals = state.spool(case.actions)
        world = SimpleNamespace(state=state, now_s=lambda: NOVEMBER_S)
        limit = TrafficLimit(case.budget, rates)
        options = RunOptions("n", "b", "/f", "", Policy(), GuardOptions(), {}, traffic=limit, zone="UTC")
        verdict, use = within_budget(cast("World", world), options, totals, case.verdict, case.thawing_bytes)
        assert use is not None
        return verdict, use


def cost(actions: Iterable[Action], rates: Rates) -> float:
    totals: dict[Group, GroupTotal] = {}
    for action in actions:
        one = GroupTotal(1, action.fetched_bytes, 0, 0, action.thawed_bytes)
        totals[action.group] = totals.get(action.group, NO_ACTIONS).plus(one)
    return planned(totals, rates)


def turn(action: Action) -> tuple[int, tuple[int, str]]:
    """Where in the order of all an action has its turn; -1 if it takes nothing, or was released."""
    part = part_of(action)
    return (-1 if part is None else list(Part).index(part)), place_of(action)


def check_that_nothing_is_lost(case: Case, verdict: Verdict, holds: list[Action]) -> None:
    """Every action goes on or is held; what is told of the budget is what is held for it; nothing released is."""
    counted = {group: total.actions for group, total in verdict.over_budget.items()}
    assert counted == Counter(action.group for action in holds)
    told = sum(total.fetched_bytes + total.thawed_bytes for total in verdict.over_budget.values())
    assert told == sum(action.fetched_bytes + action.thawed_bytes for action in holds)
    assert not any(action.approved for action in holds)
    for action in case.actions:
        assert verdict.holds(action) == (case.verdict.holds(action) or action in holds)


def check_that_small_ones_go_first(goes: list[Action], holds: list[Action]) -> None:
    for part in Part:
        gone = [place_of(action) for action in goes if part_of(action) is part]
        waiting = [place_of(action) for action in holds if part_of(action) is part]
        assert not gone or not waiting or max(gone) < min(waiting)


def check_that_no_more_would_fit(case: Case, goes: list[Action], holds: list[Action], left: float) -> None:
    """Of each part: its first action that is held, with all whose turn was before, is more than what was left."""
    rates = rates_of(case.budget, PRICES, through_cdn=False)
    for part in Part:
        first = min((action for action in holds if part_of(action) is part), key=turn, default=None)
        if first is not None:
            before = [action for action in goes if turn(action) < turn(first)]
            thaws = part in (Part.THAWED, Part.DEEP_THAWED)
            reserved = case.thawing_bytes * rates.fetched if thaws else 0.0
            assert cost([*before, first], rates) + reserved > left - SLACK
