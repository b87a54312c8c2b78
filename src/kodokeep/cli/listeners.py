"""Who listens to a run: picked by what is asked for and what stderr is."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kodokeep.cli.output import put, put_json, regardless, talk
from kodokeep.model.event import Event, Notice, Skipped
from kodokeep.ports import Emit
from kodokeep.reporting.fanout import fan_out
from kodokeep.reporting.jsonlines import JsonLines
from kodokeep.reporting.progress import PlainProgress
from kodokeep.reporting.text import TextReport, Tone, Verbosity

if TYPE_CHECKING:
    from kodokeep.reporting.terminal import Terminal


@contextmanager
def run_listeners(
    command: str, *, as_json: bool, verbosity: Verbosity, again: str = "", progress: bool = True
) -> Iterator[Callable[[str], Emit]]:
    """Gives the listener for the run of a pair of this name.

    `command` is how the user calls kodokeep, `again` what does the same once more, if it is not a plain run.

    With `as_json` stdout has JSON only and stderr only what needs attention. Without `progress` nothing is told of how
    far it is: others write to the same terminal, or nobody looks.
    """
    with _terminal(wanted=progress and not as_json and verbosity > Verbosity.QUIET) as terminal:
        speak = terminal.talk if terminal else _talk_regardless

        def for_pair(name: str) -> Emit:
            if as_json:
                text = TextReport(name, speak, _ignore, Verbosity.QUIET, command, again)
                return fan_out(JsonLines(name, regardless(put_json)), text)
            text = TextReport(name, speak, regardless(put), verbosity, command, again)
            if verbosity is Verbosity.QUIET or not progress:
                return text
            return fan_out(terminal or PlainProgress(name, speak), text)

        yield for_pair


@contextmanager
def plan_listener(name: str, *, as_json: bool) -> Iterator[Emit]:
    """The listener while the plan of the pair `name` is made: progress and warnings. The plan itself is data."""
    with _terminal(wanted=not as_json) as terminal:
        speak = terminal.talk if terminal else _talk_regardless
        text = TextReport(name, speak, _ignore, Verbosity.QUIET)

        def warn(event: Event) -> None:
            if isinstance(event, Notice | Skipped):
                text(event)

        if terminal:
            terminal.show(name)
        progress: Emit = terminal or PlainProgress(name, speak)
        yield warn if as_json else fan_out(progress, warn)


@contextmanager
def _terminal(*, wanted: bool) -> Iterator["Terminal | None"]:
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from kodokeep.reporting.terminal import Terminal  # noqa: PLC0415 - loads rich

    terminal = Terminal(sys.stderr)
    try:
        yield terminal
    finally:
        terminal.hide()


def _talk_regardless(line: str, _tone: Tone) -> None:
    regardless(talk)(line)


def _ignore(_line: str) -> None:
    """The last line is in JSON already."""
