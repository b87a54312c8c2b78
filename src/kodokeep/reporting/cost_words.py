"""Texts for people about money: what a plan will probably cost."""

from kodokeep.model.options import PRICES_DATE, Prices
from kodokeep.planning.cost import Estimate
from kodokeep.reporting.units import count, size


def estimated(cost: Estimate, prices: Prices) -> str:
    """One line for what a plan will cost; empty if it is next to nothing."""
    if round(cost.cost, 2) <= 0:
        return ""
    source = f"list prices of {PRICES_DATE}" if prices == Prices() else "prices of the config"
    requests = count(cost.get_requests + cost.put_requests, "request")
    return f"about {cost.cost:,.2f} {cost.currency} for {requests} and {size(cost.fetched_bytes)} fetched ({source})"
