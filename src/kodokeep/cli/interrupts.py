"""Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends at once."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from kodokeep import exits

SIGNALS = (signal.SIGINT, signal.SIGTERM)
FINISHING = "\nkodokeep: finishing what has begun; press again to stop at once\n"
ECHO_S = 0.2
"""`timeout` and others send one signal twice, to the process and to its group; nobody presses so fast."""

SHOW_CURSOR = "\x1b[?25h"


def _write_to_stderr(text: str) -> None:
    # Past Python's buffers: the signal may have come in the middle of a write to them.
    os.write(2, text.encode())


@contextmanager
def stop_on_signals(
    say: Callable[[str], None] = _write_to_stderr,
    leave: Callable[[int], None] = os._exit,
    clock: Callable[[], float] = time.monotonic,
    ring: Callable[[], None] | None = None,
) -> Iterator[threading.Event]:
    """While entered, the first signal sets the event and calls `ring`, which may end a wait; the second ends the
    process by `leave`, tidying nothing.

    What a run has begun survives any kill, and threads that wait for the network would delay a tidy exit.
    """
    stop = threading.Event()
    first_s = 0.0

    def handle(_signal: int, _frame: FrameType | None) -> None:
        nonlocal first_s
        if stop.is_set() and clock() - first_s < ECHO_S:
            return
        if stop.is_set():
            say(SHOW_CURSOR if sys.stderr.isatty() else "")
            leave(exits.INTERRUPTED)
        else:
            first_s = clock()
            stop.set()
            say(FINISHING)
            if ring is not None:
                ring()

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
