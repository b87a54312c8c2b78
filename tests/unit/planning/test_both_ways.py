"""Deciding where both sides may change: conflicts, bytes that cannot be had, symlinks."""

import pytest
from msgspec.structs import replace

from kodokeep.model.action import LOSING_FOLDER, Action, ActionKind, Reason, Row, StandingKind
from kodokeep.model.entry import LocalContent
from kodokeep.model.mtime import LAST_MODIFIED
from kodokeep.model.options import Conflicts, Deletions, Mode, Policy
from kodokeep.planning.classify import needs_content
from kodokeep.planning.decide import decide
from tests.unit.planning.rows import T0_NS, content, local, obstacle, remote, row, synced

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
NEWER = Policy(Mode.SYNC, Deletions.RESTORE, Conflicts.NEWER, T0_NS + DAY_NS)
SYNC = Policy(Mode.SYNC, Deletions.PROPAGATE)
PUBLISH = Policy(Mode.PUBLISH, Deletions.PROPAGATE)
OPAQUE = "x"  # a hash of no kind that we know

FROZEN = {"storage_type": 2}
THAWING = {"storage_type": 2, "restore_status": 1}
DISABLED = {"status": 1}


def told(r: Row, hashed: LocalContent | None, policy: Policy) -> tuple[str, str]:
    decision = decide(r, hashed, policy)
    return decision.kind, decision.reason


def both_edited(moved: int, **fields: object) -> tuple[Row, LocalContent]:
    return row(remote("theirs", **fields), local("mine", moved=moved), synced()), content("mine", moved=moved)


@pytest.mark.parametrize(
    ("local_s", "remote_s", "kind"),
    [
        (10, 0, ActionKind.OVERWRITE),
        (0, 10, ActionKind.REPLACE),
        (2, 0, ActionKind.CONFLICT),
        (0, 2, ActionKind.CONFLICT),
        (2.000000001, 0, ActionKind.OVERWRITE),
        (90_000, 0, ActionKind.CONFLICT),
        (0, 90_000, ActionKind.CONFLICT),
    ],
)
def test_the_newer_content_wins_unless_the_clocks_do_not_tell(local_s: float, remote_s: float, kind: str) -> None:
    """Rule 13: within two seconds, or in the future (of a day from T0), both are kept."""
    row_, hashed = both_edited(int(local_s * SECOND_NS), put_time_ns=T0_NS + int(remote_s * SECOND_NS))
    assert told(row_, hashed, NEWER) == (kind, Reason.BOTH_CHANGED)


def test_an_object_is_as_old_as_the_file_that_it_was_made_from() -> None:
    uploaded_late = {
        "put_time_ns": T0_NS + 60 * SECOND_NS,
        "metadata": ((LAST_MODIFIED, "Mon, 01 Jan 2018 00:00:00 GMT"),),
    }
    row_, hashed = both_edited(10 * SECOND_NS, **uploaded_late)
    assert told(row_, hashed, NEWER) == (ActionKind.OVERWRITE, Reason.BOTH_CHANGED)


def test_a_newer_object_does_not_sweep_away_what_was_never_synced() -> None:
    """Rule 22: the group of this reason is always held."""
    first = row(remote("theirs", put_time_ns=T0_NS + 60 * SECOND_NS), local("mine"))
    assert told(first, None, NEWER) == (ActionKind.REPLACE, Reason.NEVER_SYNCED)


@pytest.mark.parametrize("record", [None, synced()])
def test_where_no_hash_can_tell_the_object_is_fetched_and_compared(record: object) -> None:
    row_ = row(remote("two", hash=OPAQUE), local("one", moved=1), record)  # type: ignore[arg-type]
    hashed = content("owt" if record else "one", moved=1)
    assert told(row_, hashed, SYNC) == (ActionKind.CONFLICT, Reason.UNVERIFIABLE)


def test_where_the_object_is_to_win_it_is_compared_before_it_replaces_anything() -> None:
    row_ = row(remote("two", hash=OPAQUE), local("one"))
    wins = Policy(Mode.SYNC, Deletions.RESTORE, Conflicts.REMOTE)
    assert told(row_, content("one"), wins) == (ActionKind.DOWNLOAD, Reason.UNVERIFIABLE)


def test_what_an_earlier_run_learnt_settles_the_next_one() -> None:
    learnt = row(remote("one", hash=OPAQUE, content_hash=content("one").content_hash), local("one"))
    for policy in (SYNC, PUBLISH):
        assert told(learnt, content("one"), policy) == (ActionKind.ADOPT, Reason.EQUAL)
        assert told(learnt, content("two"), policy)[0] in (ActionKind.CONFLICT, ActionKind.OVERWRITE)


@pytest.mark.parametrize("mode", [Mode.SYNC, Mode.PUBLISH])
def test_a_new_file_is_not_read_to_decide_that_it_is_uploaded(mode: Mode) -> None:
    fresh = row(None, local())
    assert not needs_content(fresh)
    assert told(fresh, None, Policy(mode)) == (ActionKind.UPLOAD, Reason.NEW)


@pytest.mark.parametrize(
    ("fields", "kind", "reason"),
    [
        (FROZEN, StandingKind.UNAVAILABLE, Reason.FROZEN),
        (THAWING, StandingKind.THAWING, Reason.THAWING),
        (DISABLED, StandingKind.UNAVAILABLE, Reason.DISABLED),
    ],
)
def test_what_the_bucket_does_not_give_cannot_come_to_the_folder(
    fields: dict[str, object], kind: str, reason: str
) -> None:
    changed = row(remote("theirs", **fields), local(), synced())
    edited, hashed = both_edited(1, **fields)
    for row_, read in ((row(remote(**fields)), None), (changed, None), (edited, hashed)):
        assert told(row_, read, SYNC) == (kind, reason)


@pytest.mark.parametrize(
    ("fields", "reason"), [(FROZEN, Reason.FROZEN), (THAWING, Reason.FROZEN), (DISABLED, Reason.DISABLED)]
)
def test_what_cannot_be_put_into_history_does_not_leave_the_bucket(fields: dict[str, object], reason: str) -> None:
    """Rule 25."""
    edited = row(remote("one", **fields), local("mine", moved=1), synced())
    gone = row(remote("one", **fields), None, synced())
    first = row(remote("theirs", **fields), local("mine"))
    held = (StandingKind.HELD, reason)
    for policy in (SYNC, PUBLISH):
        assert told(edited, content("mine", moved=1), policy) == held
        assert told(gone, None, policy) == held
    assert told(first, None, PUBLISH) == held
    row_, hashed = both_edited(1, **fields)
    assert told(row_, hashed, Policy(Mode.SYNC, conflicts=Conflicts.LOCAL)) == held


@pytest.mark.parametrize("fields", [FROZEN, THAWING, DISABLED])
def test_what_needs_no_bytes_of_the_object_goes_on(fields: dict[str, object]) -> None:
    same = row(remote("mine", **fields), local("mine", moved=1), synced())
    assert told(same, content("mine", moved=1), SYNC) == (ActionKind.ADOPT, Reason.EQUAL)
    touched = row(remote("one", **fields), local(), synced())
    assert told(touched, None, SYNC) == (ActionKind.TOUCH, Reason.METADATA)
    kept = row(remote("one", **fields), None, synced())
    assert told(kept, None, Policy(Mode.PUBLISH, Deletions.KEEP)) == (ActionKind.KEEP, Reason.GONE_LOCALLY)


def linked(r: Row) -> Row:
    assert r.local is not None
    return replace(r, local=replace(r.local, link=True))


@pytest.mark.parametrize("conflicts", Conflicts)
@pytest.mark.parametrize("mode", Mode)
def test_what_a_symlink_leads_to_is_never_changed_or_removed(mode: Mode, conflicts: Conflicts) -> None:
    policy = Policy(mode, Deletions.PROPAGATE, conflicts, T0_NS + DAY_NS)
    edited, hashed = both_edited(1, put_time_ns=T0_NS + 60 * SECOND_NS)
    rows = [
        (row(remote("theirs"), local(), synced()), None),
        (row(None, local(), synced()), None),
        (row(remote("theirs"), local("mine")), None),
        (row(remote("one", hash=OPAQUE), local("one")), content("one")),
        (edited, hashed),
    ]
    for row_, read in rows:
        plain, through_link = decide(row_, read, policy), decide(linked(row_), read, policy)
        changes_file = plain.kind in LOSING_FOLDER | {ActionKind.CONFLICT, ActionKind.DOWNLOAD}
        if isinstance(plain, Action) and changes_file:
            assert (through_link.kind, through_link.reason) == (StandingKind.BLOCKED, Reason.LINK)
        else:
            assert through_link.kind == plain.kind


def test_what_a_symlink_leads_to_is_uploaded_like_any_file() -> None:
    edited = linked(row(remote(), local("mine", moved=1), synced()))
    assert told(edited, content("mine", moved=1), SYNC) == (ActionKind.OVERWRITE, Reason.EDITED)
    assert told(linked(row(None, local())), None, SYNC) == (ActionKind.UPLOAD, Reason.NEW)
    assert told(linked(row(remote(), local())), content("one"), SYNC) == (ActionKind.ADOPT, Reason.EQUAL)


@pytest.mark.parametrize("mode", Mode)
def test_an_unknown_local_side_gets_no_action_in_any_mode(mode: Mode) -> None:
    for seen in (remote(), None):
        blocked = row(seen, None, synced(), obstacle())
        assert told(blocked, None, Policy(mode)) == (StandingKind.BLOCKED, Reason.OBSTACLE)
