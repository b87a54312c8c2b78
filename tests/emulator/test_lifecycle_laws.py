"""The rules of time as functions. The store in which it passes is in `test_aging.py`."""

from datetime import datetime, timedelta, timezone

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodo_emulator.protocol.lifetimes import expiry_s
from kodo_emulator.store.interface import LifecycleRule, StoredObject
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


def test_less_than_no_days_to_a_storage_type_mean_at_once() -> None:
    rules = [rule("", to_line_after_days=-1, to_archive_after_days=3, delete_after_days=9)]
    at_once = with_rules(make("k"), rules)
    assert (at_once.kind, at_once.last_modify) == (1, at_once.put_time)
    assert (at_once.transitions, at_once.expires_s) == (((2, expiry_s(NOW_S, 3)),), expiry_s(NOW_S, 9))
    assert with_rules(make("k", kind=2), rules).kind == 2  # Never warmer.
