"""A content that its side knows under another key need not travel (rule 27); what may be one is hashed (rule 20)."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from kodokeep.model.action import Action, ActionKind, Group, GroupTotal, Reason, Row
from kodokeep.model.entry import SyncedEntry
from kodokeep.model.options import Deletions, Mode, Policy
from kodokeep.state import copies
from kodokeep.state.store import StateStore
from tests.unit.planning.rows import content, remote, synced
from tests.unit.state.samples import RUN, step
from tests.unit.state.test_pairing import edited, gone, gone_object, lost, new, new_object

SYNC = Policy(Mode.SYNC, Deletions.RESTORE)


def known(text: str, key: str, **fields: object) -> SyncedEntry:
    """On record with the type that we guess for keys without extension."""
    return replace(synced(text, key=key), mime="application/octet-stream", **fields)


def remember(store: StateStore, *entries: SyncedEntry) -> None:
    store.commit(RUN, [step(entry.key, synced=entry) for entry in entries])


def sources(store: StateStore, plan: Iterable[Action], policy: Policy = SYNC) -> dict[str, str]:
    store.spool(plan)
    list(store.pair(policy))
    found = [action for _, action in store.spooled(store.group_totals()) if action.copies]
    return {action.key: action.source.key for action in found if action.source is not None}


def test_both_sides_copy_what_they_know(store: StateStore) -> None:
    remember(store, known("one", "a"), known("two", "b"))
    plan = [new("new", "one"), new_object("object", "two"), new("unknown", "six")]
    assert sources(store, plan) == {"new": "a", "object": "b"}
    assert store.group_totals() == {
        Group(ActionKind.UPLOAD, Reason.NEW): GroupTotal(2, 0, 0, 3),
        Group(ActionKind.DOWNLOAD, Reason.NEW): GroupTotal(1, 0, 0),
    }


def test_the_account_hears_of_it(store: StateStore) -> None:
    remember(store, known("one", "a"))
    store.spool([new("new", "one")])
    (repaired,) = store.pair(SYNC)
    assert repaired.before == (new("new", "one"),)
    assert repaired.after == (replace(new("new", "one"), source=Row("a", None, None, known("one", "a"))),)


def test_only_the_side_that_the_mode_writes_to_copies(store: StateStore) -> None:
    remember(store, known("one", "a"))
    plan = [new("new", "one"), new_object("object", "one")]
    assert sources(store, plan, Policy(Mode.BACKUP, Deletions.KEEP)) == {"object": "a"}
    assert sources(store, plan, Policy(Mode.PUBLISH, Deletions.KEEP)) == {"new": "a"}


def test_an_ambiguous_rename_under_restore_is_a_copy(store: StateStore) -> None:
    remember(store, known("one", "a"))
    assert sources(store, [lost("a"), new("b"), new("c")]) == {"b": "a", "c": "a"}


def test_a_copy_under_keep_takes_what_is_kept(store: StateStore) -> None:
    remember(store, known("one", "a"))
    kept = replace(gone("a"), kind=ActionKind.KEEP)
    assert sources(store, [kept, new("b")], Policy(Mode.PUBLISH, Deletions.KEEP)) == {"b": "a"}


def test_what_is_deleted_in_the_end_can_be_copied_before(store: StateStore) -> None:
    remember(store, known("one", "a"), known("two", "b"))
    plan = [gone_object("a"), gone("b", "two"), new_object("c"), new_object("d"), new("e", "two"), new("f", "two")]
    assert sources(store, plan) == {"c": "a", "d": "a", "e": "b", "f": "b"}


@pytest.mark.parametrize(
    "doubtful",
    [
        replace(edited("a", "one", "two"), reason=Reason.BOTH_CHANGED),
        replace(edited("a", "one", "two"), kind=ActionKind.CONFLICT, reason=Reason.BOTH_CHANGED),
        Action(ActionKind.FORGET, Reason.BOTH_GONE, Row("a", None, None, known("one", "a"))),
        Action(ActionKind.ADOPT, Reason.EQUAL, Row("a", remote("two", key="a"), None, known("one", "a"))),
    ],
)
def test_a_key_that_this_plan_changes_or_doubts_is_no_source(store: StateStore, doubtful: Action) -> None:
    remember(store, known("one", "a"))
    assert sources(store, [doubtful, new("b", "one")]) == {}
    remember(store, known("one", "c"))
    assert sources(store, [doubtful, new("b", "one")]) == {"b": "c"}


def test_a_key_that_moves_away_is_no_source(store: StateStore) -> None:
    remember(store, known("one", "a"))
    plan = [gone("a"), new("b"), new("c")]
    assert sources(store, plan, Policy(Mode.SYNC, Deletions.PROPAGATE)) == {}


def test_a_kept_orphan_and_an_empty_file_are_no_sources(store: StateStore) -> None:
    remember(store, known("one", "a", kept=True), known("", "b"))
    assert sources(store, [new("c", "one"), new("d", "")]) == {}


def test_a_file_is_found_by_the_listed_hash_or_by_ours(store: StateStore) -> None:
    remember(store, known("one", "a", remote_hash="nother"))
    by_v1 = new_object("b", "one")
    row = by_v1.row
    assert row.remote is not None
    by_v2 = replace(by_v1, row=Row("c", replace(row.remote, key="c", hash="nother"), None, None))
    assert sources(store, [by_v1, by_v2]) == {"b": "a", "c": "a"}


def test_the_first_object_that_fits_is_taken(store: StateStore) -> None:
    frozen = [known("one", f"a{number}", storage_type=2) for number in range(3)]
    remember(store, *frozen, known("one", "b"))
    assert sources(store, [new("new", "one")]) == {"new": "b"}


def test_no_more_than_a_few_are_tried(store: StateStore) -> None:
    remember(store, *(known("one", f"a{n:03d}", status=1) for n in range(copies.TRIED_SOURCES)))
    remember(store, known("one", "b"))
    assert sources(store, [new("new", "one")]) == {}


def test_new_files_are_hashed_only_if_their_size_is_known(store: StateStore) -> None:
    remember(store, known("one", "a"), known("", "b"), known("three", "c", kept=True))
    plan = [replace(new(name, text), content=None) for name, text in
            (("d", "two"), ("e", "seven"), ("f", ""), ("g", "other"), ("h", "six"))]  # fmt: skip
    store.spool([*plan, new("i", "ten")])
    assert [action.key for _, action in store.unhashed_arrivals()] == ["d", "h"]


def test_an_empty_file_is_hashed_if_one_left(store: StateStore) -> None:
    remember(store, known("", "a"))
    store.spool([gone("a", ""), replace(new("b", ""), content=None)])
    assert [action.key for _, action in store.unhashed_arrivals()] == ["b"]


def test_what_was_hashed_meanwhile_does_not_come_again(store: StateStore) -> None:
    remember(store, known("one", "a"))
    store.spool([replace(new(f"{number:04d}", "one"), content=None) for number in range(1500)])
    seen = 0
    for seq, action in store.unhashed_arrivals():
        store.respool(seq, replace(action, content=content("one")))
        seen += 1
    assert seen == 1500
    assert list(store.unhashed_arrivals()) == []


def test_a_plan_that_brings_nothing_costs_no_search(store: StateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(store, known("one", "a"))
    store.spool([gone("a"), Action(ActionKind.TOUCH, Reason.METADATA, Row("b", None, None, None))])
    with monkeypatch.context() as patch:
        patch.setattr(store._database, "rows", None)
        patch.setattr(store._database, "execute", None)
        assert list(store.unhashed_arrivals()) == []
        assert list(store.pair(Policy(Mode.SYNC, Deletions.PROPAGATE))) == []
