import pytest

from kodokeep.model.options import Prices
from kodokeep.planning.cost import Estimate
from kodokeep.reporting import cost_words


@pytest.mark.parametrize(
    ("cost", "prices", "line"),
    [
        (0.004, Prices(), ""),
        (
            12.345, Prices(),
            "about 12.35 CNY for 1,234 requests and 1.0 KiB fetched (list prices of 2026-10-07)",
        ),
        (0.5, Prices("USD"), "about 0.50 USD for 1,234 requests and 1.0 KiB fetched (prices of the config)"),
    ],
)  # fmt: skip
def test_the_cost_of_a_plan(cost: float, prices: Prices, line: str) -> None:
    assert cost_words.estimated(Estimate(1_000, 234, 1024, 0, cost, prices.currency), prices) == line


@pytest.mark.parametrize(
    ("unpriced_bytes", "estimated", "unpriced"),
    [
        (0, " and 2.0 KiB thawed (", ""),
        (1024, " and 1.0 KiB thawed (", "thawing 1.0 KiB costs something besides; its price is not known"),
        (2048, "1.0 KiB fetched (", "thawing 2.0 KiB costs something besides; its price is not known"),
    ],
)
def test_what_thawing_costs_is_in_it_or_told_not_to_be(unpriced_bytes: int, estimated: str, unpriced: str) -> None:
    cost = Estimate(1, 1, 1024, 0, 1.0, "CNY", 2048, unpriced_bytes)
    assert estimated in cost_words.estimated(cost, Prices())
    assert cost_words.unpriced(cost).startswith(unpriced)
    assert bool(cost_words.unpriced(cost)) == bool(unpriced)
