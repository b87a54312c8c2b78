"""What people read of the month's traffic, and what scripts do."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kodokeep.model.action import Reason, Row, Standing, StandingKind
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import GuardKind, GuardTripped
from kodokeep.model.traffic import TrafficUse
from kodokeep.reporting import action_words, traffic_words
from kodokeep.reporting.guard_words import guards
from kodokeep.reporting.jsonlines import guard_fields, standing_fields, traffic_fields

BYTES = TrafficUse(3 * 1024, 10 * 1024, 1024, datetime(2026, 12, 1, tzinfo=timezone(timedelta(hours=8))))
MONEY = TrafficUse(12.5, 20.0, 1.255, datetime(2027, 1, 1, tzinfo=UTC), "CNY")
ROW = Row("k", RemoteEntry("k", 5, "Fhash", 0), None, None)


@pytest.mark.parametrize(
    ("use", "line"),
    [
        (BYTES, "3.0 KiB of 10.0 KiB used this month, 7.0 KiB left; this takes 1.0 KiB of it"),
        (MONEY, "12.50 CNY of 20.00 CNY used this month, 7.50 CNY left; this takes 1.25 CNY of it"),
    ],
)
def test_how_a_plan_stands_to_the_budget(use: TrafficUse, line: str) -> None:
    assert traffic_words.use(use) == line


def test_more_than_all_leaves_nothing() -> None:
    over = TrafficUse(30.0, 20.0, 0.0, MONEY.ends, "CNY")
    assert over.left == 0
    assert "30.00 CNY of the month's 20.00 CNY are used, 0.00 CNY are left" in traffic_words.used_up(over)


def test_what_is_held_says_how_much_is_left_and_when_the_next_month_begins() -> None:
    tripped = GuardTripped(GuardKind.TRAFFIC, 2, 2048, "3072", "10240", traffic=BYTES)
    assert guards("photos", [tripped], "kodokeep", look=False) == [
        (
            "held: 3.0 KiB of the month's 10.0 KiB are used, 7.0 KiB are left (monthly_traffic); the next month begins"
            " 2026-12-01 00:00 +08:00"
        ),
        "      2 objects (2.0 KiB) would be fetched or thawed; the rest goes on",
        "      to go on: kodokeep run photos --accept-changes",
        "      or to release what the last run held, or some of it: kodokeep approve photos [PREFIX…]",
    ]
    assert guard_fields(tripped)["traffic"] == traffic_fields(BYTES)
    assert traffic_fields(BYTES)["ends"] == "2026-12-01T00:00:00+08:00"


@pytest.mark.parametrize(
    ("standing", "line", "fields"),
    [
        (
            Standing(StandingKind.THAWING, Reason.THAWING, ROW, 0, 300, 604_800),
            (
                "waiting: k: being thawed, since 1970-01-01 00:00 UTC, readable from 1970-01-01 00:05 UTC,"
                " to 1970-01-08 00:00 UTC"
            ),
            {"since": 0, "ready": 300, "until": 604_800},
        ),
        (Standing(StandingKind.THAWING, Reason.THAWING, ROW), "waiting: k: being thawed", {}),
        (
            Standing(StandingKind.UNAVAILABLE, Reason.DISABLED, ROW, 86_400),
            "not available: k: disabled in the bucket, since 1970-01-02 00:00 UTC",
            {"since": 86_400},
        ),
    ],
)
def test_times_of_what_the_bucket_does_not_give(standing: Standing, line: str, fields: dict[str, int]) -> None:
    assert action_words.skipped(standing) == line
    known = {"key": "k", "standing": str(standing.kind), "reason": str(standing.reason)}
    assert standing_fields(standing) == known | fields
