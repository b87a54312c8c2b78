"""`kodokeep apply`: do what a plan file says, as far as the world still is what it was."""

import shlex

import click

from kodokeep.cli.arguments import bandwidth_option, json_option, quiet_option, verbose_option
from kodokeep.cli.interrupts import stop_on_signals
from kodokeep.cli.listeners import run_listeners
from kodokeep.cli.running import exit_code
from kodokeep.cli.session import Session
from kodokeep.errors import ConfigError
from kodokeep.model.bandwidth import Bandwidth
from kodokeep.model.summary import Summary
from kodokeep.reporting.text import Verbosity


@click.command("apply", short_help="Do what a plan file says, and nothing else.")
@click.argument("file")
@click.option("--accept-changes", is_flag=True, help="Do what guards hold back, too.")
@bandwidth_option
@json_option
@quiet_option
@verbose_option
@click.pass_obj
def command(
    session: Session, file: str, accept_changes: bool, bandwidth: Bandwidth | None, as_json: bool, verbosity: Verbosity
) -> int:
    """Do what the plan FILE of `kodokeep plan -o FILE` says, and nothing else.

    What is not any more as the plan saw it is left alone and told (exit code 3). Guards hold what they hold. A plan of
    other settings, or a damaged one, is refused (exit code 2).
    """
    from kodokeep.app import RunRequest  # noqa: PLC0415 - loads the whole engine
    from kodokeep.reporting.planfile import read_plan  # noqa: PLC0415

    plan_file = read_plan(file)
    config = session.checked_config()
    name = plan_file.header.name
    pair = next((pair for pair in config.pairs if pair.name == name), None)
    if pair is None:
        raise ConfigError(f"{file}: line 1: is a plan of [bucket:{name}], which {config.path} does not have")
    plan_file.check_pair(pair)
    request = RunRequest(accept_changes=accept_changes, bandwidth=bandwidth)
    again = f"{session.command} apply {shlex.quote(file)}"
    listeners = run_listeners(session.command, as_json=as_json, verbosity=verbosity, again=again)
    with stop_on_signals() as stop, listeners as listener:
        emit = listener(pair.name)

        def work() -> Summary:
            credentials = session.credentials(config, pair)
            return session.engine().apply_pair(pair, credentials, request, plan_file, emit, stop)

        return exit_code(pair, work, emit)
