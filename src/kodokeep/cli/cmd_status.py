"""`kodokeep status`: how the pairs are, for people and for monitors. Reads no bucket."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from kodokeep import exits
from kodokeep.cli.arguments import json_option, names_argument
from kodokeep.cli.output import put, put_json, say
from kodokeep.cli.session import Session, worst
from kodokeep.cli.status_text import status_fields, status_line, status_lines

if TYPE_CHECKING:
    from kodokeep.model.status import PairStatus


@click.command("status", short_help="Show how the pairs are; exit code 3 if one is stale or broken.")
@names_argument
@click.option("-q", "--quiet", is_flag=True, help="One line for each pair, those in trouble first.")
@json_option
@click.pass_obj
def command(session: Session, names: Sequence[str], quiet: bool, as_json: bool) -> int:
    """Show how each pair is: its last success, how the last runs ended, what is kept, when the next run is due.

    Exit code 3 if a pair is stale (its last success is too old) or broken (its last attempt did not end well), so that
    any monitor can call it. Asks no bucket, and can be called while a run is going on.

    \b
    Example:
      kodokeep status -q
    """
    codes = []
    statuses = [session.look(pair) for pair in session.config().chosen(names)]
    for status in sorted(statuses, key=lambda status: status.health.well) if quiet else statuses:
        codes.append(exit_code(status))
        if as_json:
            put_json(status_fields(status, codes[-1]))
        else:
            for line in [status_line(status, session.command)] if quiet else status_lines(status, session.command):
                put(line)
        for trouble in status.troubles:
            say(f"{status.name}: {trouble.message}", hint=trouble.hint)
    return worst(codes)


def exit_code(status: "PairStatus") -> int:
    """3 for a pair that is stale or broken, unless something worse stands in the way of looking."""
    return worst(
        [exits.DONE if status.health.well else exits.SOME_FAILED, *(trouble.exit for trouble in status.troubles)]
    )
