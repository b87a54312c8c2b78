"""`kodokeep apply`: do what a plan file says, as far as the world still is what it was."""

import shlex
import time
from functools import partial
from typing import TYPE_CHECKING

import click

from kodokeep.cli.arguments import (
    bandwidth_option,
    file_type,
    json_option,
    no_alerts_option,
    quiet_option,
    verbose_option,
)
from kodokeep.cli.interrupts import stop_on_signals
from kodokeep.cli.listeners import run_listeners
from kodokeep.cli.overseeing import overseer_of, told_if_unstarted
from kodokeep.cli.running import exit_code
from kodokeep.cli.session import Session
from kodokeep.errors import ConfigError
from kodokeep.model.bandwidth import Bandwidth
from kodokeep.model.options import PairOptions
from kodokeep.model.summary import Summary
from kodokeep.reporting.fanout import fan_out
from kodokeep.reporting.text import Verbosity

if TYPE_CHECKING:
    from kodokeep.config import Config
    from kodokeep.reporting.planfile import PlanFile


@click.command("apply", short_help="Do what a plan file says, and nothing else.")
@click.argument("file", type=file_type)
@click.option("--accept-changes", is_flag=True, help="Do what guards hold back, too.")
@bandwidth_option
@no_alerts_option
@json_option
@quiet_option
@verbose_option
@click.pass_obj
def command(  # noqa: PLR0913 - click passes every option by itself
    session: Session,
    *,
    file: str,
    accept_changes: bool,
    bandwidth: Bandwidth | None,
    no_alerts: bool,
    as_json: bool,
    verbosity: Verbosity,
) -> int:
    """Do what the plan FILE of `kodokeep plan -o FILE` says, and nothing else.

    What is not any more as the plan saw it is left alone and told (exit code 3). Guards hold what they hold. A plan of
    other settings, or a damaged one, is refused (exit code 2).

    \b
    Example:
      kodokeep plan photos -o today.plan && kodokeep apply today.plan
    """
    from kodokeep.app import RunRequest  # noqa: PLC0415 - loads the whole engine

    with told_if_unstarted(session, alerts=not no_alerts):
        plan_file, config, pair = _planned(session, file)
    overseer = overseer_of(session, config, alerts=not no_alerts)
    request = RunRequest(accept_changes=accept_changes, bandwidth=bandwidth)
    again = f"{session.command} apply {shlex.quote(file)}"
    listeners = run_listeners(session.command, as_json=as_json, verbosity=verbosity, again=again)
    with stop_on_signals() as stop, listeners as listener:
        emit = fan_out(listener(pair.name), overseer.listener(pair))

        def work() -> Summary:
            credentials = session.credentials(config, pair)
            return session.engine().apply_pair(pair, credentials, request, plan_file, emit, stop)

        code = overseer.around(pair, partial(exit_code, pair, work, emit))
        if not stop.is_set():
            overseer.look_after_all(time.time())
    return code


def _planned(session: Session, file: str) -> "tuple[PlanFile, Config, PairOptions]":
    """The plan file with the pair that it is of. Raises ConfigError."""
    from kodokeep.reporting.planfile import read_plan  # noqa: PLC0415

    plan_file = read_plan(file)
    config = session.checked_config()
    name = plan_file.header.name
    pair = next((pair for pair in config.pairs if pair.name == name), None)
    if pair is None:
        raise ConfigError(f"{file}: line 1: is a plan of [bucket:{name}], which {config.path} does not have")
    plan_file.check_pair(pair)
    return plan_file, config, pair
