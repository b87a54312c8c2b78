"""When Kodo deletes an object by itself, and what that means for a file that is left."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.model.action import Action, ActionKind, Reason
from kodokeep.model.archive import DAY_S, Lifetime
from kodokeep.model.entry import NS_PER_S
from kodokeep.planning.lifetimes import deadline_s, expires_by_rule, expiry_s, is_over
from tests.unit.planning.rows import T0_NS, remote, row, synced

CHINA = timezone(timedelta(hours=8))
T0_S = T0_NS // NS_PER_S
NEW = Action(ActionKind.DOWNLOAD, Reason.NEW, row(remote()))


def test_days_end_at_the_next_midnight_in_china() -> None:
    """1 January, 10:00, and three days: from 5 January, 00:00, on (protocol §2.4)."""
    put_s = int(datetime(2026, 1, 1, 10, tzinfo=CHINA).timestamp())
    assert datetime.fromtimestamp(expiry_s(put_s, 3), CHINA) == datetime(2026, 1, 5, tzinfo=CHINA)


@given(st.integers(0, 4_000_000_000), st.integers(1, 10_000))
def test_nothing_lives_shorter_than_its_days_or_a_day_longer(put_s: int, days: int) -> None:
    assert put_s + days * DAY_S < expiry_s(put_s, days) <= put_s + (days + 1) * DAY_S


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ([], None),
        ([Lifetime("x/", 1)], None),
        ([Lifetime("", 9), Lifetime("k", 3)], 3),
        ([Lifetime("k", 3), Lifetime("", 9)], 3),
        ([Lifetime("", 9), Lifetime("other", 3)], 9),
    ],
)
def test_the_rule_with_the_longest_prefix_counts(rules: list[Lifetime], days: int | None) -> None:
    expected = None if days is None else expiry_s(T0_S, days)
    assert expires_by_rule(synced(), rules) == expected


def test_of_our_own_uploads_the_run_tells_the_time() -> None:
    rules = [Lifetime("", 2)]
    entry = synced(put_time_ns=None, run="20261122T030000Z")
    put_s = int(datetime(2026, 11, 22, 11, tzinfo=CHINA).timestamp())
    assert expires_by_rule(entry, rules) == expiry_s(put_s, 2)
    assert expires_by_rule(synced(put_time_ns=None, run=""), rules) is None


@pytest.mark.parametrize(
    ("expires_s", "over"), [(None, False), (T0_S - 1, True), (T0_S + DAY_S, True), (T0_S + DAY_S + 1, False)]
)
def test_a_lifetime_is_over_on_its_last_day(expires_s: int | None, over: bool) -> None:
    assert is_over(synced(expires_s=expires_s), T0_NS) is over


@pytest.mark.parametrize(
    ("expires_s", "thawed_until_s", "deadline"),
    [
        (None, None, None),
        (T0_S + 100, None, T0_S + 100),
        (T0_S + 101, None, None),
        (T0_S - 5, None, T0_S - 5),
        (None, T0_S + 999, T0_S + 999),
        (T0_S + 50, T0_S + 999, T0_S + 50),
        (T0_S + 500, T0_S + 200, T0_S + 200),
    ],
)
def test_what_ends_first_is_the_deadline(
    expires_s: int | None, thawed_until_s: int | None, deadline: int | None
) -> None:
    action = Action(ActionKind.DOWNLOAD, Reason.NEW, row(remote(expires_s=expires_s)))
    assert deadline_s(action, thawed_until_s, T0_NS, 100) == deadline
