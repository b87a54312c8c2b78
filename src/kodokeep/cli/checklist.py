"""A checklist: findings as lines that a person likes to read, and as JSON."""

import shutil
import textwrap
from collections.abc import Iterator, Mapping
from typing import TextIO

import click

from kodokeep.model.finding import Finding, Level
from kodokeep.reporting.units import count, printable, printable_lines

SIGNS = {Level.OK: "✓", Level.WARNING: "!", Level.FAILED: "✗"}
PLAIN_SIGNS = {Level.OK: "+", Level.WARNING: "!", Level.FAILED: "x"}
COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.FAILED: "red"}
ARROW, PLAIN_ARROW = "→", "->"

NAME_WIDTH = 14
"""As long as the longest name of a check: lines are in columns, and each is written as soon as it is known."""

LEAST_WIDTH = 40


class Checklist:
    """Lines for one stream: in its letters, and as wide as a terminal is. Colours are taken out again where there is
    no terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        fits = _can_write(stream, "".join(SIGNS.values()) + ARROW)
        self._signs = SIGNS if fits else PLAIN_SIGNS
        self._arrow = ARROW if fits else PLAIN_ARROW
        self._width = shutil.get_terminal_size().columns if stream.isatty() else 0

    def title(self, text: str) -> str:
        """The line above a section."""
        return click.style(printable(text), bold=True)

    def lines(self, finding: Finding) -> Iterator[str]:
        """A finding, with what to do below it. A command is never broken, so that it can be copied."""
        sign = click.style(self._signs[finding.level], fg=COLOURS[finding.level])
        indent = " " * (NAME_WIDTH + 6)
        first, *others = self._wrapped(printable(finding.detail), len(indent))
        yield f"  {sign} {finding.check:<{NAME_WIDTH}}  {first}"
        yield from (indent + line for line in others)
        arrow = self._arrow
        for line in printable_lines(finding.mend).split("\n") if finding.mend else ():
            yield f"{indent}{arrow} {line.strip()}"
            arrow = " " * len(arrow)

    def total(self, levels: Mapping[Level, int]) -> str:
        """The last line."""
        bad, doubtful = levels.get(Level.FAILED, 0), levels.get(Level.WARNING, 0)
        parts = [f"{levels.get(Level.OK, 0):,} fine"]
        parts += [count(doubtful, "warning")] if doubtful else []
        parts += [f"{bad:,} failed"] if bad else []
        worst = Level.FAILED if bad else Level.WARNING if doubtful else Level.OK
        return click.style(f"{count(sum(levels.values()), 'check')}: {', '.join(parts)}", fg=COLOURS[worst], bold=True)

    def _wrapped(self, text: str, indent: int) -> list[str]:
        if not self._width:
            return [text]
        width = max(self._width - indent, LEAST_WIDTH)
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _can_write(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
