"""Arguments and options that several commands share."""

import click

from kodokeep.reporting.text import Verbosity

names_argument = click.argument("names", metavar="[NAME]...", nargs=-1)
json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout, one object a line.")
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
