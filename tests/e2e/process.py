"""Runs of the real program, to be interrupted and killed."""

import os
import signal
import subprocess
from collections.abc import Callable
from types import TracebackType
from typing import IO, Self

from tests.e2e.kit import PROGRAM, World


class Program:
    """`kodokeep run --json` as a process of its own; ended with the block if it has not by itself."""

    def __init__(self, world: World, *arguments: str) -> None:
        world.emulator.clear_log()
        self.stderr_path = world.root / "stderr"
        environment = os.environ | world.env | {"XDG_STATE_HOME": str(world.state_home), "PYTHONUNBUFFERED": "1"}
        with self.stderr_path.open("wb") as stderr:
            self._process = subprocess.Popen(
                [*PROGRAM, "--config", str(world.config), "run", "--json", *arguments],
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

    def wait_for(self, word: str) -> None:
        """Read its lines until one holds this word."""
        for line in self._stdout:
            if word.encode() in line:
                return
        raise AssertionError(f"ended without {word!r}: {self.stderr}")

    def wait_until(self, happened: Callable[[], bool]) -> bool:
        """Ask again and again while the program works; False if it ended first."""
        while self._process.poll() is None:
            if happened():
                return True
        return False

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

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
