"""`kodokeep run`: the main job."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from kodokeep.cli.arguments import bandwidth_option, json_option, names_argument, quiet_option, verbose_option
from kodokeep.cli.interrupts import stop_on_signals
from kodokeep.cli.listeners import run_listeners
from kodokeep.cli.running import exit_code
from kodokeep.cli.session import INTERRUPTED, Session, worst
from kodokeep.model.bandwidth import Bandwidth
from kodokeep.model.options import PairOptions
from kodokeep.model.summary import Summary
from kodokeep.ports import Emit, StopSignal
from kodokeep.reporting.text import Verbosity

if TYPE_CHECKING:
    from kodokeep.app import RunRequest
    from kodokeep.config import Config


@click.command("run", short_help="Bring the pairs of the config in step, each in its mode.")
@names_argument
@click.option("--accept-changes", is_flag=True, help="Do what guards hold back, too.")
@click.option("--adopt", is_flag=True, help="Accept a folder that was moved or restored, or a changed mode or prefix.")
@bandwidth_option
@json_option
@quiet_option
@verbose_option
@click.pass_obj
def command(  # noqa: PLR0913 - click passes every option by itself
    session: Session,
    *,
    names: Sequence[str],
    accept_changes: bool,
    adopt: bool,
    bandwidth: Bandwidth | None,
    as_json: bool,
    verbosity: Verbosity,
) -> int:
    """Back up, sync or publish all pairs of the config, or the named ones, each in its mode.

    Only new and changed contents travel; what a run replaces or removes, on either side, is kept in history. Press
    Ctrl-C once to finish in order, twice to stop at once; either way the next run goes on from there.

    \b
    In the lines of --verbose:
      +  comes        ~  is replaced    -  goes to history
      >  is renamed   !  is a conflict  =  is recorded only
      ↑  stands before what happens in the bucket
    """
    from kodokeep.app import RunRequest  # noqa: PLC0415 - loads the whole engine

    config = session.checked_config()
    pairs = config.chosen(names)
    request = RunRequest(accept_changes=accept_changes, adopt=adopt, bandwidth=bandwidth)
    codes: list[int] = []
    with stop_on_signals() as stop, run_listeners(session.command, as_json=as_json, verbosity=verbosity) as listener:
        for pair in pairs:
            if stop.is_set():
                codes.append(INTERRUPTED)
                break
            emit = listener(pair.name)
            run = partial(_run, session, config, pair, request, emit=emit, stop=stop)
            codes.append(exit_code(pair, run, emit))
    return worst(codes)


def _run(
    session: Session,
    config: "Config",
    pair: PairOptions,
    request: "RunRequest",
    *,
    emit: Emit,
    stop: StopSignal,
) -> Summary:
    return session.engine().run_pair(pair, session.credentials(config, pair), request, emit, stop)
