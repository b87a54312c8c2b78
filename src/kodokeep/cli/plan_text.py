"""A plan for people: totals, what guards hold, and the first actions or all of them."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from kodokeep.cli.plan_totals import PlanTotals, Total
from kodokeep.model.action import ActionKind, Group
from kodokeep.model.options import PairOptions, Prices
from kodokeep.model.summary import Summary, Tally
from kodokeep.reporting import action_words, cost_words, guard_words, traffic_words, words
from kodokeep.reporting.units import count, size

if TYPE_CHECKING:
    from kodokeep.app import PlanReport

FIRST = 20
"""Actions that are shown unless all are asked for."""

KINDS = list(ActionKind)

NOTHING_DONE = words.IDLE | {"failed"}
"""Parts of a tally that are no actions."""


def plan_lines(
    pair: PairOptions, report: "PlanReport", prices: Prices, command: str, *, everything: bool
) -> Iterator[str]:
    """A whole plan, line by line; it is read from the spool twice, so that no list of it is ever held.

    `command` is how the user calls kodokeep.
    """
    totals = PlanTotals.of(report.actions())
    yield f"{pair.name}: {words.flow(pair.mode, pair.bucket, pair.folder)}"
    yield from _table(totals) if totals.groups else ["  nothing to do"]
    yield f"  {_looked_at(report.summary)}"
    cost = totals.estimate(pair, prices, report.summary.listed)
    told = (cost_words.estimated(cost, prices), cost_words.unpriced(cost), _traffic(report))
    yield from (f"  {line}" for line in told if line)
    yield from (f"  {line}" for line in guard_words.guards(pair.name, report.guards, command, look=False))
    for action, held in report.actions() if everything else islice(report.actions(), FIRST):
        yield f"    {action_words.action(action)}{' (held)' if held else ''}"
    if not everything and totals.actions > FIRST:
        yield f"    … and {count(totals.actions - FIRST, 'more action')}; --verbose shows all"


def _traffic(report: "PlanReport") -> str:
    return traffic_words.use(report.traffic) if report.traffic is not None else ""


def _table(totals: PlanTotals) -> Iterator[str]:
    """A row for each group."""
    rows = [
        (f"{group.kind}", f"{total.actions:,}", size(total.size_bytes), _why(group, total))
        for group, total in sorted(totals.groups.items(), key=lambda item: KINDS.index(item[0].kind))
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for kind, number, size_text, why in rows:
        yield f"  {kind:<{widths[0]}}  {number:>{widths[1]}}  {size_text:>{widths[2]}}   {why}"


def _why(group: Group, total: Total) -> str:
    """The reason, and whether a guard holds it or a person released it."""
    released = "   released" if group.approved else ""
    held = f"   {total.held:,} HELD" if total.held else ""
    return f"{action_words.REASONS[group.reason]}{released}{held}"


def _looked_at(summary: Summary) -> str:
    """What was found on both sides, and what of it needs nothing or can have nothing done about it."""
    sides = ((summary.listed_tally, "listed"), (summary.walked_tally, "local"))
    return "; ".join(_found(tally, side) for tally, side in sides)


def _found(tally: Tally, side: str) -> str:
    parts = words.nonzero({part: number for part, number in tally.parts.items() if part in NOTHING_DONE})
    total = f"{tally.total:,} {side}"
    return f"{total}: {parts.replace(' + ', ', ')}" if parts else total
