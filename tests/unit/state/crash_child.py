"""Runs in a process of its own, tells on stdout how far it got, and waits to be killed.

Usage: python -m tests.unit.state.crash_child DIRECTORY
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from kodokeep.model.summary import Summary
from tests.unit.state.samples import RUN, opened, step, version


def tell_and_wait() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def failures() -> Iterator[str]:
    """Keys that end in a crash, in the middle of the transaction that stores them."""
    yield "a"
    tell_and_wait()


def main() -> None:
    with opened(Path(sys.argv[1])) as store:
        store.begin_run(RUN, "backup", {})
        store.commit(RUN, [step("a", version=version())])
        store.intend([step("b")])
        tell_and_wait()
        store.finish_run(Summary("n", RUN, "backup", 0), failures(), frozenset({"mnt"}))


main()
