"""What a guard held can be released, action by action, and only as it was (rule 23); parked objects are remembered."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from kodokeep.model.action import Action, ActionKind, Group, Reason, Row
from kodokeep.model.outcome import Parked
from kodokeep.model.record import HeldAction
from kodokeep.state.store import StateStore
from tests.unit.state.samples import NEXT_RUN, RUN, action, opened, remote, synced

CHANGED = Group(ActionKind.REPLACE, Reason.CHANGED)


def hold(store: StateStore, actions: list[Action], run: str = RUN) -> None:
    store.spool(actions)
    store.remember_held(run, store.spooled(store.group_totals()))


def deletion(key: str) -> Action:
    return Action(ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY, Row(key, remote(key, 70), None, synced(key)))


def test_nothing_is_approved_by_being_held(store: StateStore) -> None:
    hold(store, [action("a")])
    assert not store.is_approved(action("a"))
    assert list(store.held()) == [HeldAction("a", ActionKind.REPLACE, Reason.CHANGED, 11, RUN, approved=False)]


def test_all_is_released_or_what_is_under_some_prefixes(store: StateStore) -> None:
    hold(store, [action("a/1"), action("a/2"), action("b"), deletion("c")])
    assert store.approve(["a/", "a/1", "nowhere"]).actions == 2
    assert [store.is_approved(action(key)) for key in ("a/1", "a/2", "b")] == [True, True, False]
    assert store.approve([]).actions == 2
    assert store.is_approved(deletion("c"))


def test_another_action_or_another_content_is_not_what_was_released(store: StateStore) -> None:
    hold(store, [action("a")])
    store.approve([])
    row = action("a").row
    assert row.remote is not None
    assert not store.is_approved(action("a", ActionKind.OVERWRITE))
    assert not store.is_approved(replace(action("a"), row=replace(row, remote=replace(row.remote, hash="other"))))
    assert not store.is_approved(action("b"))


def test_an_approval_is_kept_for_the_next_process(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        hold(store, [action("a")])
    with opened(tmp_path) as store:
        store.approve([])
    with StateStore.open_for_plan(tmp_path / "state.db") as store:
        assert store.is_approved(action("a"))


def test_the_next_run_holds_anew_and_what_it_could_not_do_either_stays_approved(store: StateStore) -> None:
    hold(store, [action("a"), action("b")])
    store.approve([])
    hold(store, [replace(action("b"), approved=True), action("c")], NEXT_RUN)
    assert [(held.key, held.run, held.approved) for held in store.held()] == [
        ("b", NEXT_RUN, True), ("c", NEXT_RUN, False),
    ]  # fmt: skip
    assert not store.is_approved(action("a"))


def test_what_only_comes_can_be_held_and_released_as_well(store: StateStore) -> None:
    download = Action(ActionKind.DOWNLOAD, Reason.NEW, Row("a", remote("a"), None, None))
    hold(store, [download, action("b")])
    assert [(held.key, held.size_bytes) for held in store.held()] == [("a", 11), ("b", 11)]
    store.approve(["a"])
    assert store.is_approved(download)


def test_all_are_told_by_key(store: StateStore) -> None:
    hold(store, [action("c"), action("a"), action("b")])
    assert [held.key for held in store.held()] == ["a", "b", "c"]


def test_while_nothing_is_released_the_database_is_asked_once(
    store: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(store, [action("a")])
    assert not store.is_approved(action("a"))
    monkeypatch.setattr(store._database, "rows", None)
    assert not store.is_approved(action("a"))


def test_parked_objects_are_remembered_until_they_are_home(tmp_path: Path) -> None:
    first, second = Parked("~park/1", "a", "b", "Fhash", 11), Parked("~park/2", "c", "d", "Fother", 0)
    with opened(tmp_path) as store:
        store.park([second, first])
        store.park([first])
    with opened(tmp_path) as store:
        assert store.parked() == [first, second]
        store.unpark(["~park/1", "nowhere"])
        assert store.parked() == [second]
