"""Running one process and measuring what it took, children included. Knows nothing of what it measures."""

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class RunFailedError(Exception):
    """A measured process did not do its work; the message has the end of what it said."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to start. `environment` is all that the process gets."""

    arguments: Sequence[str]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run took. `server_s` is CPU time that the server spent meanwhile; peak_bytes 0 means not known."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    server_s: float


def measured(command: Command, talk: Path, server_seconds: Callable[[], float]) -> Usage:
    """Run a command to its end; what it says goes to the file `talk`. Raises RunFailedError.

    The disk is flushed before, so that nobody pays for what another run wrote, and not after.
    """
    os.sync()
    server_before_s = server_seconds()
    with talk.open("wb") as said:
        started_s = time.perf_counter()
        process = subprocess.Popen(
            command.arguments, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=command.environment
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        end = talk.read_text(errors="replace")[-2000:]
        raise RunFailedError(f"{' '.join(command.arguments)}: exit {process.returncode}\n{end}")
    return Usage(wall_s, used.ru_utime + used.ru_stime, _peak_bytes(used), server_seconds() - server_before_s)


def medians(usages: Sequence[Usage]) -> Usage:
    """The median of each figure; of memory the highest."""
    return Usage(
        statistics.median(usage.wall_s for usage in usages),
        statistics.median(usage.cpu_s for usage in usages),
        max(usage.peak_bytes for usage in usages),
        statistics.median(usage.server_s for usage in usages),
    )


def _peak_bytes(used: resource.struct_rusage) -> int:
    """A started process inherits the peak of the one that starts it, so a lower one of its own is not known."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used.ru_maxrss * 1024 if used.ru_maxrss > own else 0
