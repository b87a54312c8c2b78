"""The one door to the programs that keep timers: systemctl, loginctl, crontab, launchctl, schtasks.

What belongs here: starting one and reading what it says. What does not: which one, and why (`keepers`).
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from kodokeep.errors import TimersUnusable
from kodokeep.model.account import without_keys

TEXT = "utf-8"
ERRORS = "surrogateescape"
"""What these programs print goes back to them byte by byte."""

_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended."""

    exit: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """What it had against it, on one line."""
        said = self.err.strip() or self.out.strip() or f"exit code {self.exit}"
        return "; ".join(line.strip() for line in said.splitlines() if line.strip())


def has(program: str) -> bool:
    """True if there is such a program."""
    return shutil.which(program) is not None


def ask(argv: Sequence[str], text: str = "") -> Ran:
    """Run a program to its end, with `text` as its input. Raises TimersUnusable if it cannot be run."""
    try:
        done = subprocess.run(
            list(argv),
            input=text.encode(TEXT, ERRORS),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            env={**without_keys(os.environ), "LC_ALL": "C"},
        )
    except OSError as error:
        raise TimersUnusable(f"{argv[0]} cannot be started: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise TimersUnusable(f"{' '.join(argv)} does not end") from None
    return Ran(done.returncode, done.stdout.decode(TEXT, ERRORS), done.stderr.decode(TEXT, ERRORS))


def tell(argv: Sequence[str], text: str = "") -> None:
    """The same, for a program that must not refuse. Raises TimersUnusable."""
    ran = ask(argv, text)
    if ran.exit:
        raise TimersUnusable(f"{' '.join(argv)}: {ran.complaint}")
