"""Runs real qshell commands against an emulator."""

from collections.abc import Iterator
from pathlib import Path

from tests.conformance.go.results import Result
from tests.conformance.go.toolchain import build_qshell
from tests.emulator_process import Emulator


def run_qshell(emulator: Emulator, scratch: Path) -> Iterator[Result]:
    build_qshell(scratch)
    yield from ()
