"""`make live` as a person runs it, with an emulator in the place of the cloud."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.emulator_process import Emulator

ROOT = Path(__file__).parents[2]


def run_live(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--live", "-p", "no:randomly", "-p", "no:cacheprovider", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("KODO_LIVE", "PYTEST"))}
    return subprocess.run(
        command, cwd=ROOT, env={**clean, **environment}, capture_output=True, text=True, check=False, timeout=250
    )


def test_it_keeps_to_its_prefix_and_prints_what_it_settled() -> None:
    with Emulator("scratch", "other") as emulator:
        emulator.put("scratch", "someone's", b"else")
        environment = {
            "QINIU_ACCESS_KEY": emulator.access_key,
            "QINIU_SECRET_KEY": emulator.secret_key,
            "KODO_LIVE_BUCKET": "scratch",
            "KODO_LIVE_DOMAIN": emulator.domain("scratch").removeprefix("http://"),
            "KODO_LIVE_UC": emulator.uc,
        }
        done = run_live(environment, "tests/contract")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "cond-status: as guessed (412)" in done.stdout
        assert emulator.secret_key not in done.stdout + done.stderr
        assert (emulator.keys("scratch"), emulator.keys("other")) == (["someone's"], [])


def test_it_says_which_variables_it_needs() -> None:
    done = run_live({"QINIU_ACCESS_KEY": "x"}, "tests/contract")
    assert done.returncode == 4
    assert "QINIU_SECRET_KEY, KODO_LIVE_BUCKET, KODO_LIVE_DOMAIN" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
