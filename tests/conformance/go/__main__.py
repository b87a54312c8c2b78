"""`make conformance-go`: the Go SDK's tests and qshell's commands against emulators; prints totals.

Exits with 1 if anything failed. A client that cannot be built here, because there is no Go toolchain or the module
proxy does not give a module, is reported as "not run: REASON", and is no failure.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from tests.conformance.go.qshell import run_qshell
from tests.conformance.go.results import Result, tell
from tests.conformance.go.sdk import run_sdk
from tests.conformance.go.toolchain import BuildError, NotRunError

Run = Callable[[Path], Iterator[Result]]

_CLIENTS: dict[str, Run] = {"Go SDK": run_sdk, "qshell": run_qshell}


def main() -> int:
    results: list[Result] = []
    absent: dict[str, str] = {}
    for client, run in _CLIENTS.items():
        with tempfile.TemporaryDirectory(prefix="conformance-go-") as scratch:
            try:
                results += tell(client, run(Path(scratch)))
            except NotRunError as error:
                absent[client] = str(error)
            except BuildError as error:
                results += tell(client, [Result("build", passed=False, detail=str(error))])
    for client, reason in absent.items():
        click.echo(f"{client}: not run: {reason}")
    failed = sum(not result.passed for result in results)
    click.echo(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
