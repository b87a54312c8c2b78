import io
import re
import sys

import pytest

from kodokeep.model.event import Gathering, Planned, RunFinished, RunStarted, Transferring
from kodokeep.model.summary import Summary
from kodokeep.reporting.progress import INTERVAL_S, PlainProgress
from kodokeep.reporting.terminal import Terminal
from kodokeep.reporting.text import Tone


class Clock:
    """Stands still unless it is moved."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Tty(io.StringIO):
    """A stream that passes for a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_every_so_often() -> None:
    clock = Clock()
    lines: list[str] = []
    progress = PlainProgress("p", lambda line, _: lines.append(line), clock)
    progress(Gathering(1, 1))
    assert lines == []
    for clock.now_s in (INTERVAL_S, INTERVAL_S + 1, 2 * INTERVAL_S):
        progress(Gathering(5_000, 4_000))
    clock.now_s = 3 * INTERVAL_S
    progress(Transferring(5, 10, 1024, 4096))
    progress(RunFinished(Summary("p", "r", "backup", 0)))
    assert lines == [
        "p: 5,000 objects listed, 4,000 files looked at",
        "p: 5,000 objects listed, 4,000 files looked at",
        "p: 5 of 10 objects, 1.0 KiB of 4.0 KiB",
    ]


def test_a_terminal_gets_a_bar_that_goes_away() -> None:
    stream = Tty()
    terminal = Terminal(stream)
    terminal(RunStarted("p", "r", "backup", "b", "/f"))
    terminal(Gathering(5_000, 4_000))
    terminal.talk("p: failed: [red]k[/red] :smile:", Tone.ERROR)
    terminal(Planned({}, 1024, (), 3072))
    for done_bytes in (1024, 2048, 4096):
        terminal(Transferring(1, 2, done_bytes, 4096))
    terminal(RunFinished(Summary("p", "r", "backup", 0)))
    drawn = stream.getvalue()
    assert "p: failed: [red]k[/red] :smile:" in re.sub(r"\x1b\[[0-9;]*m", "", drawn)
    assert "reading the bucket and the folder" in drawn
    assert "1 of 2 objects, 4.0 KiB of 4.0 KiB" in drawn
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h")
    terminal.hide()
    assert stream.getvalue() == drawn


def test_stdout_stays_itself_while_the_bar_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    stream = Tty()
    terminal = Terminal(stream)
    terminal.show("p")
    sys.stdout.write("data\n")
    terminal.hide()
    assert "data" not in stream.getvalue()
    assert capsys.readouterr().out == "data\n"


def test_no_colour_when_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Tty()
    Terminal(stream).talk("p: failed", Tone.ERROR)
    assert stream.getvalue() == "p: failed\n"
