"""A terminal: coloured lines above one bar that moves. The only user of rich; imported on terminals alone."""

from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.text import Text

from kodokeep.model.event import Event, Gathering, Planned, RunFinished, RunStarted, Transferring
from kodokeep.reporting import words
from kodokeep.reporting.text import Tone
from kodokeep.reporting.units import duration, size

ROOM_FOR_BAR = 90
"""Columns below which the numbers go first and the bar is left out."""


class Terminal:
    """Draws progress between `show` and `hide`, or the start and end of a run; `talk` prints lines above the bar.

    One for all pairs of a command. Colours follow NO_COLOR and TERM.
    """

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        bar = [BarColumn(bar_width=20)] if self._console.width >= ROOM_FOR_BAR else []
        text = TextColumn("{task.description}", markup=False)
        # Redirecting would send what is meant for stdout to this stream.
        self._progress = Progress(
            SpinnerColumn(), text, *bar, _Pace(),
            console=self._console, transient=True, redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=None)
        self._name = ""

    def talk(self, line: str, tone: Tone) -> None:
        """Print one line above the bar."""
        self._console.print(Text(line, style=str(tone)), soft_wrap=True)

    def show(self, name: str) -> None:
        """Draw the bar, for the pair `name`."""
        self._name = name
        self._progress.reset(self._task, total=None)
        self._draw("reading the bucket and the folder")
        self._progress.start()

    def hide(self) -> None:
        """Take the bar away, so that other streams can write to the terminal."""
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case RunStarted(name):
                self.show(name)
            case Gathering():
                self._draw(words.gathering(event))
            case Planned(download_bytes=download_bytes, upload_bytes=upload_bytes):
                self._progress.reset(self._task, total=download_bytes + upload_bytes or None)
                self._draw("working")
            case Transferring(done_bytes=done_bytes, total_bytes=total_bytes):
                self._progress.update(self._task, completed=done_bytes, total=total_bytes or None)
                self._draw(words.transferring(event))
            case RunFinished():
                self.hide()
            case _:
                pass

    def _draw(self, text: str) -> None:
        self._progress.update(self._task, description=f"{self._name}: {text}")


class _Pace(ProgressColumn):
    """Speed and time left, in the units of all other texts."""

    def render(self, task: Task) -> Text:
        if not task.speed:
            return Text("")
        left = f", {duration(task.time_remaining)} left" if task.time_remaining else ""
        return Text(f"{size(task.speed)}/s{left}")
