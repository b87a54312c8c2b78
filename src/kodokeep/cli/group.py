"""The command `kodokeep` itself: its options, its help, and the table of its commands."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module

import click

from kodokeep.cli.arguments import file_type
from kodokeep.cli.session import Session
from kodokeep.reporting.units import printable

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Set up": {
        "init": "cmd_init",
        "login": "cmd_login",
        "logout": "cmd_logout",
        "doctor": "cmd_doctor",
    },
    "Every day": {
        "plan": "cmd_plan",
        "run": "cmd_run",
        "status": "cmd_status",
    },
    "Look closer": {
        "ls": "cmd_ls",
        "runs": "cmd_runs",
    },
    "Decide": {
        "approve": "cmd_approve",
        "apply": "cmd_apply",
    },
    "Unattended": {
        "schedule": "cmd_schedule",
        "serve": "cmd_serve",
        "metrics": "cmd_metrics",
    },
    "Learn": {
        "demo": "cmd_demo",
        "completion": "cmd_completion",
    },
}
"""Each command is the function `command` of a module here; a new one is one line, below what one wants it for."""

COMMANDS = {name: module for section in SECTIONS.values() for name, module in section.items()}

WITHOUT_CONFIG = frozenset({"completion", "demo"})
"""Commands that read no config."""


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
        if cmd_name not in WITHOUT_CONFIG:
            _take_config(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that a line asks for; a mistyped one is told what it is near to."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(args[0], COMMANDS, n=1)
            meant = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(COMMANDS)}"
            ctx.fail(f"no command {printable(args[0])!r}; {meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, below what one wants them for."""
        width = max(map(len, COMMANDS))
        for section, names in SECTIONS.items():
            found = [(name, self.get_command(ctx, name)) for name in names]
            rows = [(f"{name:<{width}}", command.get_short_help_str(100)) for name, command in found if command]
            with formatter.section(section):
                formatter.write_dl(rows)


def _take_config(command: click.Command) -> None:
    if not any(option.name == "config" for option in command.params):
        command.params.append(_config_option())
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _take_config(each)


def _config_option() -> click.Option:
    """`--config` after the command, where many people type it; it wins over the one before."""
    return click.Option(
        ["--config"],
        metavar="FILE",
        type=file_type,
        expose_value=False,
        callback=_use_config,
        help="Config file.",
    )


def _use_config(ctx: click.Context, _option: click.Parameter, file: str | None) -> None:
    if file is not None:
        ctx.obj = replace(ctx.ensure_object(Session), config_path=file)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="COMMAND ...",
    epilog=(
        "Exit codes: 0 done, 1 a bug, 2 usage or configuration, 3 some objects failed, 4 a guard holds changes back,"
        " 5 another run is at work, 6 Kodo cannot be reached or signed in to, 130 interrupted."
    ),
)
@click.option(
    "--config",
    metavar="FILE",
    type=file_type,
    help="Config file; else $KODOKEEP_CONFIG, ./config.ini, the user's own.",
)
@click.version_option(package_name="kodokeep", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context, config: str | None) -> None:
    """Keep Qiniu Kodo buckets and local folders in step: a backup, a sync both ways, or a publication of files.

    \b
    The first two commands to type:
      kodokeep init    keys, bucket, folder, and what would happen
      kodokeep run     do it; again and again, and only what changed travels

    `kodokeep demo` shows it all without an account; `kodokeep COMMAND --help` has more, with an example.
    """
    session = ctx.ensure_object(Session)
    ctx.obj = replace(session, config_path=config)
