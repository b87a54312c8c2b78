"""Manual pages made from the commands themselves: `python -m tools.manpages man`, or `make man`.

What belongs here: how a command becomes a page. What does not: what commands do, which their help says.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from pathlib import Path

import click

from kodokeep.cli.group import COMMANDS, SECTIONS, root
from kodokeep.config.find import FILE_NAME, VARIABLE
from kodokeep.model.account import ACCESS_KEY, SECRET_KEY
from kodokeep.reporting.words import EXITS

PROGRAM = "kodokeep"
PREFORMATTED = "\b"
"""Begins a paragraph that click leaves as it is."""

ENVIRONMENT = {
    VARIABLE: "The config file, unless --config names one.",
    f"{ACCESS_KEY}, {SECRET_KEY}": (
        "The keys of the account of [account]. Those of [account:NAME] have _NAME appended, in capitals, with _ for"
        " what is neither a letter nor a digit."
    ),
    "XDG_CONFIG_HOME, XDG_STATE_HOME": "Where the user's config and what is remembered of this machine are kept.",
}

FILES = {
    f"./{FILE_NAME}, ~/.config/{PROGRAM}/{FILE_NAME}": "The config file, where neither --config nor the variable is.",
    "FOLDER/.kodokeep/history/": "What runs replaced or removed, by run, under its own path.",
    "FOLDER/.kodokeep/runs/": "The log of each run, one JSON object a line.",
    "FOLDER/.kodokeep/state.db": "What bucket and folder had when they last agreed. It can be lost without harm.",
    f"~/.local/state/{PROGRAM}/journal.db": "Every attempt to run a pair on this machine, also those that could not.",
    f"~/.local/state/{PROGRAM}/log/": "Reports of errors of kodokeep itself.",
}


def pages() -> dict[str, str]:
    """Every page by the name of its file."""
    with click.Context(root, info_name=PROGRAM, **root.context_settings) as parent:
        made = {f"{PROGRAM}.1": "\n".join(_main_page(parent))}
        for name in COMMANDS:
            command = root.get_command(parent, name)
            assert command is not None
            made |= dict(_command_pages(command, name, parent))
    return {name: f"{text}\n" for name, text in made.items()}


def _command_pages(command: click.Command, name: str, parent: click.Context) -> Iterator[tuple[str, str]]:
    """The page of a command, and those of the commands below it."""
    with click.Context(command, info_name=name, parent=parent) as ctx:
        yield f"{_page_name(ctx)}.1", "\n".join(_command_page(ctx))
        for below, each in _below(command).items():
            yield from _command_pages(each, below, ctx)


def _below(command: click.Command) -> Mapping[str, click.Command]:
    return command.commands if isinstance(command, click.Group) else {}


def _page_name(ctx: click.Context) -> str:
    return ctx.command_path.replace(" ", "-")


def _main_page(ctx: click.Context) -> Iterator[str]:
    yield from _head(ctx, "keep Qiniu Kodo buckets and local folders in step")
    description, _ = _described(ctx.command)
    yield from description
    yield from _options(ctx)
    yield ".SH COMMANDS"
    for section, names in SECTIONS.items():
        yield f".SS {_escaped(section)}"
        for name in names:
            command = ctx.command.get_command(ctx, name) if isinstance(ctx.command, click.Group) else None
            assert command is not None
            yield ".TP"
            yield f".BR {PROGRAM}\\-{name} (1)"
            yield _escaped(command.get_short_help_str(100))
    yield from _exit_status(EXITS)
    yield from _defined("ENVIRONMENT", ENVIRONMENT)
    yield from _defined("FILES", FILES)
    yield from _see_also(f"{PROGRAM}-{name}" for name in COMMANDS)


def _command_page(ctx: click.Context) -> Iterator[str]:
    short = ctx.command.get_short_help_str(100).rstrip(".")
    yield from _head(ctx, short[0].lower() + short[1:])
    description, example = _described(ctx.command)
    yield from description
    yield from _options(ctx)
    yield ".SH EXAMPLE"
    yield from example
    yield ".SH EXIT STATUS"
    yield f"As that of\n.BR {PROGRAM} (1)."
    yield from _see_also([PROGRAM, *(f"{_page_name(ctx)}-{below}" for below in _below(ctx.command))])


def _head(ctx: click.Context, purpose: str) -> Iterator[str]:
    name = _page_name(ctx)
    yield '.\\" Made by tools/manpages.py from the help of the command; to make it again: make man'
    yield f'.TH {_escaped(name.upper())} 1 "" {PROGRAM} "User Commands"'
    yield ".nh\n.ad l"  # options and commands are not to be cut in two
    yield ".SH NAME"
    yield f"{_escaped(name)} \\- {_escaped(purpose)}"
    yield ".SH SYNOPSIS"
    pieces = " ".join(_emphasised(piece) for piece in ctx.command.collect_usage_pieces(ctx))
    yield f"\\fB{_escaped(ctx.command_path)}\\fP {pieces}"
    yield ".SH DESCRIPTION"


def _described(command: click.Command) -> tuple[list[str], list[str]]:
    """The help of a command as a description, and the example out of it."""
    description: list[str] = []
    example: list[str] = []
    for paragraph in cleandoc(command.help or "").split("\n\n"):
        lines = paragraph.split("\n")
        if lines[0].strip() != PREFORMATTED:
            description += [".PP", _escaped(" ".join(lines))]
        elif lines[1] == "Example:":
            example += _as_it_is(lines[2:])
        else:
            description += [".PP", _escaped(lines[1]), *_as_it_is(lines[2:])]
    return description[1:], example


def _as_it_is(lines: Iterable[str]) -> list[str]:
    return [".RS 4", ".nf", *(_escaped(line.removeprefix("  "), marks=False) for line in lines), ".fi", ".RE"]


def _options(ctx: click.Context) -> Iterator[str]:
    yield ".SH OPTIONS"
    for option in ctx.command.get_params(ctx):
        record = option.get_help_record(ctx)
        if isinstance(option, click.Option) and record is not None:
            spelled, meaning = record
            yield ".TP"
            yield " ".join(_emphasised(word) for word in spelled.split(" "))
            yield _escaped(meaning)


def _exit_status(codes: Mapping[int, str]) -> Iterator[str]:
    yield ".SH EXIT STATUS"
    for code, meaning in codes.items():
        yield f".TP 6\n.B {code}"
        yield _escaped(f"{meaning[0].upper()}{meaning[1:]}.")
    yield ".PP"
    yield "Of several pairs the first of 1, 2, 6, 5, 3, 4 counts."
    yield f"\\fB{PROGRAM} status\\fP ends with 3 if a pair is stale or broken."


def _defined(section: str, meanings: Mapping[str, str]) -> Iterator[str]:
    yield f".SH {section}"
    for what, meaning in meanings.items():
        yield ".TP"
        yield ", ".join(f"\\fI{_escaped(each)}\\fP" for each in what.split(", "))
        yield _escaped(meaning)


def _see_also(names: Iterable[str]) -> Iterator[str]:
    yield ".SH SEE ALSO"
    yield ",\n".join(f".BR {_escaped(name)} (1)" for name in names)


def _emphasised(word: str) -> str:
    """An option in bold, what stands for a value in italics."""
    if word.startswith("-"):
        stem = word.rstrip(",")
        return f"\\fB{_escaped(stem)}\\fP{word[len(stem) :]}"
    return re.sub(r"[A-Z][A-Z0-9]+", lambda found: f"\\fI{found[0]}\\fP", _escaped(word))


def _escaped(text: str, *, marks: bool = True) -> str:
    """Text that roff shows as it is; what is between backticks in bold, if `marks`."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    if marks:
        text = re.sub(r"`([^`]*)`", r"\\fB\1\\fP", text)
    return f"\\&{text}" if text.startswith((".", "'")) else text


def main(directory: Path) -> None:
    """Write all pages to a directory, and remove those of commands that are gone."""
    made = pages()
    for old in directory.glob(f"{PROGRAM}*.1"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
