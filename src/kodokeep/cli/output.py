"""Where words go: data to stdout, talk to stderr (design §10)."""

from collections.abc import Callable, Mapping

import click

from kodokeep.reporting.jsonlines import to_line
from kodokeep.reporting.text import Tone
from kodokeep.reporting.units import printable_lines


class ReaderLeft(Exception):
    """Nobody reads stdout any more."""


def put(line: str) -> None:
    """One line of data. Raises ReaderLeft."""
    try:
        click.echo(line)
    except BrokenPipeError:
        raise ReaderLeft from None


def put_json(fields: Mapping[str, object]) -> None:
    """One line of data for scripts. Raises ReaderLeft."""
    put_encoded(to_line(fields))


def put_encoded(line: str) -> None:
    """One line of JSON: UTF-8 whatever the terminal speaks, half a surrogate as its escape. Raises ReaderLeft."""
    try:
        click.echo(line.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:
        raise ReaderLeft from None


def regardless(write: Callable[[str], None]) -> Callable[[str], None]:
    """The same writer for a backup that goes on when nobody reads its lines any more."""

    def go_on(line: str) -> None:
        try:
            write(line)
        except (ReaderLeft, OSError):
            return

    return go_on


def talk(line: str, _tone: Tone = Tone.PLAIN) -> None:
    """One line for people, without colour."""
    click.echo(line, err=True)


def say(message: str, *, hint: str = "") -> None:
    """What the command itself has to say, with the next step below it."""
    talk("\n".join(f"kodokeep: {line}" for line in printable_lines(message).split("\n")))
    if hint:
        talk("\n".join(f"          {line}".rstrip() for line in printable_lines(hint).split("\n")))
