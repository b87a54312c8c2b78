"""Asking a person at a terminal for what must not be shown."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


def terminal_prompt() -> Callable[[str], str] | None:
    """What asks at the terminal, None if nobody is there: both ends must be one."""
    streams = (sys.stdin, sys.stderr)
    return hidden if all(stream is not None and stream.isatty() for stream in streams) else None


def hidden(question: str) -> str:
    """What is typed, and not shown, for a question. Raises KeyboardInterrupt if there is to be no answer."""
    with _ctrl_c_ends():
        try:
            answer: str = click.prompt(question, hide_input=True, err=True)
        except click.Abort:
            raise KeyboardInterrupt from None
    return answer


@contextmanager
def _ctrl_c_ends() -> Iterator[None]:
    """A run ends in order at the first Ctrl-C. Here nothing has begun, and the terminal is to show letters again."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
