"""Running one process and measuring what it took, children included. Knows nothing of what it measures."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_LAUNCH = Path(__file__).with_name("launch.py")


class RunFailedError(Exception):
    """A measured process did not do its work; the message has the end of what it said."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to start. `environment` is all that the process gets."""

    arguments: Sequence[str]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run took. `server_s` is CPU time that the server spent meanwhile."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    server_s: float


def measured(command: Command, talk: Path, server_seconds: Callable[[], float]) -> Usage:
    """Run a command to its end; what it says goes to the file `talk`. Raises RunFailedError.

    The disk is flushed before, so that nobody pays for what another run wrote, and not after.
    """
    report = talk.with_name(f"{talk.name}.json")
    os.sync()
    server_before_s = server_seconds()
    with talk.open("wb") as said:
        code = subprocess.call(
            [sys.executable, "-I", "-S", str(_LAUNCH), str(report), *command.arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=command.environment,
        )
    if code:
        end = talk.read_text(errors="replace")[-2000:]
        raise RunFailedError(f"{' '.join(command.arguments)}: exit {code}\n{end}")
    return Usage(**json.loads(report.read_bytes()), server_s=server_seconds() - server_before_s)


def rotated(peers: Sequence[T], turn: int) -> list[T]:
    """A B C, then B C A, so that nobody is always first."""
    start = turn % len(peers)
    return [*peers[start:], *peers[:start]]


def medians(usages: Sequence[Usage]) -> Usage:
    """The median of each figure; of memory the highest."""
    return Usage(
        statistics.median(usage.wall_s for usage in usages),
        statistics.median(usage.cpu_s for usage in usages),
        max(usage.peak_bytes for usage in usages),
        statistics.median(usage.server_s for usage in usages),
    )
