"""Where words go: data to stdout, talk to stderr (design §10)."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

import click

from kodokeep.errors import KodokeepError
from kodokeep.reporting.units import printable_lines

Written = TypeVar("Written")

STDOUT = "-"
"""How a user names stdout where a file is expected."""


class ReaderLeft(Exception):
    """Nobody reads stdout any more."""


class CannotWrite(KodokeepError):
    """stdout takes nothing: a full disk behind it, for example. Not a bug of ours, though it ends like one."""


def put(line: str) -> None:
    """One line of data. Raises ReaderLeft, CannotWrite."""
    _write(line)


def put_json(fields: Mapping[str, object]) -> None:
    """One line of JSON: UTF-8 whatever the terminal speaks, half a surrogate as its escape.

    Raises ReaderLeft, CannotWrite.
    """
    put_bytes(json.dumps(fields, ensure_ascii=False).encode("utf-8", "backslashreplace"))


def put_bytes(line: bytes) -> None:
    """One line of data that is encoded already. Raises ReaderLeft, CannotWrite."""
    _write(line)


def _write(line: str | bytes) -> None:
    try:
        click.echo(line)
    except BrokenPipeError:
        raise ReaderLeft from None
    except OSError as error:
        raise CannotWrite(f"the output cannot be written: {error.strerror}") from None


def regardless(write: Callable[[Written], None]) -> Callable[[Written], None]:
    """The same writer for a backup that goes on when nobody reads its lines any more."""

    def go_on(what: Written) -> None:
        try:
            write(what)
        except (ReaderLeft, CannotWrite, OSError):
            return

    return go_on


def talk(line: str) -> None:
    """One line for people. That nobody can read it must not stop what it tells of."""
    with suppress(OSError):
        click.echo(line, err=True)


def say(message: str, *, hint: str = "") -> None:
    """What the command itself has to say, with the next step below it."""
    talk("\n".join(f"kodokeep: {line}" for line in printable_lines(message).split("\n")))
    if hint:
        talk("\n".join(f"          {line}".rstrip() for line in printable_lines(hint).split("\n")))
