"""The rules of time as functions, and the store in which it passes."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodo_emulator.clock import Clock
from kodo_emulator.hosts.paging import Listing, read_page
from kodo_emulator.protocol.lifetimes import expiry_s
from kodo_emulator.store.aging import AgingStore
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, LifecycleRule, Settings, StoredObject
from kodo_emulator.store.lifecycle import aged, next_change_s, with_rules, with_transition

DAY_S = 86_400
CHINA = timezone(timedelta(hours=8))
NOW_S = 1_700_000_000

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
moments = st.floats(0, 4e9)
some_s = st.integers(1, 20)


def make(key: str = "k", **fields: object) -> StoredObject:
    return StoredObject(key, "c", 1, "h", "m", NOW_S * 10_000_000, NOW_S * 10_000_000, **fields)  # type: ignore[arg-type]


@st.composite
def dated_objects(draw: st.DrawFn) -> StoredObject:
    """Objects whose dates are small numbers, so that they meet."""
    stored = make(kind=draw(st.integers(0, 5)), expires_s=draw(st.none() | some_s))
    stored = msgspec.structs.replace(stored, last_modify=0)
    for kind, begins_s in draw(st.dictionaries(st.integers(1, 5), some_s)).items():
        stored = with_transition(stored, kind, begins_s)
    return stored


def test_the_published_example() -> None:
    put = datetime(2015, 1, 1, 10, tzinfo=CHINA)
    assert expiry_s(put.timestamp(), 3) == datetime(2015, 1, 5, tzinfo=CHINA).timestamp()


@given(now_s=moments, days=st.integers(0, 4000))
def test_an_expiry_is_the_midnight_in_china_after_the_days(now_s: float, days: int) -> None:
    end_s = expiry_s(now_s, days)
    midnight = datetime.fromtimestamp(end_s, CHINA)
    assert (midnight.hour, midnight.minute, midnight.second) == (0, 0, 0)
    assert 0 < end_s - (now_s + days * DAY_S) <= DAY_S


@given(one=moments, other=moments, days=st.integers(0, 4000), more=st.integers(0, 100))
def test_later_is_never_over_earlier(one: float, other: float, days: int, more: int) -> None:
    assert expiry_s(min(one, other), days) <= expiry_s(max(one, other), days)
    assert expiry_s(one, days + more) == expiry_s(one, days) + more * DAY_S


@given(stored=dated_objects(), first_s=some_s, second_s=some_s)
def test_how_often_one_looks_changes_nothing(stored: StoredObject, first_s: int, second_s: int) -> None:
    first_s, second_s = sorted((first_s, second_s))
    between = aged(stored, first_s)
    assert (None if between is None else aged(between, second_s)) == aged(stored, second_s)


@given(stored=dated_objects(), now_s=some_s)
def test_nothing_changes_before_the_next_change(stored: StoredObject, now_s: int) -> None:
    change_s = next_change_s(stored)
    assert (aged(stored, now_s) is stored) == (change_s is None or now_s < change_s)


def rule(prefix: str, **days: int) -> LifecycleRule:
    return LifecycleRule(f"rule-{prefix}", prefix, created_s=0, **days)


def test_the_rule_with_the_longest_prefix_counts_alone() -> None:
    rules = [
        rule("", delete_after_days=9, to_line_after_days=1),
        rule("logs/", to_archive_after_days=2, to_archive_ir_after_days=1, to_deep_archive_after_days=3),
    ]
    log = with_rules(make("logs/a"), rules)
    assert log.transitions == tuple((kind, expiry_s(NOW_S, days)) for days, kind in ((1, 4), (2, 2), (3, 3)))
    assert log.expires_s is None
    other = with_rules(make("b"), rules)
    assert (other.expires_s, other.transitions) == (expiry_s(NOW_S, 9), ((1, expiry_s(NOW_S, 1)),))
    own = with_rules(make("b", expires_s=5, transitions=((1, 4),)), rules)
    assert (own.expires_s, own.transitions) == (5, ((1, 4),))
    assert with_rules(make("b"), rules[1:]) == make("b")


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
    for key in ("a", "b", "c"):
        put(store, make(key, expires_s=NOW_S + 5))
    days.go(1)
    assert store.sweep("b")  # All three are found to be due.
    put(store, make("a", expires_s=NOW_S + 10 * DAY_S))  # One of them is new by the time its turn comes.
    put(store, make("0", expires_s=NOW_S + 20 * DAY_S))  # Behind the sweep's back.
    store.delete("b", "b")
    sweep_all(store)
    assert [stored.key for stored in disk.scan("b", "", None, 10)] == ["0", "a"]
    days.go(11)
    sweep_all(store)
    assert [stored.key for stored in disk.scan("b", "", None, 10)] == ["0"]
    days.go(21)
    assert store.find("b", "0") is None


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
        page = read_page(store, Listing("b", "", delimiter, after, limit))
        found += sorted([stored.key for stored in page.items] + page.prefixes)
        after = page.next_after
        if after is None:
            break
    grouped = [key[: key.find(delimiter) + 1] if delimiter and delimiter in key else key for key in living]
    assert found == list(dict.fromkeys(grouped))
