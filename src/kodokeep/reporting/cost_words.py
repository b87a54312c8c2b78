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
    thawed_bytes = cost.thawed_bytes - cost.unpriced_bytes
    thawed = f" and {size(thawed_bytes)} thawed" if thawed_bytes else ""
    fetched = f"{size(cost.fetched_bytes)} fetched"
    return f"about {cost.cost:,.2f} {cost.currency} for {requests} and {fetched}{thawed} ({source})"


def unpriced(cost: Estimate) -> str:
    """One line for what is not in the estimate; empty if all is."""
    if not cost.unpriced_bytes:
        return ""
    told = "archive_thaw, deep_archive_thaw in [prices]"
    return f"thawing {size(cost.unpriced_bytes)} costs something besides; its price is not known ({told})"
