"""The command line: one file a command, which parses, calls `app`, picks listeners and gives an exit code.

`main` is the one place where errors become exit codes. What does not belong here: anything a run does.
"""

import io
import os
import sys
from collections.abc import Sequence

import click

from kodokeep.cli.group import root
from kodokeep.cli.output import ReaderLeft, put_json, say
from kodokeep.cli.session import BUG, INTERRUPTED, Session
from kodokeep.errors import KodokeepError


def main(argv: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Run a command line and give its exit code; nothing is raised and no traceback is shown.

    `session` replaces the process's environment and the engine, for tests.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments  # looked at by hand, so that it holds for a line that cannot be parsed, too
    _never_fail_on_letters()
    try:
        code = root.main(arguments, prog_name="kodokeep", standalone_mode=False, obj=session or Session())
    except click.ClickException as error:
        error.show()
        return _failed(error.exit_code, error.format_message(), as_json=as_json)
    except KodokeepError as error:
        say(error.message, hint=error.hint)
        return _failed(error.exit_code, error.message, as_json=as_json, hint=error.hint)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except ReaderLeft:
        return _reader_left()
    except Exception as error:  # noqa: BLE001 - the one place that turns a bug into a report
        from kodokeep.cli.crash import save_report  # noqa: PLC0415 - slow to load, and rarely needed

        message = save_report(error)
        say(message)
        return _failed(BUG, message, as_json=as_json)
    return code if isinstance(code, int) else 0


def _failed(code: int, message: str, *, as_json: bool, hint: str = "") -> int:
    if as_json:
        put_json({"event": "error", "exit": code, "message": message, "hint": hint})
    return code


def _reader_left() -> int:
    """Whoever read our output has enough (`kodokeep ls | head`); that is no error, and Python must not flush again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _never_fail_on_letters() -> None:
    """A terminal or a pipe that cannot take every letter gets escapes instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
