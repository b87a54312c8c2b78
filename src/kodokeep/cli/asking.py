"""Whether a person is there to be asked, and asking for what must not be shown. Plain questions are in `questions`."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


def somebody_is_there() -> bool:
    """True if questions are seen and can be answered: both ends must be a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def terminal_prompt() -> Callable[[str], str] | None:
    """What asks at the terminal, None if nobody is there."""
    return hidden if somebody_is_there() else None


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
