"""`kodokeep status`: what is in step, and whether the last run went well. Reads no bucket."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from kodokeep.cli.arguments import json_option, names_argument
from kodokeep.cli.output import put, put_json
from kodokeep.cli.pairs import for_each
from kodokeep.cli.run_text import run_fields, run_phrase, run_time
from kodokeep.cli.session import Session
from kodokeep.model.options import PairOptions
from kodokeep.reporting import words
from kodokeep.reporting.units import count, printable, size

if TYPE_CHECKING:
    from kodokeep.app import PairStatus


@click.command("status", short_help="Show what is in step, and how the last runs ended.")
@names_argument
@json_option
@click.pass_obj
def command(session: Session, names: Sequence[str], as_json: bool) -> int:
    """Show what is in step of each pair, what history holds, and how the last runs ended. Asks no bucket.

    A run that held everything because the folder was not known leaves no trace here.
    """

    def report(pair: PairOptions) -> int:
        status = session.engine().pair_status(pair)
        if as_json:
            put_json(_fields(status))
        else:
            for line in _lines(status):
                put(line)
        return 0

    return for_each(session.config().chosen(names), report, as_json=as_json)


def _lines(status: "PairStatus") -> Iterator[str]:
    yield f"{status.name}: {words.flow(status.mode, status.bucket, status.folder)}"
    if status.last_run is None:
        yield "  no run yet"
    else:
        yield f"  last run      {run_time(status.last_run.run)}  {run_phrase(status.last_run)}"
        success = f"{run_time(status.last_success.run)}" if status.last_success else "never"
        yield f"  last success  {success}"
    totals = status.totals
    yield f"  in step       {count(totals.objects, 'object')}, {size(totals.object_bytes)}"
    yield f"  history       {count(totals.history_contents, 'content')}, {size(totals.history_bytes)}"
    if status.lock_owner:
        yield f"  at work       {printable(status.lock_owner)}"
    elif status.unfinished:
        yield f"  unfinished    run {status.unfinished} was cut off; the next run settles it first"


def _fields(status: "PairStatus") -> dict[str, object]:
    return {
        "name": status.name,
        "bucket": status.bucket,
        "folder": status.folder,
        "mode": status.mode,
        "objects": status.totals.objects,
        "size_bytes": status.totals.object_bytes,
        "history_contents": status.totals.history_contents,
        "history_bytes": status.totals.history_bytes,
        "last_run": run_fields(status.last_run) if status.last_run else None,
        "last_success": run_fields(status.last_success) if status.last_success else None,
        "unfinished": status.unfinished,
        "lock_owner": status.lock_owner,
    }
