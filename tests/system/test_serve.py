"""The unit of docs/schedule.md for `kodokeep serve`, as systemd reads it."""

import re
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

from tests.system.pair import KODOKEEP

pytestmark = pytest.mark.system

PAGE = Path(__file__).parents[2] / "docs" / "schedule.md"


def unit() -> str:
    """What the page tells people to write, with the program where it is here, and a user whom this machine has."""
    (text,) = re.findall(r"^ {4}\[Unit\]\n(?:(?: {4}.*)?\n)*? {4}WantedBy=.*\n", PAGE.read_text(), re.MULTILINE)
    return dedent(text).replace("/usr/local/bin/kodokeep", str(KODOKEEP)).replace("User=kodokeep", "User=daemon")


def verified(text: str, directory: Path) -> subprocess.CompletedProcess[str]:
    file = directory / "kodokeep.service"
    file.write_text(text)
    return subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False)


def test_systemd_has_nothing_against_the_unit(tmp_path: Path) -> None:
    told = verified(unit(), tmp_path)
    assert (told.returncode, [line for line in told.stderr.splitlines() if "kodokeep" in line]) == (0, [])


def test_it_would_have_against_a_wrong_one(tmp_path: Path) -> None:
    assert "kodokeep" in verified(unit().replace("TimeoutStopSec=5min", "TimeoutStopSec=soon"), tmp_path).stderr
