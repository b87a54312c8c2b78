"""Real kills of a process that changes a disk store, between any two lines of its code."""

import subprocess
import sys
from pathlib import Path

import pytest

KILLS = {"sync": 30, "no-sync": 60}


@pytest.mark.parametrize("sync", KILLS)
def test_kills_leave_every_change_whole_or_undone(tmp_path: Path, sync: str) -> None:
    command = [sys.executable, "-m", "tests.emulator.store_kills", str(tmp_path), str(KILLS[sync]), sync]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
