"""Laws of deciding, over random rows told by what each side really holds."""

from dataclasses import dataclass, replace

from hypothesis import assume, given
from hypothesis import strategies as st

from kodokeep.model.action import LOSING_BUCKET, LOSING_FOLDER, Action, ActionKind, Decision, Reason, Row, StandingKind
from kodokeep.model.entry import LocalContent, LocalEntry, RemoteEntry, Stamp, SyncedEntry
from kodokeep.model.options import DELETIONS, Conflicts, Mode, Policy
from kodokeep.model.qetag import v1
from kodokeep.planning.classify import needs_content
from kodokeep.planning.decide import decide

T0_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000
NOW_NS = T0_NS + 3600 * SECOND_NS

IN_BUCKET = LOSING_BUCKET | {ActionKind.UPLOAD, ActionKind.MOVE_OBJECT, ActionKind.CONFLICT}
IN_FOLDER = LOSING_FOLDER | {ActionKind.DOWNLOAD, ActionKind.MOVE, ActionKind.CONFLICT}

MIRRORED = {
    ActionKind.DOWNLOAD: ActionKind.UPLOAD,
    ActionKind.REPLACE: ActionKind.OVERWRITE,
    ActionKind.DELETE: ActionKind.DELETE_OBJECT,
    StandingKind.LOCAL_ONLY: StandingKind.REMOTE_ONLY,
}
MIRRORED |= {there: here for here, there in MIRRORED.items()}


@dataclass(frozen=True)
class Side:
    """What one side holds: its content, if any, and how much later than the record it was written."""

    content: bytes | None
    later_s: int


@dataclass(frozen=True)
class Truth:
    """A row as somebody who sees everything would tell it."""

    local: Side
    remote: Side
    record: bytes | None
    kept: bool = False
    racy: bool = False
    own_upload: bool = False
    storage_type: int = 0
    status: int = 0

    def edited(self, side: Side) -> bool:
        return side.content is not None and side.content != self.record

    def swapped(self) -> "Truth":
        return replace(self, local=self.remote, remote=self.local)

    def decision(self, policy: Policy) -> Decision:
        row = Row("k", self._remote(), self._local(), self._synced())
        assume(any((row.remote, row.local, row.synced)))
        content = self.local.content
        if content is None or row.local is None or not needs_content(row):
            return decide(row, None, policy)
        return decide(row, LocalContent(v1(content), "", row.local.stamp), policy)

    def _local(self) -> LocalEntry | None:
        content, later_ns = self.local.content, self.local.later_s * SECOND_NS
        if content is None:
            return None
        return LocalEntry("k", "k", Stamp(len(content), T0_NS + later_ns, T0_NS + later_ns))

    def _remote(self) -> RemoteEntry | None:
        content, put_ns = self.remote.content, T0_NS + self.remote.later_s * SECOND_NS
        if content is None:
            return None
        return RemoteEntry("k", len(content), v1(content), put_ns, "", self.storage_type, self.status)

    def _synced(self) -> SyncedEntry | None:
        if self.record is None:
            return None
        stamp, put_ns = Stamp(len(self.record), T0_NS, T0_NS), None if self.own_upload else T0_NS
        hash_ = v1(self.record)
        return SyncedEntry("k", "k", hash_, hash_, len(self.record), put_ns, stamp, racy=self.racy, kept=self.kept)


contents = st.sampled_from([b"", b"a", b"b", b"cc"])
sides = st.builds(Side, st.none() | contents, st.sampled_from([0, 1, 2, 10, 60, 7200]))


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    truth = Truth(draw(sides), draw(sides), draw(st.none() | contents), draw(st.booleans()), draw(st.booleans()))
    unseen = truth.local.later_s == 0 and not truth.racy
    assume(not (truth.edited(truth.local) and unseen))  # an edit that leaves no trace at all is none that anybody sees
    return truth


@st.composite
def unusual_truths(draw: st.DrawFn) -> Truth:
    """The same, with objects that cannot be read, and with records of our own uploads."""
    kinds = {"storage_type": draw(st.sampled_from([0, 1, 2, 3])), "status": draw(st.sampled_from([0, 1]))}
    return replace(draw(truths()), own_upload=draw(st.booleans()), **kinds)


@st.composite
def policies(draw: st.DrawFn, modes: tuple[Mode, ...] = tuple(Mode)) -> Policy:
    mode = draw(st.sampled_from(modes))
    return Policy(mode, draw(st.sampled_from(DELETIONS[mode])), draw(st.sampled_from(Conflicts)), NOW_NS)


@given(unusual_truths(), policies((Mode.SYNC,)))
def test_an_edit_is_never_deleted(truth: Truth, policy: Policy) -> None:
    """Nor the other side's content, so that the edit may come there."""
    kind = truth.decision(policy).kind
    if truth.edited(truth.local) or truth.edited(truth.remote):
        assert kind not in (ActionKind.DELETE, ActionKind.DELETE_OBJECT)


@given(unusual_truths(), policies((Mode.SYNC,)))
def test_an_edit_is_replaced_only_where_a_policy_or_nothing_new_says_so(truth: Truth, policy: Policy) -> None:
    decision = truth.decision(policy)
    both = truth.edited(truth.local) and truth.edited(truth.remote)
    if both and policy.conflicts is Conflicts.KEEP_BOTH:
        assert decision.kind not in LOSING_FOLDER | LOSING_BUCKET
    elif truth.edited(truth.local) and not both:
        assert decision.kind not in LOSING_FOLDER
    elif truth.edited(truth.remote) and not both:
        assert decision.kind not in LOSING_BUCKET


@given(unusual_truths(), policies())
def test_equal_contents_never_conflict_and_never_travel(truth: Truth, policy: Policy) -> None:
    decision = truth.decision(policy)
    if truth.local.content is not None and truth.local.content == truth.remote.content:
        assert decision.kind in (ActionKind.ADOPT, ActionKind.TOUCH, StandingKind.UNCHANGED)


@given(unusual_truths(), policies())
def test_one_way_modes_change_one_side(truth: Truth, policy: Policy) -> None:
    kind = truth.decision(policy).kind
    assert policy.mode is not Mode.BACKUP or kind not in IN_BUCKET
    assert policy.mode is not Mode.PUBLISH or kind not in IN_FOLDER


@given(unusual_truths(), policies())
def test_content_that_nobody_ever_synced_is_swept_away_by_nobody(truth: Truth, policy: Policy) -> None:
    """Rule 22: where it would be, the group says so, and is held. Only a policy for conflicts may say otherwise."""
    decision = truth.decision(policy)
    if truth.record is None and decision.kind in LOSING_FOLDER:
        assert decision.reason is Reason.NEVER_SYNCED
    if truth.record is None and decision.kind in LOSING_BUCKET and policy.mode is Mode.PUBLISH:
        assert decision.reason is Reason.NEVER_SYNCED


@given(unusual_truths(), policies())
def test_the_bucket_loses_only_what_can_be_fetched_first(truth: Truth, policy: Policy) -> None:
    """Rule 25."""
    if truth.decision(policy).kind in LOSING_BUCKET:
        assert truth.storage_type not in (2, 3)
        assert truth.status == 0


@given(truths(), policies((Mode.SYNC,)))
def test_sync_treats_both_sides_alike(truth: Truth, policy: Policy) -> None:
    """Swapping what the sides hold swaps what is done to them; reasons name a side, so they may differ."""
    assume(not truth.racy)  # only files have records that are too young to be trusted
    unseen = truth.remote.later_s == 0
    assume(not (truth.edited(truth.remote) and unseen))
    sides_swapped = {Conflicts.LOCAL: Conflicts.REMOTE, Conflicts.REMOTE: Conflicts.LOCAL}
    other = Policy(policy.mode, policy.deletions, sides_swapped.get(policy.conflicts, policy.conflicts), NOW_NS)
    here, there = truth.decision(policy), truth.swapped().decision(other)
    assert there.kind == MIRRORED.get(here.kind, here.kind)


@given(truths(), policies())
def test_what_was_done_needs_no_doing_again(truth: Truth, policy: Policy) -> None:
    """Once both sides hold what an action brings, and that is on record, nothing is left to do."""
    decision = truth.decision(policy)
    if not isinstance(decision, Action):
        return
    winner = {
        ActionKind.DOWNLOAD: truth.remote,
        ActionKind.REPLACE: truth.remote,
        ActionKind.UPLOAD: truth.local,
        ActionKind.OVERWRITE: truth.local,
        ActionKind.ADOPT: truth.local,
        ActionKind.TOUCH: truth.local,
    }.get(decision.kind)
    if winner is not None:
        settled = Truth(Side(winner.content, 0), Side(winner.content, 0), winner.content)
        assert settled.decision(policy).kind is StandingKind.UNCHANGED
        uploaded = Truth(Side(winner.content, 0), Side(winner.content, 60), winner.content, own_upload=True)
        assert uploaded.decision(policy).kind is StandingKind.UNCHANGED
