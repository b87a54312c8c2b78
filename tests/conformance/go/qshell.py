"""Runs the checks of qshell against an emulator."""

import traceback
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.go import BUCKETS
from tests.conformance.go.qshell_objects import OBJECT_CHECKS
from tests.conformance.go.qshell_shell import Shell
from tests.conformance.go.qshell_transfers import TRANSFER_CHECKS
from tests.conformance.go.results import Result
from tests.conformance.go.toolchain import build_qshell
from tests.emulator_process import Emulator


def run_qshell(scratch: Path) -> Iterator[Result]:
    """Build qshell and give the result of each check against a fresh emulator, in order.

    Raises:
        NotRunError: it cannot be built on this machine.
        BuildError: it does not build.
    """
    program = build_qshell(scratch)
    with Emulator(*BUCKETS) as emulator:
        shell = Shell(program, scratch, emulator)
        shell.set_up()
        for check in (*OBJECT_CHECKS, *TRANSFER_CHECKS):
            try:
                check(shell)
            except Exception:  # noqa: BLE001 -- whatever goes wrong in a check is its result
                yield Result(check.__name__, passed=False, detail=traceback.format_exc())
            else:
                yield Result(check.__name__, passed=True)
