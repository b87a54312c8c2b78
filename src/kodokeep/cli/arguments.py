"""Arguments and options that several commands share."""

import click

from kodokeep.model.bandwidth import Bandwidth
from kodokeep.reporting.text import Verbosity


def _bandwidth(_context: click.Context, _option: click.Parameter, text: str | None) -> Bandwidth | None:
    if text is None:
        return None
    from kodokeep.config.values import bandwidth  # noqa: PLC0415 - most runs have no such option

    try:
        return bandwidth(text)
    except ValueError as error:
        raise click.BadParameter(f"{text}: expected {error}") from None


names_argument = click.argument("names", metavar="[NAME]...", nargs=-1)
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
