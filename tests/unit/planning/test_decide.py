"""The table of `backup` mode, row by row, as a user would state it."""

import pytest

from kodokeep.model.action import Action, ActionKind, Reason, Row, Standing, StandingKind
from kodokeep.model.entry import LocalContent
from kodokeep.model.options import Deletions, Policy
from kodokeep.planning.classify import needs_content, needs_memory
from kodokeep.planning.decide import decide
from tests.unit.planning.rows import content, local, obstacle, remote, row, synced

V2_HASH = "nm_4IaxJVm2v98pGW7G6e7Mf3RSv"


def decided(r: Row, hashed: LocalContent | None = None, deletions: Deletions = Deletions.PROPAGATE) -> tuple[str, str]:
    decision = decide(r, hashed, Policy(deletions=deletions))
    assert decision.row is r
    if isinstance(decision, Action):
        return decision.kind, decision.reason
    assert isinstance(decision, Standing)
    return decision.kind, decision.reason


def test_new_object_is_downloaded() -> None:
    assert decided(row(remote())) == (ActionKind.DOWNLOAD, Reason.NEW)


def test_nothing_changed_needs_neither_hashing_nor_action() -> None:
    same = row(remote(), local(), synced())
    assert not needs_content(same)
    assert decided(same) == (StandingKind.UNCHANGED, Reason.UNCHANGED)


def test_changed_object_replaces_an_unchanged_file() -> None:
    assert decided(row(remote("two"), local(), synced())) == (ActionKind.REPLACE, Reason.CHANGED)


def test_same_size_overwrite_is_seen() -> None:
    assert decided(row(remote("eno"), local(), synced("one"))) == (ActionKind.REPLACE, Reason.CHANGED)


def test_new_put_time_alone_is_a_touch_and_moves_nothing() -> None:
    assert decided(row(remote(put_time_ns=1), local(), synced())) == (ActionKind.TOUCH, Reason.METADATA)


@pytest.mark.parametrize(
    "field", [{"mime": "image/png"}, {"storage_type": 1}, {"metadata": (("a", "b"),)}, {"status": 1}]
)
def test_changed_metadata_alone_is_a_touch(field: dict[str, object]) -> None:
    assert decided(row(remote(**field), local(), synced())) == (ActionKind.TOUCH, Reason.METADATA)


def test_lost_file_comes_back() -> None:
    assert decided(row(remote(), None, synced())) == (ActionKind.DOWNLOAD, Reason.LOST)


def test_edited_file_makes_room_for_the_buckets_content() -> None:
    edited = row(remote(), local("mine", moved=1), synced())
    assert needs_content(edited)
    assert decided(edited, content("mine", moved=1)) == (ActionKind.REPLACE, Reason.EDITED)


def test_touched_file_is_hashed_and_kept() -> None:
    touched = row(remote(), local("one", moved=1), synced())
    assert needs_content(touched)
    assert decided(touched, content("one", moved=1)) == (ActionKind.TOUCH, Reason.LOCAL_TOUCH)


def test_racy_record_is_hashed_even_if_the_stamp_agrees() -> None:
    racy = row(remote(), local(), synced(racy=True))
    assert needs_content(racy)
    assert decided(racy, content("two")) == (ActionKind.REPLACE, Reason.EDITED)
    assert decided(racy, content("one")) == (ActionKind.TOUCH, Reason.LOCAL_TOUCH)


def test_both_sides_changed_to_the_same_bytes() -> None:
    both = row(remote("two"), local("two", moved=1), synced())
    assert decided(both, content("two", moved=1)) == (ActionKind.ADOPT, Reason.EQUAL)


@pytest.mark.parametrize(
    ("policy", "kind"), [(Deletions.PROPAGATE, ActionKind.DELETE), (Deletions.KEEP, ActionKind.KEEP)]
)
def test_object_gone_from_the_bucket(policy: Deletions, kind: ActionKind) -> None:
    assert decided(row(None, local(), synced()), deletions=policy) == (kind, Reason.GONE)


def test_gone_on_both_sides_is_forgotten() -> None:
    assert decided(row(None, None, synced())) == (ActionKind.FORGET, Reason.BOTH_GONE)


def test_kept_orphan_is_settled_whatever_the_policy_says_later() -> None:
    orphan = row(None, local(), synced(kept=True))
    assert decided(orphan, deletions=Deletions.PROPAGATE) == (StandingKind.KEPT, Reason.KEPT)


def test_kept_orphan_whose_object_returns_is_an_ordinary_file_again() -> None:
    assert decided(row(remote(), local(), synced(kept=True))) == (ActionKind.TOUCH, Reason.METADATA)
    assert decided(row(remote("two"), local(), synced(kept=True))) == (ActionKind.REPLACE, Reason.CHANGED)


def test_file_the_bucket_never_had_is_left_alone() -> None:
    assert decided(row(None, local())) == (StandingKind.LOCAL_ONLY, Reason.LOCAL_ONLY)


def test_equal_content_is_adopted_by_hash() -> None:
    first = row(remote(), local())
    assert needs_content(first)
    assert decided(first, content("one")) == (ActionKind.ADOPT, Reason.EQUAL)


def test_equal_size_is_never_enough() -> None:
    assert decided(row(remote("one"), local("two")), content("two")) == (ActionKind.REPLACE, Reason.NEVER_SYNCED)


def test_other_size_needs_no_hashing_to_differ() -> None:
    first = row(remote("one"), local("three"))
    assert not needs_content(first)
    assert decided(first) == (ActionKind.REPLACE, Reason.NEVER_SYNCED)


def test_multipart_hash_is_compared_with_the_hash_of_the_same_parts() -> None:
    first = row(remote("one", hash=V2_HASH, parts=(1, 2)), local("one"))
    assert decided(first, content("one", same_parts_hash=V2_HASH)) == (ActionKind.ADOPT, Reason.EQUAL)
    assert decided(first, content("one", same_parts_hash="n" + V2_HASH[:0:-1])) == (
        ActionKind.REPLACE,
        Reason.NEVER_SYNCED,
    )


def test_unknown_hash_kind_falls_back_to_md5_then_to_fetching_and_comparing() -> None:
    opaque = row(remote("one", hash="x", md5="abc"), local("one"))
    assert decided(opaque, LocalContent("F", "abc", local("one").stamp)) == (ActionKind.ADOPT, Reason.EQUAL)
    assert decided(row(remote("one", hash="x"), local("one")), content("one")) == (
        ActionKind.DOWNLOAD,
        Reason.UNVERIFIABLE,
    )


def test_what_an_earlier_run_fetched_to_compare_is_compared_without_fetching() -> None:
    """Rule 22: what is known to differ is held as any content that was never synced."""
    first = row(remote("one", hash="x"), local("one"))
    assert needs_memory(first, content("one"))
    assert not needs_memory(row(remote("one"), local("one")), content("one"))
    assert not needs_memory(row(remote("one", hash="x"), local("one"), synced()), content("one"))
    learnt = row(remote("one", hash="x", content_hash=content("one").content_hash), local("one"))
    assert decided(learnt, content("one")) == (ActionKind.ADOPT, Reason.EQUAL)
    assert decided(learnt, content("two")) == (ActionKind.REPLACE, Reason.NEVER_SYNCED)


def test_same_bytes_uploaded_another_way_are_no_change() -> None:
    """Equal content, but the listing now shows a v2 hash: only a hash over the same parts can tell (rule 16)."""
    again = row(remote("one", hash=V2_HASH, parts=(1, 2)), local(), synced())
    assert needs_content(again)
    assert decided(again, content("one", same_parts_hash=V2_HASH)) == (ActionKind.TOUCH, Reason.METADATA)
    assert decided(again, content("one", same_parts_hash="other")) == (ActionKind.REPLACE, Reason.CHANGED)


@pytest.mark.parametrize(
    ("fields", "kind", "reason"),
    [
        ({"status": 1}, StandingKind.UNAVAILABLE, Reason.DISABLED),
        ({"storage_type": 2}, StandingKind.UNAVAILABLE, Reason.FROZEN),
        ({"storage_type": 3}, StandingKind.UNAVAILABLE, Reason.FROZEN),
        ({"storage_type": 2, "restore_status": 1}, StandingKind.THAWING, Reason.THAWING),
        ({"storage_type": 2, "restore_status": 2}, ActionKind.DOWNLOAD, Reason.NEW),
        ({"storage_type": 4}, ActionKind.DOWNLOAD, Reason.NEW),
    ],
)
def test_objects_the_bucket_does_not_give(fields: dict[str, object], kind: str, reason: str) -> None:
    assert decided(row(remote(**fields))) == (kind, reason)


def test_unavailable_object_leaves_the_old_file_alone() -> None:
    assert decided(row(remote("two", status=1), local(), synced())) == (StandingKind.UNAVAILABLE, Reason.DISABLED)


def test_unknown_local_side_gets_no_action_at_all() -> None:
    for r in (remote(), None):
        assert decided(row(r, None, synced(), obstacle())) == (StandingKind.BLOCKED, Reason.OBSTACLE)
