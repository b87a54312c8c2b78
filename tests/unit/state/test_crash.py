"""What a call has returned for stays, and what it has not leaves nothing behind, when the process is killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.state.samples import RUN, opened, step


@pytest.mark.parametrize("in_transaction", [False, True])
def test_a_killed_run(tmp_path: Path, pytestconfig: pytest.Config, in_transaction: bool) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.unit.state.crash_child", str(tmp_path)],
        cwd=pytestconfig.rootpath,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    if in_transaction:
        child.stdin.write("on\n")
        child.stdin.flush()
        assert child.stdout.readline() == "ready\n"
    child.kill()
    child.communicate()
    with opened(tmp_path) as store:
        assert store.unfinished_run() == RUN
        assert [entry.key for entry in store.synced("")] == ["a"]
        assert store.has_version_at(f"history/{RUN}/k")
        assert store.intents() == (step("b"),)
        assert store.mounts() == frozenset()
