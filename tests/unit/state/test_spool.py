"""The spool gives a plan back as it was, in the order to work in, in bounded memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kodokeep.errors import ListingBroken
from kodokeep.model.action import Action, ActionKind, Group, GroupTotal, Reason, Row
from kodokeep.model.entry import LocalEntry, Stamp
from kodokeep.model.summary import Summary
from kodokeep.state import listing, spool
from kodokeep.state.store import StateStore
from tests.unit.state.samples import HOSTILE_KEYS, RUN, action, opened, remote, step

NEW = Group(ActionKind.DOWNLOAD, Reason.NEW)
CHANGED = Group(ActionKind.REPLACE, Reason.CHANGED)
GONE = Group(ActionKind.DELETE, Reason.GONE)


def download(key: str) -> Action:
    return Action(NEW.kind, NEW.reason, Row(key, remote(key), None, None))


def test_an_action_comes_back_whole_and_numbered_by_planning(store: StateStore) -> None:
    plan = [download("z"), action("a"), download("b")]
    store.spool(plan)
    assert list(store.spooled([NEW, CHANGED])) == [(2, plan[1]), (3, plan[2]), (1, plan[0])]


def test_groups_are_told_apart_by_kind_and_reason(store: StateStore) -> None:
    lost = Action(ActionKind.DOWNLOAD, Reason.LOST, Row("b", remote("b"), None, None))
    store.spool([download("a"), lost, action("c")])
    assert [seq for seq, _ in store.spooled([NEW])] == [1]
    assert [seq for seq, _ in store.spooled([Group(ActionKind.REPLACE, Reason.NEW)])] == []
    assert list(store.spooled([])) == []


def test_approved_actions_are_a_group_of_their_own(store: StateStore) -> None:
    store.spool([action("a"), replace(action("b"), approved=True)])
    assert [done.key for _, done in store.spooled([CHANGED])] == ["a"]
    assert [done.key for _, done in store.spooled([CHANGED._replace(approved=True)])] == ["b"]


def test_totals_under_a_prefix_count_only_its_actions(store: StateStore) -> None:
    store.spool([download("a/1"), action("a/2"), replace(action("a/3"), approved=True), download("b/1")])
    assert store.prefix_totals(["a/", "b/", "c/"]) == {
        "a/": {
            NEW: GroupTotal(1, 11, 0),
            CHANGED: GroupTotal(1, 11, 11),
            CHANGED._replace(approved=True): GroupTotal(1, 11, 11),
        },
        "b/": {NEW: GroupTotal(1, 11, 0)},
        "c/": {},
    }


def test_an_action_that_is_put_in_anothers_place_is_counted_and_given_out_instead(store: StateStore) -> None:
    store.spool([download("a"), download("b")])
    store.respool(2, action("b"))
    assert list(store.spooled([NEW, CHANGED])) == [(1, download("a")), (2, action("b"))]
    assert store.group_totals() == {NEW: GroupTotal(1, 11, 0), CHANGED: GroupTotal(1, 11, 11)}


def test_totals_count_what_is_fetched_and_what_leaves(store: StateStore) -> None:
    file = LocalEntry("d", "d", Stamp(500, 1, 1))
    totals = store.spool(
        [
            download("a"),
            download("b"),
            action("c"),
            Action(GONE.kind, GONE.reason, Row("d", None, file, None)),
            action("e", ActionKind.ADOPT, Reason.EQUAL),
        ]
    )
    assert totals == {
        NEW: GroupTotal(2, 22, 0),
        CHANGED: GroupTotal(1, 11, 11),
        GONE: GroupTotal(1, 0, 500),
        Group(ActionKind.ADOPT, Reason.EQUAL): GroupTotal(1, 0, 0),
    }


def test_keys_that_failed_last_time_come_first(store: StateStore) -> None:
    store.begin_run(RUN, "backup", {})
    store.finish_run(Summary("n", RUN, "backup", 3), iter(["y", "x"]), frozenset())
    store.spool(map(download, "abxyz"))
    assert [done.key for _, done in store.spooled([NEW])] == ["x", "y", "a", "b", "z"]


def test_hostile_keys_come_in_byte_order(store: StateStore) -> None:
    store.spool(map(download, reversed(HOSTILE_KEYS)))
    assert [done.key for _, done in store.spooled([NEW])] == sorted(HOSTILE_KEYS)


def test_a_new_plan_replaces_the_old_one(store: StateStore) -> None:
    store.spool([download("a"), download("b")])
    store.spool([download("c")])
    assert [(seq, done.key) for seq, done in store.spooled([NEW])] == [(1, "c")]


def test_a_plan_is_made_while_synced_is_read_and_worked_on_while_it_is_committed(store: StateStore) -> None:
    count = 2 * spool.CHUNK_ACTIONS + 7
    store.commit(RUN, [step(f"{number:05d}") for number in range(count)])
    store.spool(download(entry.key) for entry in store.synced(""))
    worked_on = 0
    for _, done in store.spooled([NEW]):
        worked_on += 1
        if worked_on % 100 == 0:
            store.commit(RUN, [step(done.key, synced=None)])
    assert worked_on == count


def test_the_plan_is_taken_lazily(store: StateStore) -> None:
    """No more than one chunk is ever held: what was taken before the failure is on the disk."""

    def actions() -> Iterator[Action]:
        for number in range(spool.CHUNK_ACTIONS + 1):
            yield download(f"{number:05d}")
        stored = sum(1 for _ in store.spooled([NEW]))
        raise ListingBroken(str(stored))

    with pytest.raises(ListingBroken, match=str(spool.CHUNK_ACTIONS)):
        store.spool(actions())


def test_a_finished_run_leaves_no_plan(store: StateStore, tmp_path: Path) -> None:
    store.begin_run(RUN, "backup", {})
    store.spool([download("a")])
    store.finish_run(Summary("n", RUN, "backup", 0), [], frozenset())
    assert list(store.spooled([NEW])) == []
    assert not (tmp_path / "state.db-spool").exists()


def test_a_crashed_plan_of_any_content_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "state.db-spool").write_bytes(b"torn" * 1000)
    with opened(tmp_path) as store:
        store.spool([download("a")])
        assert [seq for seq, _ in store.spooled([NEW])] == [1]
    assert [file.name for file in tmp_path.iterdir()] == ["state.db"]


def test_a_listing_is_sorted_in_byte_order_whole(store: StateStore, tmp_path: Path) -> None:
    listed = [remote(key) for key in HOSTILE_KEYS] + [remote(f"{n:05d}") for n in range(listing.CHUNK_ENTRIES + 7)]
    assert list(store.sort_remote(reversed(listed))) == sorted(listed, key=lambda entry: entry.key.encode())
    assert not (tmp_path / "state.db-listing").exists()


def test_a_sorted_listing_and_the_plan_made_of_it_share_the_connection(store: StateStore) -> None:
    store.spool(download(entry.key) for entry in store.sort_remote(map(remote, "cab")))
    assert [(seq, done.key) for seq, done in store.spooled([NEW])] == [(1, "a"), (2, "b"), (3, "c")]


def test_a_key_listed_twice_stops_before_the_first_entry(store: StateStore) -> None:
    """Rule 15: no entry is given out that an early download could start from."""
    entries = store.sort_remote(map(remote, ["b", "twice", "a", "twice"]))
    with pytest.raises(ListingBroken, match="'twice'"):
        next(entries)


def test_a_listing_that_a_crash_left_goes_with_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "state.db-listing").write_bytes(b"half a listing")
    with opened(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["state.db"]


def test_sorting_may_be_given_up_and_begun_again(store: StateStore) -> None:
    entries = store.sort_remote(map(remote, "ba"))
    assert next(entries).key == "a"
    assert [entry.key for entry in store.sort_remote(map(remote, "dc"))] == ["c", "d"]
