"""What the bucket does not give: waited for, held, or asked to thaw, by mode and policy; what it took away is kept."""

import dataclasses

import pytest
from msgspec.structs import replace

from kodokeep.model.action import LOSING_BUCKET, LOSING_FOLDER, Action, ActionKind, Decision, Reason, StandingKind
from kodokeep.model.archive import DAY_S
from kodokeep.model.entry import NS_PER_S, RemoteEntry
from kodokeep.model.options import DELETIONS, Archived, Conflicts, Deletions, Mode, Policy
from kodokeep.planning.decide import decide
from tests.unit.planning.rows import T0_NS, content, local, remote, row, synced

T0_S = T0_NS // NS_PER_S
FROZEN = {"storage_type": 2}
DEEP = {"storage_type": 3}
THAWING = {"storage_type": 2, "restore_status": 1}
THAWED = {"storage_type": 2, "restore_status": 2}

NEEDS = {
    "new": row(remote("theirs"), None, None),
    "lost": row(remote("one"), None, synced("one")),
    "changed": row(remote("theirs"), local("one"), synced("one")),
    "edited": row(remote("one"), local("mine", moved=9), synced("one")),
    "both": row(remote("theirs"), local("mine", moved=9), synced("one")),
}
"""Rows whose object has to be fetched, in one mode or another, be it before the bucket loses it."""


def decided(name: str, mode: Mode, archived: Archived, **state: object) -> Decision:
    seen = NEEDS[name]
    seen = replace(seen, remote=replace(seen.object, **state))
    hashed = content("mine", moved=9) if name in ("edited", "both") else None
    deletions = Deletions.PROPAGATE if name == "lost" and mode is not Mode.BACKUP else DELETIONS[mode][0]
    return decide(seen, hashed, Policy(mode, deletions, archived=archived))


NEEDED = [(name, mode) for mode in Mode for name in NEEDS if (name, mode) != ("new", Mode.PUBLISH)]


def purpose(action: Action) -> tuple[Reason, Reason]:
    """What an archived, and a deep-archived object are thawed for."""
    if action.kind in LOSING_BUCKET:
        return Reason.TO_SAVE, Reason.TO_SAVE_DEEP
    return (Reason.TO_REPLACE, Reason.TO_REPLACE_DEEP) if action.kind in LOSING_FOLDER else (
        Reason.TO_THAW, Reason.TO_THAW_DEEP
    )  # fmt: skip


@pytest.mark.parametrize(("name", "mode"), NEEDED)
def test_whatever_needs_a_frozen_content_asks_for_it_to_be_thawed(name: str, mode: Mode) -> None:
    plain = decided(name, mode, Archived.THAW)
    assert isinstance(plain, Action)
    assert plain.fetched_bytes, "these rows need their content, or the test proves nothing"
    for state, reason in zip((FROZEN, DEEP), purpose(plain), strict=True):
        decision = decided(name, mode, Archived.THAW, **state)
        assert isinstance(decision, Action)
        assert (decision.kind, decision.reason) == (ActionKind.THAW, reason)
        assert (decision.thawed_bytes, decision.fetched_bytes) == (plain.fetched_bytes, 0)
        assert (decision.removed_bytes, decision.destructive) == (plain.removed_bytes, False)
    assert decided(name, mode, Archived.THAW, **THAWED).kind is plain.kind


@pytest.mark.parametrize(("name", "mode"), NEEDED)
def test_what_is_thawing_is_waited_for_and_a_disabled_one_never_thawed(name: str, mode: Mode) -> None:
    assert decided(name, mode, Archived.THAW, **THAWING).kind is StandingKind.THAWING
    disabled = decided(name, mode, Archived.THAW, **FROZEN, status=1)
    assert disabled.kind in (StandingKind.UNAVAILABLE, StandingKind.HELD)


@pytest.mark.parametrize(("name", "mode"), NEEDED)
def test_hold_asks_for_nothing(name: str, mode: Mode) -> None:
    for state in (FROZEN, DEEP):
        assert decided(name, mode, Archived.HOLD, **state).kind in (StandingKind.UNAVAILABLE, StandingKind.HELD)


@pytest.mark.parametrize("mode", [Mode.BACKUP, Mode.PUBLISH])
def test_what_only_a_person_can_release_is_not_thawed_before(mode: Mode) -> None:
    """It would freeze again while it is held, and be thawed again, and again."""
    seen = row(remote("theirs", **FROZEN), local("mine"), None)
    policy = Policy(mode, DELETIONS[mode][0], archived=Archived.THAW)
    waits = decide(seen, content("mine"), policy)
    assert (waits.kind, waits.reason) == (
        StandingKind.UNAVAILABLE if mode is Mode.BACKUP else StandingKind.HELD,
        Reason.FROZEN_UNSYNCED,
    )
    released = decide(seen, content("mine"), dataclasses.replace(policy, accepts=True))
    assert released.kind is ActionKind.THAW


@pytest.mark.parametrize("mode", Mode)
def test_what_needs_no_content_needs_no_thaw(mode: Mode) -> None:
    policy = Policy(mode, DELETIONS[mode][0], archived=Archived.THAW)
    for seen, hashed in (
        (row(remote("one", **FROZEN), local("one"), synced("one", storage_type=2)), None),
        (row(remote("one", **FROZEN), local("one"), synced("one")), None),
        (row(remote("same", **FROZEN), local("same"), None), content("same")),
    ):
        assert decide(seen, hashed, policy).kind in (StandingKind.UNCHANGED, ActionKind.TOUCH, ActionKind.ADOPT)


TAKEN_AWAY = [({"expires_s": T0_S}, Reason.EXPIRED), ({"status": 1}, Reason.WITHDRAWN)]


@pytest.mark.parametrize(("facts", "reason"), TAKEN_AWAY)
@pytest.mark.parametrize("mode", Mode)
def test_what_was_taken_away_leaves_the_file_and_is_not_put_back(
    mode: Mode, facts: dict[str, int], reason: Reason
) -> None:
    for deletions in DELETIONS[mode]:
        policy = Policy(mode, deletions, Conflicts.KEEP_BOTH, T0_NS)
        decision = decide(row(None, local("one"), synced("one", **facts)), None, policy)
        assert (decision.kind, decision.reason) == (ActionKind.KEEP, reason)
        kept = decide(row(None, local("one"), synced("one", kept=True, **facts)), None, policy)
        assert kept.kind is StandingKind.KEPT, "settled"


@pytest.mark.parametrize(("facts", "reason"), TAKEN_AWAY)
def test_of_what_was_edited_a_backup_keeps_the_edit_and_the_others_upload_it(
    facts: dict[str, int], reason: Reason
) -> None:
    seen = row(None, local("mine", moved=9), synced("one", **facts))
    kinds = {mode: decide(seen, content("mine", moved=9), Policy(mode, now_ns=T0_NS)).kind for mode in Mode}
    assert kinds == {
        Mode.BACKUP: ActionKind.KEEP,
        Mode.SYNC: ActionKind.UPLOAD,
        Mode.PUBLISH: ActionKind.UPLOAD,
    }


def test_before_its_time_it_is_a_deletion_like_any_other() -> None:
    seen = row(None, local("one"), synced("one", expires_s=T0_S + DAY_S + 1))
    assert decide(seen, None, Policy(now_ns=T0_NS)).kind is ActionKind.DELETE


def test_a_listing_says_nothing_of_expiries() -> None:
    listed: RemoteEntry = remote("one")
    assert decide(row(listed, local("one"), synced("one", expires_s=5)), None, Policy()).kind is StandingKind.UNCHANGED
    told = replace(listed, expires_s=6)
    assert decide(row(told, local("one"), synced("one", expires_s=5)), None, Policy()).kind is ActionKind.TOUCH
