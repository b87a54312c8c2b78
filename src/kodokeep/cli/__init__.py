"""The command line: one file a command, which parses, calls `app`, picks listeners and gives an exit code.

`main` is the one place where errors become exit codes. What does not belong here: anything a run does.
"""

import sys
from collections.abc import Sequence

import click

from kodokeep import exits
from kodokeep.cli.group import root
from kodokeep.cli.output import CannotWrite, ReaderLeft, put_json, regardless, say
from kodokeep.cli.process import forget_stdout, never_fail_on_letters, prepare_process
from kodokeep.cli.session import Session
from kodokeep.errors import KodokeepError


def main(argv: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Run a command line and give its exit code; nothing is raised and no traceback is shown.

    `session` replaces the process's environment and the engine, for tests.
    """
    if argv is None:
        prepare_process()
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments  # looked at by hand, so that it holds for a line that cannot be parsed, too
    never_fail_on_letters()
    try:
        code = root.main(arguments, prog_name="kodokeep", standalone_mode=False, obj=session or Session())
    except click.ClickException as error:
        error.show()
        return _failed(error.exit_code, error.format_message(), as_json=as_json)
    except (ReaderLeft, CannotWrite) as error:
        return _without_stdout(error)
    except KodokeepError as error:
        say(error.message, hint=error.hint)
        return _failed(error.exit_code, error.message, as_json=as_json, hint=error.hint)
    except (click.Abort, KeyboardInterrupt):
        return exits.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place that turns a bug into a report
        from kodokeep.cli.crash import save_report  # noqa: PLC0415 - slow to load, and rarely needed

        message = save_report(error)
        say(message)
        return _failed(exits.BUG, message, as_json=as_json)
    return code if isinstance(code, int) else 0


def _without_stdout(error: ReaderLeft | CannotWrite) -> int:
    """Whoever read our output has enough (`kodokeep ls | head`): no error. A full disk behind it is one."""
    forget_stdout()
    if isinstance(error, ReaderLeft):
        return 0
    say(error.message)
    return exits.BUG


def _failed(code: int, message: str, *, as_json: bool, hint: str = "") -> int:
    if as_json:
        regardless(put_json)({"event": "error", "exit": code, "message": message, "hint": hint})
    return code
