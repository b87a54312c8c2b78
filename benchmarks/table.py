"""Tables in plain text, and figures in the form they are read."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Usage

TRANSFER_HEADS = ("wall s", "of kodokeep", "objects/s", "MB/s", "CPU s", "server CPU s", "peak RSS MB")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads, with notes below. The first column is text, the others are figures."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def text(self) -> str:
        """The table, aligned."""
        lines = [self.heads, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.heads))]
        rule = ["-" * width for width in widths]
        body = [_line(line, widths) for line in (self.heads, rule, *self.rows)]
        return "\n".join([self.title, "", *body, *(f"  {note}" for note in self.notes), ""])


def seconds(value: float) -> str:
    """Two figures behind the point."""
    return f"{value:.2f}"


def megabytes(value: int) -> str:
    """Millions of bytes."""
    return f"{value / 1e6:.0f}"


def ratio(value: float, base: float) -> str:
    """How many times the base."""
    return f"{value / base:.2f}"


def percent_more(value: int, base: int) -> str:
    """Growth in percent, with its sign."""
    return f"{(value / base - 1) * 100:+.0f} %"


def transfer_row(name: str, usage: Usage, base: Usage, count: int, size_bytes: int) -> list[str]:
    """What it took to bring so many objects somewhere; the heads are `TRANSFER_HEADS`."""
    return [
        name,
        seconds(usage.wall_s),
        ratio(usage.wall_s, base.wall_s),
        f"{count / usage.wall_s:,.0f}",
        f"{size_bytes / usage.wall_s / 1e6:,.0f}",
        seconds(usage.cpu_s),
        seconds(usage.server_s),
        megabytes(usage.peak_bytes),
    ]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        cell.ljust(width) if column == 0 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  " + "  ".join([first, *rest])
