"""Where words go: data to stdout, talk to stderr (design §10)."""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

import click

from kodokeep.reporting.units import printable_lines

Written = TypeVar("Written")


class ReaderLeft(Exception):
    """Nobody reads stdout any more."""


def put(line: str) -> None:
    """One line of data. Raises ReaderLeft."""
    try:
        click.echo(line)
    except BrokenPipeError:
        raise ReaderLeft from None


def put_json(fields: Mapping[str, object]) -> None:
    """One line of JSON: UTF-8 whatever the terminal speaks, half a surrogate as its escape. Raises ReaderLeft."""
    line = json.dumps(fields, ensure_ascii=False)
    try:
        click.echo(line.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:
        raise ReaderLeft from None


def regardless(write: Callable[[Written], None]) -> Callable[[Written], None]:
    """The same writer for a backup that goes on when nobody reads its lines any more."""

    def go_on(what: Written) -> None:
        try:
            write(what)
        except (ReaderLeft, OSError):
            return

    return go_on


def talk(line: str) -> None:
    """One line for people."""
    click.echo(line, err=True)


def say(message: str, *, hint: str = "") -> None:
    """What the command itself has to say, with the next step below it."""
    talk("\n".join(f"kodokeep: {line}" for line in printable_lines(message).split("\n")))
    if hint:
        talk("\n".join(f"          {line}".rstrip() for line in printable_lines(hint).split("\n")))
