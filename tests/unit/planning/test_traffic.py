"""A month's budget: whose turn it is, what takes how much, and when a month is over."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from kodokeep.model.action import Action, ActionKind, Group, GroupTotal, Reason
from kodokeep.model.options import Budget, Prices, Rates
from kodokeep.model.traffic import Part, Spent
from kodokeep.planning.traffic import (
    affordable_bytes,
    limit_of,
    month_of,
    part_of,
    place_of,
    planned,
    rate_of,
    rates_of,
    taken,
)
from tests.unit.planning.rows import remote, row

PRICES = Prices(origin_traffic=0.5, cdn_traffic=0.25, archive_thaw=2.0, deep_archive_thaw=4.0)
DOWNLOAD = Action(ActionKind.DOWNLOAD, Reason.NEW, row(remote("12345")))


@pytest.mark.parametrize(
    ("action", "part"),
    [
        (DOWNLOAD, Part.FETCHED),
        (replace(DOWNLOAD, deadline_s=1), Part.URGENT),
        (Action(ActionKind.DELETE_OBJECT, Reason.GONE_LOCALLY, row(remote())), Part.FETCHED),
        (Action(ActionKind.THAW, Reason.TO_THAW, row(remote())), Part.THAWED),
        (Action(ActionKind.THAW, Reason.TO_THAW_DEEP, row(remote())), Part.DEEP_THAWED),
        (replace(DOWNLOAD, approved=True), None),
        (replace(DOWNLOAD, source=row(remote())), None),
        (Action(ActionKind.DOWNLOAD, Reason.NEW, row(remote(""))), None),
        (Action(ActionKind.ADOPT, Reason.EQUAL, row(remote())), None),
        (Action(ActionKind.DELETE, Reason.GONE, row()), None),
    ],
)
def test_what_takes_of_the_budget_and_when_its_turn_is(action: Action, part: Part | None) -> None:
    assert part_of(action) is part


def test_small_ones_have_their_turn_before_large_ones() -> None:
    thaw = Action(ActionKind.THAW, Reason.TO_THAW, row(remote("123")))
    assert [place_of(action) for action in (DOWNLOAD, thaw)] == [(5, "k"), (3, "k")]


@pytest.mark.parametrize(
    ("moment", "zone", "name", "ends"),
    [
        ("2026-11-30T15:59:59", "Asia/Shanghai", "2026-11", "2026-12-01T00:00:00+08:00"),
        ("2026-11-30T16:00:00", "Asia/Shanghai", "2026-12", "2027-01-01T00:00:00+08:00"),
        ("2026-10-31T23:30:00", "Europe/Berlin", "2026-11", "2026-12-01T00:00:00+01:00"),
        ("2026-03-31T21:59:59", "Europe/Berlin", "2026-03", "2026-04-01T00:00:00+02:00"),
        ("2026-12-31T23:59:59", "UTC", "2026-12", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_months_go_by_the_wall_clock_of_the_zone(moment: str, zone: str, name: str, ends: str) -> None:
    month = month_of(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp(), zone)
    assert (month.name, month.ends.isoformat()) == (name, ends)


def test_without_a_zone_it_is_this_machines() -> None:
    now_s = datetime(2026, 11, 15, 12, tzinfo=UTC).timestamp()
    month = month_of(now_s, None)
    ends = datetime.fromtimestamp(month.ends.timestamp())  # noqa: DTZ006 - as this machine's clock shows it
    assert (month.name, f"{ends:%Y-%m-%d %H:%M:%S}") == ("2026-11", "2026-12-01 00:00:00")


def test_a_budget_in_bytes_counts_bytes_and_no_thaws() -> None:
    budget = Budget(size_bytes=100)
    rates = rates_of(budget, PRICES, through_cdn=True)
    assert (limit_of(budget), taken(Spent(7, 1000, 1000), rates)) == (100, 7)
    assert [rate_of(part, rates) for part in Part] == [1, 1, 1, 1], "what is thawed has to be fetched, too"


def test_a_budget_in_money_goes_by_the_prices() -> None:
    budget = Budget(money=20.0, currency="CNY")
    origin, cdn = (rates_of(budget, PRICES, through_cdn=through_cdn) for through_cdn in (False, True))
    spent = Spent(10**9, 2 * 10**9, 3 * 10**9)
    assert limit_of(budget) == 20
    assert taken(spent, origin) == pytest.approx(0.5 + 4 + 12)
    assert taken(spent, cdn) == pytest.approx(0.25 + 4 + 12)
    assert [rate_of(part, origin) * 1e9 for part in Part] == pytest.approx([0.5, 0.5, 2.5, 4.5])


def test_a_price_that_is_not_known_takes_nothing() -> None:
    assert rates_of(Budget(money=1.0, currency="CNY"), Prices(), through_cdn=False).thawed == 0


def test_what_a_plan_takes() -> None:
    totals = {
        Group(ActionKind.DOWNLOAD, Reason.NEW): GroupTotal(1, 100, 0),
        Group(ActionKind.UPLOAD, Reason.NEW): GroupTotal(1, 0, 0, 999),
        Group(ActionKind.THAW, Reason.TO_THAW): GroupTotal(1, 0, 0, 0, 10),
        Group(ActionKind.THAW, Reason.TO_THAW_DEEP): GroupTotal(1, 0, 0, 0, 1),
    }
    assert planned(totals, Rates(1.0, 3.0, 7.0)) == 100 + 10 * 4 + 8


@pytest.mark.parametrize(
    ("left", "rate", "size_bytes"), [(10, 1, 10), (10, 4, 2), (-5, 1, 0), (0, 2, 0), (0, 0, None), (5, 0, None)]
)
def test_how_many_bytes_a_rest_is_good_for(left: float, rate: float, size_bytes: int | None) -> None:
    assert affordable_bytes(left, rate) == size_bytes
