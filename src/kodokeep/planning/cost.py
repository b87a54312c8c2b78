"""Cost: what Kodo will probably bill for a plan. An estimate, never a promise. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from kodokeep.model.action import DEEP_THAWS, FETCHING, LOSING_BUCKET, ActionKind, Group, GroupTotal
from kodokeep.model.options import Prices

GB = 10**9
PART_BYTES = 4 * 1024 * 1024
"""Large files are sent in parts of this size, each of which is a request (protocol §5.3)."""

LISTED_PER_REQUEST = 1000
PRICED_REQUESTS = 10_000

_FETCHED = FETCHING | LOSING_BUCKET
_LOOKED_AT = LOSING_BUCKET
_WRITING = LOSING_BUCKET | {ActionKind.UPLOAD, ActionKind.MOVE_OBJECT, ActionKind.CONFLICT, ActionKind.THAW}


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many requests of each class, how many bytes each way and to be thawed, and the money for it in `currency`.

    `unpriced_bytes` are those of `thawed_bytes` that are not in it, as no price is known.
    """

    get_requests: int
    put_requests: int
    fetched_bytes: int
    sent_bytes: int
    cost: float
    currency: str
    thawed_bytes: int = 0
    unpriced_bytes: int = 0


def estimate(
    totals: Mapping[Group, GroupTotal], prices: Prices, *, listed: int = 0, through_cdn: bool = False
) -> Estimate:
    """What doing all of `totals` costs, in a bucket that lists `listed` objects.

    Rather too much than too little: free quotas and cheaper tiers are not taken off, and copies within the folder count
    as fetches. Every operation of a batch is one request. Uploads themselves are free of traffic. Retries and what a
    CDN bills by itself are not in it, nor fetching later what is thawed now.
    """
    gets, puts, fetched_bytes, sent_bytes = -(-listed // LISTED_PER_REQUEST), 0, 0, 0
    thawed_bytes = unpriced_bytes = 0
    thaw_cost = 0.0
    for group, total in totals.items():
        gets += total.actions * ((group.kind in _FETCHED) + (group.kind in _LOOKED_AT))
        if group.kind in _WRITING:
            puts += total.actions + total.sent_bytes // PART_BYTES
        fetched_bytes += total.fetched_bytes
        sent_bytes += total.sent_bytes
        thawed_bytes += total.thawed_bytes
        price = prices.deep_archive_thaw if group.reason in DEEP_THAWS else prices.archive_thaw
        if price is None:
            unpriced_bytes += total.thawed_bytes
        else:
            thaw_cost += total.thawed_bytes / GB * price
    cost = (gets * prices.get_requests + puts * prices.put_requests) / PRICED_REQUESTS
    cost += fetched_bytes / GB * (prices.cdn_traffic if through_cdn else prices.origin_traffic)
    return Estimate(
        gets, puts, fetched_bytes, sent_bytes, cost + thaw_cost, prices.currency, thawed_bytes, unpriced_bytes
    )
