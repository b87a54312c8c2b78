"""The driver itself: what it reads from Go, and that "not run" is never said of what is broken."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.go.results import Result
from tests.conformance.go.sdk import read_results, without_groups
from tests.conformance.go.toolchain import BuildError, NotRunError, build_qshell

_TALK = """\
=== RUN   TestOne
--- PASS: TestOne (0.00s)
=== RUN   TestGroup
=== RUN   TestGroup/good
=== RUN   TestGroup/bad
    a_test.go:7: got 1, want 2
--- FAIL: TestGroup (0.01s)
    --- PASS: TestGroup/good (0.00s)
    --- FAIL: TestGroup/bad (0.01s)
FAIL
"""


def go_that_says(monkeypatch: pytest.MonkeyPatch, directory: Path, talk: str) -> None:
    """Put a `go` in front of any other that fails with these words."""
    program = directory / "go"
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{talk}\nEND\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.environ['PATH']}")


def test_results_of_a_go_program() -> None:
    assert without_groups(read_results(_TALK)) == [
        Result("TestOne", passed=True),
        Result("TestGroup/good", passed=True),
        Result("TestGroup/bad", passed=False, detail="    a_test.go:7: got 1, want 2"),
    ]


@pytest.mark.parametrize(
    "talk",
    [
        "go: example.com/a@v1.0.0: reading https://proxy.example.com/a/@v/v1.0.0.info: 403 Forbidden",
        "go: downloading example.com/a v1.0.0\ndial tcp: lookup proxy.example.com: no such host",
        "go: a requires go >= 1.99.0 (running go 1.22.0; GOTOOLCHAIN=local)",
    ],
)
def test_what_is_out_of_reach(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, talk: str) -> None:
    go_that_says(monkeypatch, tmp_path, talk)
    with pytest.raises(NotRunError) as reason:
        build_qshell(tmp_path)
    assert "https://" not in str(reason.value)


@pytest.mark.parametrize(
    "talk",
    [
        "verifying example.com/a@v1.0.0: checksum mismatch\nSECURITY ERROR",
        "./a.go:3:2: undefined: nothing",
        "go: errors parsing go.mod",
    ],
)
def test_what_is_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, talk: str) -> None:
    go_that_says(monkeypatch, tmp_path, talk)
    with pytest.raises(BuildError):
        build_qshell(tmp_path)


def test_without_a_toolchain(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance.go"],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "Go SDK: not run: there is no go command",
        "qshell: not run: there is no go command",
        "0 passed, 0 failed",
    ]
    assert done.returncode == 0
