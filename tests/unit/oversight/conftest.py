"""A config with a channel that leads to a real receiver, a journal, a clock to be set, and runs that are made up."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kodokeep.config.load import Config, from_text
from kodokeep.model.event import Event, RunFinished
from kodokeep.model.options import PairOptions
from kodokeep.model.summary import Summary
from kodokeep.oversight.memory import Memory
from kodokeep.oversight.overseer import Overseer
from kodokeep.oversight.place import Place
from kodokeep.oversight.unstarted import Unstarted, tell_unstarted
from tests.receivers import Web, web

NOON_S = 1_795_608_000.0
"""2026-11-25 12:00 UTC."""

RUN = "20261125T120000Z"


def ended(code: int, **values: Any) -> Summary:
    """How a run of the pair `photos` ended."""
    return Summary("photos", RUN, "backup", code, **values)


@dataclass
class Bench:
    """Commands, one after the other, on one machine."""

    root: Path
    receiver: Web
    now_s: float = NOON_S
    said: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def file(self) -> Path:
        return self.root / "config.ini"

    @property
    def place(self) -> Place:
        return Place(self.env, self.state_home, self.said.append, lambda: self.now_s, "nas")

    @property
    def state_home(self) -> Path:
        """Where the journal is."""
        return self.root / "home" / "kodokeep"

    @property
    def memory(self) -> Memory:
        return Memory(self.place)

    def configure(self, options: str = "", channel: str = "") -> None:
        """Write the config, long ago: with these lines for the pair, and for its channel."""
        self.file.write_text(
            f"[notify:phone]\nurl = {self.receiver.channel('phone')}\n{channel}\n"
            f"[bucket:photos]\nfolder = {self.root / 'folder'}\n{options}\n"
        )
        os.utime(self.file, (0, 0))

    @property
    def config(self) -> Config:
        return from_text(self.file.read_text(), self.file)

    @property
    def pair(self) -> PairOptions:
        return self.config.pairs[0]

    def overseer(self, **options: Any) -> Overseer:
        """A new command's."""
        return Overseer(self.config, self.place, **options)

    def run(
        self, summary: Summary | None, events: Sequence[Event] = (), *, scheduled: bool = False, **options: Any
    ) -> list[tuple[str, str]]:
        """A command that runs the pair, which tells these events and ends so; gives the messages that came of it."""
        before = len(self.receiver.messages)
        overseer = self.overseer()
        listener = overseer.listener(self.pair)

        def work() -> int:
            for event in events:
                listener(event)
            if summary is None:
                raise KeyboardInterrupt
            listener(RunFinished(summary))
            return summary.exit

        code = overseer.around(self.pair, work, scheduled=scheduled, **options)
        assert summary is not None
        assert code == summary.exit
        return self.receiver.messages[before:]

    def look(self) -> list[tuple[str, str]]:
        """The end of a command; gives the messages that came of it."""
        before = len(self.receiver.messages)
        self.overseer().look_after_all(self.now_s)
        return self.receiver.messages[before:]

    def unstarted(self, error: Exception, **options: Any) -> list[tuple[str, str]]:
        """A command that comes to no run; gives the messages that came of it."""
        before = len(self.receiver.messages)
        tell_unstarted(str(self.file), error, self.place, Unstarted(**options))
        return self.receiver.messages[before:]

    def hook(self, name: str) -> tuple[str, Path]:
        """A command that appends what it is told to a file; gives both."""
        told = self.root / name
        return f"sh -c 'echo $KODOKEEP_EVENT $KODOKEEP_PAIR $KODOKEEP_EXIT >> {told}'", told


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A pair `photos` with a channel `phone`."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    with web() as receiver:
        bench = Bench(tmp_path, receiver)
        bench.configure()
        yield bench


def titles(messages: list[tuple[str, str]]) -> list[str]:
    """Without what they all begin with and end in."""
    return [title.removeprefix("kodokeep: ").removesuffix(" (nas)") for title, _ in messages]
