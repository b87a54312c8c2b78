"""Arguments and options that several commands share, and how a shell completes them."""

import os
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from kodokeep.cli.session import Session
from kodokeep.model.bandwidth import Bandwidth
from kodokeep.reporting.text import Verbosity


def complete_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> Sequence[CompletionItem]:
    """The pairs of the config that are not in the line yet; none, in silence, if there is no config to be read."""
    from kodokeep.config.names import pair_names  # noqa: PLC0415 - loads pydantic

    session = ctx.ensure_object(Session)
    before_command = ctx.find_root().params.get("config")  # the root's own callback is not called to complete
    file = session.config_path or before_command
    there = ctx.params.get(param.name or "") or ()
    names = pair_names(os.path.expanduser(file) if file else None, session.env)  # noqa: PTH111 - it is not a path yet
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and name not in there]


def complete_first_name(ctx: click.Context, param: click.Parameter, incomplete: str) -> Sequence[CompletionItem]:
    """The same for arguments of which only the first is a name."""
    return () if ctx.params.get(param.name or "") else complete_names(ctx, param, incomplete)


def _bandwidth(_context: click.Context, _option: click.Parameter, text: str | None) -> Bandwidth | None:
    if text is None:
        return None
    from kodokeep.config.speeds import bandwidth  # noqa: PLC0415 - most runs have no such option

    try:
        return bandwidth(text)
    except ValueError as error:
        raise click.BadParameter(f"{text}: expected {error}") from None


file_type = click.Path()
"""A file whose name a shell completes; whether it can be used is told by whoever opens it."""

names_argument = click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_names)
json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout, one object a line.")
bandwidth_option = click.option(
    "--bandwidth",
    metavar="SPEED",
    callback=_bandwidth,
    help="Bytes a second, this once instead of the config's: 2M, off.",
)
quiet_option = click.option(
    "-q", "--quiet", "verbosity", flag_value=Verbosity.QUIET, type=click.UNPROCESSED, help="Only errors and warnings."
)
verbose_option = click.option(
    "-v",
    "--verbose",
    "verbosity",
    flag_value=Verbosity.VERBOSE,
    type=click.UNPROCESSED,
    default=Verbosity.NORMAL,
    help="One line for every action.",
)
no_alerts_option = click.option(
    "--no-alerts", is_flag=True, help="Tell nobody how it went: no channels, commands and heartbeats."
)
