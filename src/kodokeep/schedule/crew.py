"""Runs as processes of their own: `kodokeep run NAME`, one for each pair at work.

A process for each, and no thread: a crash or a lack of memory costs one run and not the schedule, what a run took is
given back whole, config, keys and program are new each time, and signals reach each run as they do when a person
starts it. What it says goes where the schedule's own words go.
"""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from signal import Signals
from threading import Thread
from typing import Protocol

from kodokeep.schedule.clock import Bell


@dataclass(frozen=True, slots=True)
class Ended:
    """A run is over. `exit` is None if it never began, or was killed; then `error` says why."""

    name: str
    exit: int | None
    error: str = ""


class Crew(Protocol):
    """Who does the runs."""

    def start(self, name: str, tries: int) -> None:
        """Begin a run of this pair, for which so many tries were made before. Also a failure to start is an end."""

    def ended(self) -> list[Ended]:
        """The runs that ended since this was asked last."""

    def stop(self) -> None:
        """Ask all for an orderly end."""

    def kill(self) -> None:
        """End all at once."""


class Processes:
    """Starts `program` with the arguments of a run; `flags` are further ones. The bell is rung when one ends."""

    def __init__(self, program: Sequence[str], flags: Sequence[str], env: Mapping[str, str], bell: Bell) -> None:
        self._program = tuple(program)
        self._flags = tuple(flags)
        self._env = env
        self._bell = bell
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ended: SimpleQueue[Ended] = SimpleQueue()

    def start(self, name: str, tries: int) -> None:
        """Begin a run of this pair."""
        command = [*self._program, "run", name, "--scheduled", "--tried", str(tries), *self._flags]
        try:
            # A session of its own: Ctrl-C in a terminal would reach the run twice, directly and through us.
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=self._env, start_new_session=True)
        except OSError as error:
            self._over(Ended(name, None, f"the run could not be started: {error.strerror}"))
            return
        self._running[name] = process
        Thread(target=self._wait_for, args=(name, process), name=f"run of {name}", daemon=True).start()

    def ended(self) -> list[Ended]:
        """The runs that ended since this was asked last."""
        found: list[Ended] = []
        try:
            while True:
                found.append(self._ended.get_nowait())
                self._running.pop(found[-1].name, None)
        except Empty:
            return found

    def stop(self) -> None:
        """Ask all for an orderly end."""
        for process in tuple(self._running.values()):
            process.terminate()

    def kill(self) -> None:
        """End all at once."""
        for process in tuple(self._running.values()):
            process.kill()

    def _wait_for(self, name: str, process: subprocess.Popen[bytes]) -> None:
        code = process.wait()
        self._over(Ended(name, code) if code >= 0 else Ended(name, None, f"the run was killed ({_signal(-code)})"))

    def _over(self, ended: Ended) -> None:
        self._ended.put(ended)
        self._bell.ring()


def _signal(number: int) -> str:
    try:
        return Signals(number).name
    except ValueError:
        return f"signal {number}"
