"""A person at a terminal: a real pseudo-terminal, what they type, and the screen that they see."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pexpect
import pyte

ROWS, COLUMNS = 150, 130
ANSWER_S = 60.0
"""Far more than any answer takes: a program that hangs must not hang its test."""


class Terminal:
    """One command on a terminal. `screen` is what stands there, without colours and motion."""

    def __init__(self, *arguments: str, env: Mapping[str, str], cwd: Path) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen)
        self.raw = ""
        self._child = pexpect.spawn(
            sys.executable,
            ["-c", "import sys; from kodokeep.cli import main; sys.exit(main())", *arguments],
            env={
                "PATH": os.environ["PATH"],
                "TERM": "xterm",
                "LANG": "C.UTF-8",
                "PYTHONPATH": os.pathsep.join(sys.path),
            }
            | dict(env),
            cwd=str(cwd),
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
            timeout=ANSWER_S,
        )

    def answer(self, question: str, text: str) -> None:
        """Wait until the question stands on the screen, and type."""
        self._child.expect_exact(question)
        self._see()
        self._child.sendline(text)

    def interrupt(self, question: str) -> None:
        """Wait until the question stands on the screen, and press Ctrl-C."""
        self._child.expect_exact(question)
        self._see()
        self._child.sendintr()

    def end(self) -> int:
        """Wait for the end; gives the exit code."""
        self._child.expect(pexpect.EOF)
        self._see()
        self._child.close()
        return int(self._child.exitstatus)

    @property
    def screen(self) -> list[str]:
        """The lines of the screen."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    def _see(self) -> None:
        after = self._child.after if isinstance(self._child.after, str) else ""
        seen = (self._child.before or "") + after
        self.raw += seen
        self._stream.feed(seen)
