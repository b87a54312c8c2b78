"""`kodokeep runs`: past runs, newest last."""

from collections.abc import Iterator, Sequence

import click

from kodokeep import exits
from kodokeep.cli.arguments import json_option, names_argument
from kodokeep.cli.output import put, put_json
from kodokeep.cli.pairs import for_each
from kodokeep.cli.run_text import run_fields, run_phrase, run_time
from kodokeep.cli.session import Session
from kodokeep.model.options import PairOptions
from kodokeep.model.record import RunRecord
from kodokeep.reporting import words
from kodokeep.reporting.units import duration, size

SHOWN = ("downloaded", "uploaded", "moved", "copied", "deleted", "conflicts", "failed", "held")
"""Parts of a summary that a line has, if there are any."""


@click.command("runs", short_help="Show past runs, the newest last.")
@names_argument
@click.option("-n", "limit", metavar="N", type=click.IntRange(min=1), default=10, show_default=True, help="How many.")
@json_option
@click.pass_obj
def command(session: Session, names: Sequence[str], limit: int, as_json: bool) -> int:
    """Show past runs of each pair, the newest last.

    \b
    Example:
      kodokeep runs photos -n 30
    """

    def report(pair: PairOptions) -> int:
        records = sorted(session.engine().pair_runs(pair, limit), key=lambda record: record.run)
        if as_json:
            for record in records:
                put_json({"event": "run", "name": pair.name} | run_fields(record))
        else:
            for line in _lines(pair, records):
                put(line)
        return 0

    return for_each(session.config().chosen(names), report, as_json=as_json)


def _lines(pair: PairOptions, records: Sequence[RunRecord]) -> Iterator[str]:
    yield f"{pair.name}: {'last runs' if records else 'no run yet'}"
    for record in records:
        yield f"  {run_time(record.run)}  {run_phrase(record)}{_figures(record)}"


def _figures(record: RunRecord) -> str:
    if record.summary is None:
        return ""
    done = record.summary
    parts = {part: getattr(done, part) for part in SHOWN}
    names = words.CUT_SHORT if done.exit == exits.INTERRUPTED else {}
    told = [f"{number:,} {names.get(part, part)}" for part, number in parts.items() if number]
    if travelled := done.bytes_downloaded + done.bytes_uploaded:
        told.append(size(travelled))
    return ": " + ", ".join([*told, duration(done.seconds)])
