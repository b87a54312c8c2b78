"""`kodokeep run`: the main job."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from kodokeep.cli.arguments import json_option, names_argument, quiet_option, verbose_option
from kodokeep.cli.interrupts import stop_on_signals
from kodokeep.cli.listeners import run_listeners
from kodokeep.cli.session import BUG, INTERRUPTED, Session, worst
from kodokeep.errors import KodokeepError
from kodokeep.model.event import RunFinished
from kodokeep.model.options import PairOptions
from kodokeep.model.summary import Summary
from kodokeep.ports import Emit, StopSignal
from kodokeep.reporting.text import Verbosity

if TYPE_CHECKING:
    from kodokeep.app import RunRequest


@click.command("run")
@names_argument
@click.option("--accept-changes", is_flag=True, help="Do what guards hold back.")
@click.option("--adopt", is_flag=True, help="Accept a folder that was moved or restored.")
@json_option
@quiet_option
@verbose_option
@click.pass_obj
def command(
    session: Session, names: Sequence[str], accept_changes: bool, adopt: bool, as_json: bool, verbosity: Verbosity
) -> int:
    """Back up all pairs of the config, or the named ones.

    Only new and changed objects travel; what a run replaces or removes is kept in history. Press Ctrl-C once to
    finish in order, twice to stop at once; either way the next run goes on from there.
    """
    from kodokeep.app import RunRequest  # noqa: PLC0415 - loads the whole engine

    config = session.config()
    pairs = config.chosen(names)
    session.engine().check_pairs(config.pairs)
    request = RunRequest(accept_changes=accept_changes, adopt=adopt)
    codes: list[int] = []
    with stop_on_signals() as stop, run_listeners(session.command, as_json=as_json, verbosity=verbosity) as listener:
        for pair in pairs:
            if stop.is_set():
                codes.append(INTERRUPTED)
                break
            codes.append(_run(session, pair, request, listener(pair.name), stop))
    return worst(codes)


def _run(session: Session, pair: PairOptions, request: "RunRequest", emit: Emit, stop: StopSignal) -> int:
    """One pair's exit code. Whatever befalls it, its summary is told and the next pair has its turn."""
    try:
        return session.engine().run_pair(pair, session.credentials(pair), request, emit, stop).exit
    except KodokeepError as error:
        code, message, hint = error.exit_code, error.message, error.hint
    except Exception as error:  # noqa: BLE001 - a bug that one pair meets must not cost the others their backup
        from kodokeep.cli.crash import save_report  # noqa: PLC0415 - slow to load, and rarely needed

        code, message, hint = BUG, save_report(error), ""
    emit(RunFinished(Summary(pair.name, "", pair.mode, code, error=message, hint=hint)))
    return code
