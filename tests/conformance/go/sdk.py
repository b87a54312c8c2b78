"""Runs the Go SDK's tests, which are in this directory, against an emulator."""

import json
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.conformance.go import BUCKETS
from tests.conformance.go.results import Result
from tests.conformance.go.toolchain import build_tests
from tests.emulator_process import Emulator

_TIMEOUT = "10m"
_RUNNING = re.compile(r"=== (?:RUN|NAME|CONT)\s+(\S+)")
_VERDICT = re.compile(r"^\s*--- (PASS|FAIL|SKIP): (\S+)")


def run_sdk(scratch: Path) -> Iterator[Result]:
    """Build the tests and give the result of each against a fresh emulator, in the order in which they ran.

    Raises:
        NotRunError: they cannot be built on this machine.
        BuildError: they do not compile.
    """
    program = scratch / "sdk-tests"
    build_tests(program)
    with Emulator(*BUCKETS) as emulator:
        done = subprocess.run(
            [program, "-test.v", f"-test.timeout={_TIMEOUT}"],
            cwd=scratch,
            env={**os.environ, **settings(emulator, scratch)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    results = without_groups(read_results(done.stdout))
    yield from results
    if done.returncode and all(result.passed for result in results):  # It crashed, or timed out.
        yield Result("go test", passed=False, detail=done.stdout[-4000:])


def settings(emulator: Emulator, scratch: Path) -> dict[str, str]:
    """The documented settings that point the SDK at a private endpoint (protocol §1.6), and nothing of this user's.

    The SDK reads a profile from HOME and caches regions in TMPDIR.
    """
    return {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "QINIU_BUCKET_URL": emulator.uc,
        "DISABLE_QINIU_SECURE_PROTOCOL": "true",
        "QINIU_ACCESS_KEY": emulator.access_key,
        "QINIU_SECRET_KEY": emulator.secret_key,
        "KODO_EMULATOR_FACTS": json.dumps(emulator.facts),
    }


def read_results(talk: str) -> Iterator[Result]:
    """The results in what a Go test program prints with `-test.v`, where messages follow the name of their test."""
    running = ""
    said: dict[str, list[str]] = defaultdict(list)
    for line in talk.splitlines():
        if named := _RUNNING.match(line):
            running = named[1]
        elif verdict := _VERDICT.match(line):
            yield Result(verdict[2], passed=verdict[1] == "PASS", detail="\n".join(said.pop(verdict[2], [])))
        else:
            said[running].append(line)


def without_groups(results: Iterable[Result]) -> list[Result]:
    """Leave out a test that only holds subtests: those are counted themselves."""
    listed = list(results)
    groups = {result.name.rpartition("/")[0] for result in listed}
    return [result for result in listed if result.name not in groups or (not result.passed and result.detail)]
