"""Runs of the real program, to be interrupted and killed."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO, Any, Self

from tests.e2e.kit import PROGRAM, World


class Program:
    """`kodokeep run --json`, or another command, as a process of its own; ended with the block if it has not by itself.

    `env` is added to the environment.
    """

    def __init__(
        self, world: World, *arguments: str, command: str = "run", env: Mapping[str, str] | None = None
    ) -> None:
        world.emulator.clear_log()
        self.stderr_path = world.root / "stderr"
        own = {"XDG_STATE_HOME": str(world.state_home), "PYTHONUNBUFFERED": "1"}
        environment = os.environ | world.env | own | dict(env or {})
        with self.stderr_path.open("wb") as stderr:
            self._process = subprocess.Popen(
                [*PROGRAM, "--config", str(world.config), command, "--json", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._stdout.close()

    @property
    def stderr(self) -> str:
        """What it said so far."""
        return self.stderr_path.read_text()

    def wait_for(self, word: str) -> dict[str, Any]:
        """Read its lines until one holds this word; gives that line."""
        for line in self._stdout:
            if word.encode() in line:
                event: dict[str, Any] = json.loads(line)
                return event
        raise AssertionError(f"ended without {word!r}: {self.stderr}")

    def wait_until(self, happened: Callable[[], bool]) -> bool:
        """Ask again and again while the program works; False if it ended first."""
        while self._process.poll() is None:
            if happened():
                return True
        return False

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.send(signal.SIGINT)

    def send(self, number: signal.Signals) -> None:
        """Any signal."""
        self._process.send_signal(number)

    def interrupt_until_over(self) -> None:
        """Ctrl-C, pressed again and again: what follows a signal at once counts as its echo."""
        while self._process.poll() is None:
            self.interrupt()

    def kill(self) -> None:
        """As a power cut would, but for the disk's cache."""
        self._process.kill()
        self._process.wait()

    def wait(self) -> int:
        """Its exit code."""
        for _ in self._stdout:
            pass
        return self._process.wait()

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout
