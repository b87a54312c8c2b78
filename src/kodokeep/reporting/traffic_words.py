"""Texts for people about the month's traffic: how much is used, left and planned, and when the next month begins."""

from datetime import datetime

from kodokeep.model.traffic import TrafficUse
from kodokeep.reporting.units import size


def use(traffic: TrafficUse) -> str:
    """One line about how a plan stands to the month's budget."""
    used, limit, left = (amount(traffic, value) for value in (traffic.used, traffic.limit, traffic.left))
    return f"{used} of {limit} used this month, {left} left; this takes {amount(traffic, traffic.planned)} of it"


def used_up(traffic: TrafficUse) -> str:
    """Why something has to wait."""
    used, limit, left = (amount(traffic, value) for value in (traffic.used, traffic.limit, traffic.left))
    return (
        f"{used} of the month's {limit} are used, {left} are left (monthly_traffic); the next month begins"
        f" {moment(traffic.ends)}"
    )


def never(traffic: TrafficUse | None) -> str:
    """How many will have to wait next month as well, as part of a sentence; empty if none."""
    if traffic is None or not traffic.never:
        return ""
    is_more = "is more" if traffic.never == 1 else "are more"
    return f"{traffic.never:,} of them {is_more} than a whole month's budget, and can only be released; "


def amount(traffic: TrafficUse, value: float) -> str:
    """An amount in the unit of the budget."""
    return f"{value:,.2f} {traffic.currency}" if traffic.currency else size(value)


def moment(when: datetime) -> str:
    """`2026-12-01 00:00 +08:00`."""
    return f"{when:%Y-%m-%d %H:%M} {when.isoformat()[-6:]}"
