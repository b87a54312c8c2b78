"""The command `kodokeep` itself: its options, and the table of its commands."""

from dataclasses import replace
from importlib import import_module

import click

from kodokeep.cli.session import Session

COMMANDS = {
    "run": "cmd_run",
    "plan": "cmd_plan",
    "status": "cmd_status",
    "runs": "cmd_runs",
    "ls": "cmd_ls",
    "demo": "cmd_demo",
}
"""Each command is the function `command` of a module here; a new one is one line."""


class LazyGroup(click.Group):
    """Imports a command only when it is asked for, so that `--version` does not wait for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"kodokeep.cli.{COMMANDS[cmd_name]}").command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", metavar="FILE", help="Config file; else $KODOKEEP_CONFIG, ./config.ini, the user's own.")
@click.version_option(package_name="kodokeep", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context, config: str | None) -> None:
    """Keep Qiniu Kodo buckets in plain local folders: incremental, verified, with history.

    \b
    Exit codes: 0 done; 1 a bug; 2 usage or configuration; 3 some objects failed; 4 held by a guard;
    5 another run is working; 6 Kodo cannot be reached or signed in to; 130 interrupted.
    """
    session = ctx.ensure_object(Session)
    ctx.obj = replace(session, config_path=config)
