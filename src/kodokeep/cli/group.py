"""The command `kodokeep` itself: its options, and the table of its commands."""

from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module

import click

from kodokeep.cli.session import Session
from kodokeep.reporting.units import printable

COMMANDS = {
    "run": "cmd_run",
    "plan": "cmd_plan",
    "apply": "cmd_apply",
    "approve": "cmd_approve",
    "status": "cmd_status",
    "runs": "cmd_runs",
    "ls": "cmd_ls",
    "serve": "cmd_serve",
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
        if cmd_name != "demo" and not any(option.name == "config" for option in command.params):
            command.params.append(_config_option())
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that a line asks for; a mistyped one is told what it is near to."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, n=1)
            meant = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(COMMANDS)}"
            ctx.fail(f"no command {printable(args[0])!r}; {meant}")
        return super().resolve_command(ctx, args)


def _config_option() -> click.Option:
    """`--config` after the command, where many people type it; it wins over the one before."""
    return click.Option(["--config"], metavar="FILE", expose_value=False, callback=_use_config, help="Config file.")


def _use_config(ctx: click.Context, _option: click.Parameter, file: str | None) -> None:
    if file is not None:
        ctx.obj = replace(ctx.ensure_object(Session), config_path=file)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", metavar="FILE", help="Config file; else $KODOKEEP_CONFIG, ./config.ini, the user's own.")
@click.version_option(package_name="kodokeep", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context, config: str | None) -> None:
    """Back up, sync or publish Qiniu Kodo buckets and plain local folders: incremental, verified, with history.

    \b
    Exit codes:
      0    done
      1    a bug
      2    usage or configuration
      3    finished, but some objects failed
      4    a guard holds changes back
      5    another run is working on the folder
      6    Kodo cannot be reached or signed in to
      130  interrupted
    """
    session = ctx.ensure_object(Session)
    ctx.obj = replace(session, config_path=config)
