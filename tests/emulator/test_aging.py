"""The store in which time passes: what it shows, what it sweeps, and that nobody waits for it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo_emulator.clock import Clock
from kodo_emulator.hosts.paging import Listing, read_entries, read_page
from kodo_emulator.net.turns import at_once
from kodo_emulator.store.aging import AgingStore
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, LifecycleRule, Settings, StoredObject
from tests.emulator.test_lifecycle_laws import DAY_S, NOW_S, make, relaxed, rule


class Days:
    """A clock that stands still unless it is told otherwise."""

    def __init__(self) -> None:
        self.clock = Clock(lambda: NOW_S * 1_000_000_000)

    def go(self, days: float) -> None:
        self.clock.elapsed_s = days * DAY_S


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[DiskStore]:
    disk = DiskStore(tmp_path, sync=False)
    disk.put_bucket(Bucket("b", private=False, created_s=0))
    yield disk
    disk.close()


@pytest.fixture
def days() -> Days:
    return Days()


def put(store: AgingStore, stored: StoredObject) -> None:
    incoming = store.receive()
    incoming.write(b"x")
    store.put("b", msgspec.structs.replace(stored, content=asyncio.run(incoming.seal())))


def sweep_all(store: AgingStore) -> int:
    steps = 0
    while store.sweep("b"):
        steps += 1
    return steps


def set_rules(store: AgingStore, *rules: LifecycleRule) -> None:
    bucket = store.bucket("b")
    assert bucket
    store.put_bucket(msgspec.structs.replace(bucket, settings=Settings(lifecycle=rules)))


def test_rules_reach_only_what_is_put_while_they_stand(disk: DiskStore, days: Days) -> None:
    store = AgingStore(disk, days.clock)
    put(store, make("before"))
    set_rules(store, rule("", delete_after_days=1, to_line_after_days=0))
    put(store, make("marked"))
    set_rules(store)
    put(store, make("after"))
    days.go(3)
    assert [stored.key for stored in store.scan("b", "", None, 10)] == ["after", "before"]


def test_a_sweep_makes_it_durable(disk: DiskStore, days: Days) -> None:
    store = AgingStore(disk, days.clock)
    for number in range(500):
        put(store, make(f"{number:03}", expires_s=NOW_S + (5 if number % 2 else 100 * DAY_S)))
    put(store, make("later", transitions=((1, NOW_S + 5), (2, NOW_S + 50 * DAY_S))))
    days.go(1)
    assert disk.find("b", "001")
    sweep_all(store)
    assert disk.find("b", "001") is None
    assert len(disk.scan("b", "", None, 1000)) == 251
    later = disk.find("b", "later")
    assert later
    assert (later.kind, later.transitions) == (1, ((2, NOW_S + 50 * DAY_S),))
    assert sweep_all(store) == 0  # Until the next date there is nothing to do.
    days.go(51)
    assert sweep_all(store) > 0
    days.go(101)
    sweep_all(store)
    assert [stored.key for stored in disk.scan("b", "", None, 10)] == ["later"]


def test_a_bucket_without_dates_is_left_alone(disk: DiskStore, days: Days) -> None:
    store = AgingStore(disk, days.clock)
    put(store, make("k"))
    days.go(1000)
    assert store.dated_buckets() == []
    put(store, make("k", expires_s=NOW_S + 2000 * DAY_S))
    assert store.dated_buckets() == ["b"]
    store.update("b", msgspec.structs.replace(store.scan("b", "", None, 1)[0], expires_s=None))
    days.go(3000)
    sweep_all(store)
    assert store.dated_buckets() == []
    bucket = disk.bucket("b")
    assert bucket
    assert not bucket.dated


def test_dates_are_known_after_a_restart(disk: DiskStore, days: Days) -> None:
    first = AgingStore(disk, days.clock)
    put(first, make("k", expires_s=NOW_S + 5))
    set_rules(first)  # A change of settings must not forget that there are dates.
    days.go(1)
    again = AgingStore(disk, days.clock)
    assert again.find("b", "k") is None
    assert again.totals("b").count == disk.totals("b").count
    assert disk.find("b", "k") is None  # Totals are taken after what expired is gone.


def test_what_changes_during_a_sweep_is_not_lost(disk: DiskStore, days: Days) -> None:
    store = AgingStore(disk, days.clock)
    for number in range(500):
        put(store, make(f"{number:03}", expires_s=NOW_S + 5))
    days.go(1)
    assert store.sweep("b")
    assert 0 < disk.totals("b").count < 500  # The sweep is on its way, and these are before it and behind it.
    put(store, make("499", expires_s=NOW_S + 10 * DAY_S))
    put(store, make("000", expires_s=NOW_S + 20 * DAY_S))
    store.delete("b", "498")
    sweep_all(store)
    assert [stored.key for stored in disk.scan("b", "", None, 10)] == ["000", "499"]
    days.go(11)
    sweep_all(store)
    assert [stored.key for stored in disk.scan("b", "", None, 10)] == ["000"]
    days.go(21)
    assert store.find("b", "000") is None


def test_a_sweep_that_fails_is_taken_up_again(disk: DiskStore, days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    store = AgingStore(disk, days.clock)
    put(store, make("k", expires_s=NOW_S + 5))
    days.go(1)
    with monkeypatch.context() as broken:
        broken.setattr(disk, "revise", raise_full)
        for _ in range(2):
            with pytest.raises(OSError, match="full"):
                store.sweep("b")
    assert store.scan("b", "", None, 10) == []
    sweep_all(store)
    assert disk.totals("b").count == 0


def raise_full(*_: object) -> None:
    raise OSError("the disk is full")


def test_a_clock_that_is_set_back_undoes_nothing_that_was_swept(disk: DiskStore, days: Days) -> None:
    store = AgingStore(disk, days.clock)
    for key, life in (("short", 1), ("long", 9)):
        put(store, make(key, expires_s=NOW_S + life * DAY_S, transitions=((1, NOW_S + life),)))
    days.go(2)
    sweep_all(store)
    days.go(0)
    assert [stored.key for stored in store.scan("b", "", None, 10)] == ["long"]
    sweep_all(store)
    days.go(10)
    assert store.find("b", "long") is None
    sweep_all(store)
    assert disk.totals("b").count == 0


def test_passing_what_has_expired_gives_others_their_turns(disk: DiskStore, days: Days) -> None:
    store = AgingStore(disk, days.clock)
    for number in range(1000):
        put(store, make(f"{number:03}", expires_s=NOW_S + 5))
    put(store, make("last"))
    days.go(1)
    for delimiter in ("", "9"):
        turns = list(read_page(store, Listing("b", delimiter=delimiter, limit=10)))
        assert len(turns) >= 3
    entries = list(read_entries(store, Listing("b"), None))
    assert [found and found[0].item for found in entries] == [*[None] * (len(entries) - 1), store.find("b", "last")]
    assert len(entries) >= 3


def test_a_page_goes_on_behind_what_went_while_it_was_read(disk: DiskStore, days: Days) -> None:
    store = AgingStore(disk, days.clock)
    put(store, make("a/1"))
    for number in range(1000):
        put(store, make(f"b{number:03}", expires_s=NOW_S + 5))
    put(store, make("z"))
    days.go(1)
    reading = read_page(store, Listing("b", delimiter="/", limit=1))
    next(reading)
    store.delete("b", "a/1")
    page = at_once(reading)
    assert (page.prefixes, page.next_after) == (["a/"], "a/")


def test_dropping_a_bucket_drops_its_dates(disk: DiskStore, days: Days) -> None:
    store = AgingStore(disk, days.clock)
    put(store, make("k", expires_s=NOW_S + 5))
    store.drop_bucket("b")
    assert store.dated_buckets() == []
    store.put_bucket(Bucket("b", private=False, created_s=0))
    assert store.dated_buckets() == []


@given(
    lives=st.dictionaries(st.text(st.sampled_from("ab/"), max_size=4), st.none() | st.integers(1, 4), max_size=15),
    passed=st.integers(0, 5),
    delimiter=st.sampled_from(["", "/", "a"]),
    limit=st.integers(1, 4),
)
@relaxed
def test_pages_hold_what_lives(
    disk: DiskStore, lives: dict[str, int | None], passed: int, delimiter: str, limit: int
) -> None:
    days = Days()
    store = AgingStore(disk, days.clock)
    for stored in disk.scan("b", "", None, 1000):
        store.delete("b", stored.key)
    for key, life in lives.items():
        put(store, make(key, expires_s=None if life is None else NOW_S + life * DAY_S))
    days.go(passed)
    living = sorted(key for key, life in lives.items() if life is None or life > passed)
    found: list[str] = []
    after: str | None = None
    while True:
        page = at_once(read_page(store, Listing("b", "", delimiter, after, limit)))
        found += sorted([stored.key for stored in page.items] + page.prefixes)
        after = page.next_after
        if after is None:
            break
    grouped = [key[: key.find(delimiter) + 1] if delimiter and delimiter in key else key for key in living]
    assert found == list(dict.fromkeys(grouped))
