"""A bug becomes a file that can be attached to a report, and one line for the user. Imported only when it happens."""

import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_log_path


def save_report(error: BaseException) -> str:
    """Save the traceback where only the user can read it; says where, or shows it if it cannot be saved."""
    trace = "".join(traceback.format_exception(error))
    name = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.txt"
    summary = f"this is a bug: {type(error).__name__}"
    try:
        place = user_log_path("kodokeep", ensure_exists=True) / name
        _write(place, f"kodokeep {version('kodokeep')}, Python {sys.version}, {platform.platform()}\n\n{trace}")
    except OSError:
        return f"{summary}\n{trace}"
    return f"{summary}; please report it with {place}"


def _write(place: Path, text: str) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
