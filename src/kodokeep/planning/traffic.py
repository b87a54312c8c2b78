"""Traffic: a month's budget shared out among the actions of a plan, so that as many as possible go on. Pure.

What cannot wait has the first claim, then what can be fetched now, then what would have to be thawed; of each the small
ones first. So what is held of each part is all that comes at or after one place in the order of (size, key).

What belongs here: what takes how much, and whose turn it is. What does not: the sums (`state.sharing`), metering what
really travels (`execution.traffic`).
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from kodokeep.model.action import DEEP_THAWS, Action, Group, GroupTotal
from kodokeep.model.options import Budget, Prices, Rates
from kodokeep.model.traffic import Month, Part, Place, Spent
from kodokeep.planning.cost import GB


def part_of(action: Action) -> Part | None:
    """Whose turn an action goes on in; None if it takes nothing, or if a person released it."""
    if action.approved:
        return None
    if action.thawed_bytes:
        return _thaw_part(action.group)
    if not action.fetched_bytes:
        return None
    return Part.FETCHED if action.deadline_s is None else Part.URGENT


def place_of(action: Action) -> Place:
    """Where in the order of its part an action stands."""
    return action.fetched_bytes + action.thawed_bytes, action.key


def month_of(now_s: float, zone: str | None) -> Month:
    """The calendar month at `now_s` (Unix time) in an IANA zone, or in this machine's."""
    local = ZoneInfo(zone) if zone else None
    here = datetime.fromtimestamp(now_s, local)
    ends = datetime(here.year + here.month // 12, here.month % 12 + 1, 1, tzinfo=local)
    return Month(f"{here:%Y-%m}", ends if local else ends.astimezone())


def rates_of(budget: Budget, prices: Prices, *, through_cdn: bool) -> Rates:
    """What a byte of each sort takes. Uploads are free of traffic at Kodo, and requests are left out as small."""
    if budget.money is None:
        return Rates(1.0)
    return Rates(
        (prices.cdn_traffic if through_cdn else prices.origin_traffic) / GB,
        (prices.archive_thaw or 0.0) / GB,
        (prices.deep_archive_thaw or 0.0) / GB,
    )


def limit_of(budget: Budget) -> float:
    """The whole budget, in its own unit."""
    return budget.money if budget.money is not None else float(budget.size_bytes or 0)


def taken(spent: Spent, rates: Rates) -> float:
    """What was used of a budget."""
    return (
        spent.received_bytes * rates.fetched
        + spent.thawed_bytes * rates.thawed
        + spent.deep_thawed_bytes * rates.deep_thawed
    )


def rate_of(part: Part, rates: Rates) -> float:
    """What a byte of a part takes. What is thawed is fetched later; without room for that it was thawed for nothing."""
    match part:
        case Part.THAWED:
            return rates.thawed + rates.fetched
        case Part.DEEP_THAWED:
            return rates.deep_thawed + rates.fetched
        case _:
            return rates.fetched


def planned(totals: Mapping[Group, GroupTotal], rates: Rates) -> float:
    """What these groups take, done whole."""
    return sum(
        total.fetched_bytes * rates.fetched + total.thawed_bytes * rate_of(_thaw_part(group), rates)
        for group, total in totals.items()
    )


def affordable_bytes(left: float, rate: float) -> int | None:
    """How many bytes a rest of a budget is good for; None if they take nothing."""
    return int(max(0.0, left) / rate) if rate else None


def _thaw_part(group: Group) -> Part:
    return Part.DEEP_THAWED if group.reason in DEEP_THAWS else Part.THAWED
