"""Whatever was renamed, copied, edited and deleted on either side: the plan with its moves loses nothing (rule 20)."""

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kodokeep.execution.account import Account
from kodokeep.model.action import Action, ActionKind, Group, GroupTotal
from kodokeep.model.options import Deletions, Mode, Policy
from kodokeep.model.outcome import Outcome, OutcomeKind, Step
from kodokeep.state.store import StateStore
from tests.property.renaming import MOVES, Sides
from tests.unit.planning.rows import content, synced
from tests.unit.state.samples import RUN, opened, step

KEYS = ["", "a.txt", "b.txt", "c.txt", "d/\0", "d/e", "z", "\U0010ffff"]
CONTENTS = ["", "one", "two", "six", "seven"]

TREES = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(CONTENTS), max_size=len(KEYS))


@st.composite
def sides(draw: st.DrawFn) -> Sides:
    """Any two trees and a third; which side of each key moved is drawn, too. Permutations make chains and cycles."""
    before = draw(TREES)
    after = draw(TREES | _shuffled(before))
    remotely = draw(st.sets(st.sampled_from(KEYS)) | st.just(set(KEYS)) | st.just(set()))
    bucket = {key: tree[key] for key in KEYS if key in (tree := after if key in remotely else before)}
    folder = {key: tree[key] for key in KEYS if key in (tree := before if key in remotely else after)}
    return Sides(before, bucket, folder)


def _shuffled(tree: Mapping[str, str]) -> st.SearchStrategy[dict[str, str]]:
    return st.permutations(KEYS).map(lambda keys: {keys[KEYS.index(key)]: tree[key] for key in tree})


def _recorded(key: str, text: str) -> Step:
    return step(key, synced=synced(text, key=key, path=key))


class Paired:
    """The plan for two sides, once pairing went over it."""

    def __init__(self, store: StateStore, world: Sides, policy: Policy, unhashed: set[str]) -> None:
        self.account = Account()
        self.planned = world.plan(policy.deletions, unhashed)
        for action in self.planned:
            self.account.planned(action)
        store.commit(RUN, [_recorded(key, text) for key, text in world.before.items()])
        store.spool(self.planned)
        for seq, action in store.unhashed_arrivals():
            store.respool(seq, replace(action, content=content(world.folder[action.key])))
        for repaired in store.pair(policy):
            self.account.replanned(repaired.before, repaired.after)
        self.totals = store.group_totals()
        self.actions = [action for _, action in store.spooled(self.totals)]
        self.moves = [action for _, action in store.spooled_moves(self.totals)]
        self.others = [action for action in self.actions if action.kind not in MOVES]


POLICIES = st.sampled_from([Deletions.PROPAGATE, Deletions.RESTORE]).map(lambda d: Policy(Mode.SYNC, d))
SOME_KEYS = st.sets(st.sampled_from(KEYS))


@given(world=sides(), policy=POLICIES, unhashed=SOME_KEYS)
def test_both_sides_end_alike_and_no_content_is_lost(
    tmp_path_factory: pytest.TempPathFactory, world: Sides, policy: Policy, unhashed: set[str]
) -> None:
    contents = {*world.bucket.values(), *world.folder.values()}
    with opened(tmp_path_factory.mktemp("state")) as store:
        paired = Paired(store, world, policy, unhashed)
    expected = _expected(world, policy.deletions, {move.source.key for move in paired.moves if move.source is not None})
    world.perform(paired.moves, paired.others)
    assert world.bucket == expected
    assert world.folder == expected
    assert contents <= {*expected.values(), *world.history}


@given(world=sides(), policy=POLICIES, unhashed=SOME_KEYS)
def test_what_is_counted_is_what_is_planned(
    tmp_path_factory: pytest.TempPathFactory, world: Sides, policy: Policy, unhashed: set[str]
) -> None:
    with opened(tmp_path_factory.mktemp("state")) as store:
        paired = Paired(store, world, policy, unhashed)
    assert _counts(paired.actions) == paired.totals
    assert {move.key: move for move in paired.moves} == {a.key: a for a in paired.actions if a.kind in MOVES}
    for action in paired.actions:
        paired.account.outcome(Outcome(action, OutcomeKind.DONE, copied=action.copies))
    paired.account.close(held=())
    listed, walked = paired.account.tallies()
    assert listed.total == sum(action.row.remote is not None for action in paired.planned)
    assert walked.total == sum(action.row.local is not None for action in paired.planned)
    assert (listed.reconciles, walked.reconciles, paired.account.total("failed")) == (True, True, 0)


@given(world=sides(), policy=POLICIES)
def test_a_content_moves_as_often_as_it_can_or_only_if_there_is_no_doubt(
    tmp_path_factory: pytest.TempPathFactory, world: Sides, policy: Policy
) -> None:
    """To free keys as often as it left others; under `restore` only a unique one that is not empty."""
    with opened(tmp_path_factory.mktemp("state")) as store:
        paired = Paired(store, world, policy, set())
    for side, kind in ((world.folder, ActionKind.MOVE_OBJECT), (world.bucket, ActionKind.MOVE)):
        left, arrived, occupied = _left_and_arrived(world, side)
        moved = Counter(_content_of(world, move) for move in paired.moves if move.kind is kind)
        for text in CONTENTS:
            pairs = min(left[text], arrived[text])
            if policy.deletions is Deletions.RESTORE and (text == "" or left[text] > 1 or arrived[text] > 1):
                pairs = 0
            assert moved[text] == pairs if text not in occupied else moved[text] <= pairs


@given(world=sides(), mode=st.sampled_from(Mode))
def test_under_keep_nothing_moves(tmp_path_factory: pytest.TempPathFactory, world: Sides, mode: Mode) -> None:
    with opened(tmp_path_factory.mktemp("state")) as store:
        paired = Paired(store, world, Policy(mode, Deletions.KEEP), set())
    assert paired.moves == []
    assert [action.key for action in paired.actions] == [action.key for action in paired.planned]


def _expected(world: Sides, deletions: Deletions, renamed: set[str]) -> dict[str, str]:
    """The side that moved has its way; but under `restore` a deletion has not, unless it was a rename."""
    expected = {}
    for key in {*world.before, *world.bucket, *world.folder}:
        before, bucket, folder = (tree.get(key) for tree in (world.before, world.bucket, world.folder))
        now = folder if bucket == before else bucket
        if now is None and bucket != folder and deletions is Deletions.RESTORE and key not in renamed:
            now = before
        if now is not None:
            expected[key] = now
    return expected


def _left_and_arrived(world: Sides, side: Mapping[str, str]) -> tuple[Counter[str], Counter[str], set[str]]:
    """How often each content left a key of a side or arrived at one, and those that arrived at a key with another."""
    other = world.bucket if side is world.folder else world.folder
    moved = [key for key in KEYS if side.get(key) != world.before.get(key) and other.get(key) == world.before.get(key)]
    left = Counter(world.before[key] for key in moved if key in world.before)
    arrived = Counter(side[key] for key in moved if key in side)
    return left, arrived, {side[key] for key in moved if key in side and key in world.before}


def _content_of(world: Sides, move: Action) -> str:
    assert move.source is not None
    return world.before[move.source.key]


def _counts(actions: list[Action]) -> dict[Group, GroupTotal]:
    totals: dict[Group, GroupTotal] = {}
    for action in actions:
        sums = (1, action.fetched_bytes, action.removed_bytes, action.sent_bytes)
        total = totals.get(action.group, GroupTotal(0, 0, 0))
        so_far = (total.actions, total.fetched_bytes, total.removed_bytes, total.sent_bytes)
        totals[action.group] = GroupTotal(*map(sum, zip(so_far, sums, strict=True)))
    return totals
