import pytest

from kodokeep.model.action import ActionKind, Group, GroupTotal, Reason
from kodokeep.model.options import Prices
from kodokeep.planning.cost import PART_BYTES, estimate

PRICES = Prices("CNY", get_requests=1.0, put_requests=100.0, origin_traffic=0.5, cdn_traffic=0.2)


def totals(kind: ActionKind, total: GroupTotal) -> dict[Group, GroupTotal]:
    return {Group(kind, Reason.NEW): total}


def test_nothing_costs_nothing() -> None:
    cost = estimate({}, PRICES)
    assert (cost.get_requests, cost.put_requests, cost.cost, cost.currency) == (0, 0, 0.0, "CNY")


@pytest.mark.parametrize(
    ("kind", "total", "gets", "puts"),
    [
        (ActionKind.DOWNLOAD, GroupTotal(7, 0, 0), 7, 0),
        (ActionKind.REPLACE, GroupTotal(7, 0, 0), 7, 0),
        (ActionKind.DELETE, GroupTotal(7, 0, 0), 0, 0),
        (ActionKind.MOVE, GroupTotal(7, 0, 0), 0, 0),
        (ActionKind.UPLOAD, GroupTotal(7, 0, 0, 10 * PART_BYTES), 0, 17),
        (ActionKind.OVERWRITE, GroupTotal(7, 0, 0, 100), 14, 7),  # saved first, and looked at once more
        (ActionKind.DELETE_OBJECT, GroupTotal(7, 0, 0), 14, 7),
        (ActionKind.MOVE_OBJECT, GroupTotal(7, 0, 0), 0, 7),
        (ActionKind.CONFLICT, GroupTotal(7, 0, 0), 7, 7),
        (ActionKind.THAW, GroupTotal(7, 0, 0), 0, 7),
        (ActionKind.TOUCH, GroupTotal(7, 0, 0), 0, 0),
        (ActionKind.ADOPT, GroupTotal(7, 0, 0), 0, 0),
    ],
)
def test_requests_of_each_kind(kind: ActionKind, total: GroupTotal, gets: int, puts: int) -> None:
    cost = estimate(totals(kind, total), PRICES)
    assert (cost.get_requests, cost.put_requests) == (gets, puts)
    assert cost.cost == pytest.approx((gets * 1.0 + puts * 100.0) / 10_000)


def test_what_is_fetched_is_traffic_and_what_is_sent_is_not() -> None:
    plan = totals(ActionKind.CONFLICT, GroupTotal(1, 4 * 10**9, 0, 10**9))
    origin, cdn = estimate(plan, PRICES), estimate(plan, PRICES, through_cdn=True)
    assert (origin.fetched_bytes, origin.sent_bytes) == (4 * 10**9, 10**9)
    assert origin.cost - cdn.cost == pytest.approx(4 * (0.5 - 0.2))


def test_the_listing_is_asked_for_by_the_thousand() -> None:
    assert [estimate({}, PRICES, listed=listed).get_requests for listed in (0, 1, 1000, 1001)] == [0, 1, 1, 2]


def test_thawing_costs_by_storage_type_and_what_has_no_price_is_told() -> None:
    plan = {
        Group(ActionKind.THAW, Reason.TO_THAW): GroupTotal(1, 0, 0, 0, 10**9),
        Group(ActionKind.THAW, Reason.TO_THAW_DEEP): GroupTotal(1, 0, 0, 0, 3 * 10**9),
    }
    priced, half, bare = (
        estimate(plan, Prices(put_requests=0, archive_thaw=archive, deep_archive_thaw=deep))
        for archive, deep in ((1.0, 2.0), (1.0, None), (None, None))
    )
    assert [cost.cost for cost in (priced, half, bare)] == pytest.approx([7.0, 1.0, 0.0])
    assert [cost.unpriced_bytes for cost in (priced, half, bare)] == [0, 3 * 10**9, 4 * 10**9]
    assert {cost.thawed_bytes for cost in (priced, half, bare)} == {4 * 10**9}
