"""A plan for people: totals, what guards hold, and the first actions or all of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from kodokeep.model.action import Action, ActionKind, Group
from kodokeep.model.options import PairOptions
from kodokeep.model.summary import Summary
from kodokeep.reporting import words
from kodokeep.reporting.units import count, printable, size

if TYPE_CHECKING:
    from kodokeep.app import PlanReport

FIRST = 20
"""Actions that are shown unless all are asked for."""

KINDS = list(ActionKind)


@dataclass(slots=True)
class _Total:
    """One kind of action for one reason."""

    actions: int = 0
    size_bytes: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class _Totals:
    """All groups of a plan."""

    groups: dict[Group, _Total] = field(default_factory=dict)

    @classmethod
    def of(cls, actions: Iterable[tuple[Action, bool]]) -> "_Totals":
        """Count a stream of actions."""
        totals = cls()
        for action, held in actions:
            total = totals.groups.setdefault(action.group, _Total())
            total.actions += 1
            total.size_bytes += action.size_bytes
            total.held += held
        return totals

    @property
    def actions(self) -> int:
        """How many actions there are."""
        return sum(total.actions for total in self.groups.values())

    def lines(self) -> Iterator[str]:
        """A table with a row for each group."""
        rows = [
            (f"{kind}", f"{total.actions:,}", size(total.size_bytes), words.REASONS[reason], total.held)
            for (kind, reason, _), total in sorted(self.groups.items(), key=lambda item: KINDS.index(item[0][0]))
        ]
        widths = [max((len(str(row[column])) for row in rows), default=0) for column in range(3)]
        for kind, number, size_text, reason, held in rows:
            mark = f"   {held:,} HELD" if held else ""
            yield f"  {kind:<{widths[0]}}  {number:>{widths[1]}}  {size_text:>{widths[2]}}   {reason}{mark}"


def plan_lines(pair: PairOptions, report: "PlanReport", command: str, *, everything: bool) -> Iterator[str]:
    """A whole plan, line by line; it is read from the spool twice, so that no list of it is ever held.

    `command` is how the user calls kodokeep.
    """
    totals = _Totals.of(report.actions())
    yield f"{pair.name}: bucket {pair.bucket} to {printable(pair.folder)}"
    yield from totals.lines() if totals.groups else ["  nothing to do"]
    if rest := _rest(report.summary):
        yield f"  {rest}"
    yield from (f"  {line}" for line in words.guards(pair.name, report.guards, command, look=False))
    for action, held in report.actions() if everything else islice(report.actions(), FIRST):
        yield f"    {words.action(action)}{' (held)' if held else ''}"
    if not everything and totals.actions > FIRST:
        yield f"    … and {count(totals.actions - FIRST, 'more action')}; --verbose shows all"


def _rest(summary: Summary) -> str:
    parts = {part: getattr(summary, part) for part in ("unchanged", "unavailable", "thawing", "local_only", "failed")}
    return words.nonzero(parts).replace(" + ", ", ")
