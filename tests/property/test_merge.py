"""The merge is a join: whatever the streams hold, every key comes once, in order, with what each stream says of it."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.errors import ListingBroken, ListingUnordered
from kodokeep.model.action import Row
from kodokeep.model.entry import LocalEntry, Obstacle, ObstacleKind
from kodokeep.planning.merge import merge
from tests.unit.planning.rows import local, obstacle, remote, synced

KEYS = st.sets(st.text(alphabet=st.sampled_from("ab/\x00\uffff\U0001f600%"), max_size=4), max_size=12)


def rows(merged: Iterator[Row | Obstacle]) -> list[Row]:
    return [item for item in merged if isinstance(item, Row)]


@given(KEYS, KEYS, KEYS)
def test_merge_is_a_full_join_in_byte_order(r: set[str], loc: set[str], s: set[str]) -> None:
    merged = rows(
        merge(
            (remote(key=k) for k in sorted(r)),
            (local(key=k, path=k) for k in sorted(loc)),
            (synced(key=k, path=k) for k in sorted(s)),
        )
    )
    assert [row.key for row in merged] == sorted(r | loc | s, key=lambda k: k.encode())
    assert {row.key for row in merged if row.remote} == r
    assert {row.key for row in merged if row.local} == loc
    assert {row.key for row in merged if row.synced} == s
    assert all(e is None or e.key == row.key for row in merged for e in (row.remote, row.local, row.synced))


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6))
def test_a_listing_that_does_not_ascend_is_never_used(keys: list[str]) -> None:
    ascending = all(a < b for a, b in itertools.pairwise(keys))
    try:
        merged = rows(merge((remote(key=k) for k in keys), iter(()), iter(())))
    except (ListingBroken, ListingUnordered):
        assert not ascending
    else:
        assert ascending
        assert [row.key for row in merged] == keys


def test_an_unsorted_walk_stops_the_run() -> None:
    with pytest.raises(RuntimeError, match="walk"):
        list(merge(iter(()), iter([local(key="b"), local(key="a")]), iter(())))


def blocked(kind: ObstacleKind, *, known_path: str | None) -> list[Row]:
    """One object under the directory `d`, which is an obstacle."""
    walk: list[LocalEntry | Obstacle] = [
        obstacle("d", "d", kind),
        obstacle("d/", "d", kind, covers_prefix=True),
        local(key="e", path="e"),
    ]
    state = [synced(key="d/x", path=known_path)] if known_path else []
    return rows(merge(iter([remote(key="d/x"), remote(key="e")]), iter(walk), iter(state)))


def test_everything_on_record_under_an_obstacle_is_unknown() -> None:
    for kind in (ObstacleKind.UNREADABLE, ObstacleKind.SYMLINK, ObstacleKind.VANISHED_MOUNT):
        first, second = blocked(kind, known_path="d/x")
        assert first.obstacle is not None
        assert second.obstacle is None


def test_a_new_object_is_blocked_only_by_what_cannot_be_seen() -> None:
    assert blocked(ObstacleKind.UNREADABLE, known_path=None)[0].obstacle is not None
    assert blocked(ObstacleKind.SYMLINK, known_path=None)[0].obstacle is None


def test_a_file_on_record_beside_the_obstacle_is_not_blocked() -> None:
    assert blocked(ObstacleKind.SYMLINK, known_path="d%%/x")[0].obstacle is None


def test_of_two_files_with_one_key_the_one_on_record_wins_and_the_other_is_told() -> None:
    walk = [local(key="k", path="k"), local(key="k", path="k%%")]
    merged = list(merge(iter(()), iter(walk), iter([synced(key="k", path="k%%")])))
    assert [row.local.path for row in rows(iter(merged)) if row.local] == ["k%%"]
    assert [item.path for item in merged if isinstance(item, Obstacle)] == ["k"]
