"""Renames are found in the plan, with the order in which each finds its place free (rule 20)."""

import pytest

from kodokeep.model.action import Action, ActionKind, Group, GroupTotal, Reason, Row
from kodokeep.model.options import Deletions, Mode, Policy
from kodokeep.ports import Repaired
from kodokeep.state.spool import CHUNK_ACTIONS
from kodokeep.state.store import StateStore
from tests.unit.planning.rows import content, local, remote, synced

PROPAGATE, RESTORE = Policy(Mode.SYNC, Deletions.PROPAGATE), Policy(Mode.SYNC, Deletions.RESTORE)
MOVED_OBJECT, MOVED = Group(ActionKind.MOVE_OBJECT, Reason.RENAMED), Group(ActionKind.MOVE, Reason.RENAMED)


def gone(key: str, text: str = "one") -> Action:
    return Action(ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY, _row(key, r=text, s=text))


def lost(key: str, text: str = "one") -> Action:
    return Action(ActionKind.DOWNLOAD, Reason.LOST, _row(key, r=text, s=text))


def new(key: str, text: str = "one") -> Action:
    return Action(ActionKind.UPLOAD, Reason.NEW, _row(key, loc=text), content(text))


def edited(key: str, old: str, text: str) -> Action:
    return Action(ActionKind.OVERWRITE, Reason.EDITED, _row(key, r=old, loc=text, s=old), content(text))


def gone_object(key: str, text: str = "one") -> Action:
    return Action(ActionKind.DELETE, Reason.GONE, _row(key, loc=text, s=text))


def new_object(key: str, text: str = "one") -> Action:
    return Action(ActionKind.DOWNLOAD, Reason.NEW, _row(key, r=text))


def changed_object(key: str, old: str, text: str) -> Action:
    return Action(ActionKind.REPLACE, Reason.CHANGED, _row(key, r=text, loc=old, s=old))


def _row(key: str, *, r: str | None = None, loc: str | None = None, s: str | None = None) -> Row:
    return Row(
        key,
        None if r is None else remote(r, key=key),
        None if loc is None else local(loc, key=key, path=key),
        None if s is None else synced(s, key=key, path=key),
    )


def paired(store: StateStore, plan: list[Action], policy: Policy = PROPAGATE) -> list[Repaired]:
    store.spool(plan)
    return list(store.pair(policy))


def moves(store: StateStore) -> list[tuple[str, str, int, bool]]:
    found = [action for _, action in store.spooled_moves([MOVED_OBJECT, MOVED])]
    return [(a.source.key, a.key, a.stage, a.parks) for a in found if a.source is not None]


def left(store: StateStore) -> dict[str, tuple[ActionKind, Reason]]:
    found = [action for _, action in store.spooled(store.group_totals())]
    return {action.key: (action.kind, action.reason) for action in found if action.source is None}


def test_a_rename_takes_the_place_of_its_two_halves(store: StateStore) -> None:
    departure, arrival, other = gone("a"), new("b"), new("c", "two")
    (repaired,) = paired(store, [departure, arrival, other])
    moved = Action(ActionKind.MOVE_OBJECT, Reason.RENAMED, arrival.row, arrival.content, departure.row)
    assert repaired == Repaired((departure, arrival), (moved,))
    assert list(store.spooled_moves([MOVED_OBJECT])) == [(2, moved)]
    assert store.group_totals() == {
        MOVED_OBJECT: GroupTotal(1, 0, 0),
        Group(ActionKind.UPLOAD, Reason.NEW): GroupTotal(1, 0, 0, 3),
    }


def test_a_rename_in_the_bucket_moves_the_file(store: StateStore) -> None:
    paired(store, [gone_object("a"), new_object("b")])
    assert moves(store) == [("a", "b", 0, False)]
    assert list(store.spooled_moves([MOVED_OBJECT])) == []


def test_the_two_sides_are_not_mixed_up(store: StateStore) -> None:
    """A deletion here and a new object there: the same content, but nobody renamed anything."""
    paired(store, [gone("a"), new_object("b")])
    assert moves(store) == []


def test_a_backup_follows_only_the_bucket_and_a_publish_only_the_folder(store: StateStore) -> None:
    plan = [gone("a"), new("b"), gone_object("c", "two"), new_object("d", "two")]
    paired(store, plan, Policy(Mode.BACKUP, Deletions.PROPAGATE))
    assert moves(store) == [("c", "d", 0, False)]
    paired(store, plan, Policy(Mode.PUBLISH, Deletions.PROPAGATE))
    assert moves(store) == [("a", "b", 0, False)]


def test_equal_contents_pair_in_key_order_empty_ones_too(store: StateStore) -> None:
    paired(store, [gone("a1", ""), gone("a2", ""), gone("a3", ""), new("b1", ""), new("b2", "")])
    assert moves(store) == [("a1", "b1", 0, False), ("a2", "b2", 0, False)]
    assert left(store) == {"a3": (ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY)}


@pytest.mark.parametrize(
    "plan",
    [
        [lost("a"), new("b"), new("c")],
        [lost("a"), lost("b"), new("c")],
        [lost("a", ""), new("b", "")],
    ],
)
def test_restore_moves_nothing_that_might_be_a_copy(store: StateStore, plan: list[Action]) -> None:
    assert paired(store, plan, RESTORE) == []
    assert moves(store) == []


def test_restore_moves_what_is_unique(store: StateStore) -> None:
    paired(store, [lost("a"), new("b"), lost("c", ""), new("d", "")], RESTORE)
    assert moves(store) == [("a", "b", 0, False)]


def test_a_name_that_is_used_anew_gets_its_new_content_after_the_old_one_moved(store: StateStore) -> None:
    """`mv a b; echo two > a`"""
    repaired = paired(store, [edited("a", "one", "two"), new("b", "one")])
    assert moves(store) == [("a", "b", 0, False)]
    assert left(store) == {"a": (ActionKind.UPLOAD, Reason.EDITED)}
    assert [len(each.after) for each in repaired] == [2]
    assert repaired[0].after[1].row.remote is None


def test_the_same_in_the_bucket(store: StateStore) -> None:
    (repaired,) = paired(store, [changed_object("a", "one", "two"), new_object("b", "one")])
    assert moves(store) == [("a", "b", 0, False)]
    assert left(store) == {"a": (ActionKind.DOWNLOAD, Reason.CHANGED)}
    assert repaired.after[1].row.local is None


def test_a_file_moved_over_another_one_is_no_move(store: StateStore) -> None:
    """The content that was there leaves altogether: it has to be brought into history first."""
    plan = [gone("a"), edited("b", "two", "one")]
    assert paired(store, plan) == []
    assert list(left(store)) == ["a", "b"]


def test_a_chain_begins_at_its_free_end(store: StateStore) -> None:
    paired(store, [gone("a", "one"), edited("b", "two", "one"), edited("c", "six", "two"), new("d", "six")])
    assert moves(store) == [("c", "d", 0, False), ("b", "c", 1, False), ("a", "b", 2, False)]
    assert left(store) == {}


def test_a_chain_that_ends_at_an_occupied_key_does_not_move(store: StateStore) -> None:
    plan = [gone("a", "one"), edited("b", "two", "one"), edited("c", "six", "two")]
    assert paired(store, plan) == []
    assert list(left(store)) == ["a", "b", "c"]


def test_free_places_are_taken_before_occupied_ones(store: StateStore) -> None:
    paired(store, [gone("a"), edited("b", "two", "one"), new("c")])
    assert moves(store) == [("a", "c", 0, False)]


def test_a_swap_parks_one_of_the_two(store: StateStore) -> None:
    paired(store, [edited("a", "one", "two"), edited("b", "two", "one")])
    assert moves(store) == [("b", "a", 0, False), ("a", "b", 1, True)]
    assert left(store) == {}


def test_each_cycle_parks_one_of_its_own(store: StateStore) -> None:
    rotated = [edited("a", "A", "C"), edited("b", "B", "A"), edited("c", "C", "B")]
    swapped = [edited("x", "X", "Y"), edited("y", "Y", "X")]
    chain = [gone("k", "K"), new("l", "K")]
    paired(store, [*rotated, *chain, *swapped])
    assert moves(store) == [
        ("c", "a", 0, False), ("k", "l", 0, False), ("y", "x", 0, False),
        ("b", "c", 1, False), ("x", "y", 1, True),
        ("a", "b", 2, True),
    ]  # fmt: skip


def test_a_move_in_the_middle_of_a_chain_knows_the_row_that_was_there(store: StateStore) -> None:
    """Over several pages, in which the other half may have been replaced already."""
    count = CHUNK_ACTIONS + 200
    names = [f"{number * 7919 % count:05d}" for number in range(count)]
    texts = [f"text {number}" for number in range(count)]
    chain = [gone(names[0], texts[0])]
    chain += [edited(names[n], texts[n], texts[n - 1]) for n in range(1, count)]
    plan = {action.key: action for action in [*chain, new("end", texts[-1])]}
    repaired = paired(store, [plan[key] for key in sorted(plan)])

    found = [action for _, action in store.spooled_moves([MOVED_OBJECT])]
    assert [action.key for action in found] == ["end", *reversed(names[1:])]
    assert [action.stage for action in found] == list(range(count))
    for action in found:
        assert action.source is not None
        assert action.source == plan[action.source.key].row
        assert action.row == plan[action.key].row
    assert sorted(action.key for each in repaired for action in each.before) == sorted(plan)
    assert store.group_totals() == {MOVED_OBJECT: GroupTotal(count, 0, 0)}


def test_moves_come_only_with_their_group(store: StateStore) -> None:
    paired(store, [gone("a"), new("b")])
    assert list(store.spooled_moves([])) == []
    assert list(store.spooled_moves([MOVED_OBJECT._replace(approved=True)])) == []


def test_a_new_plan_has_none_of_the_old_moves(store: StateStore) -> None:
    paired(store, [gone("a"), new("b")])
    paired(store, [gone("c"), new("d")])
    assert moves(store) == [("c", "d", 0, False)]
