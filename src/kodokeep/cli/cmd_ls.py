"""`kodokeep ls`: what is in step, key by key, as the last run left it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from kodokeep.cli.arguments import complete_first_name, json_option
from kodokeep.cli.output import put, put_json
from kodokeep.cli.session import Session
from kodokeep.model.entry import TICK_NS, SyncedEntry
from kodokeep.model.options import PairOptions
from kodokeep.reporting.units import printable

if TYPE_CHECKING:
    from kodokeep.config import Config

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SIZE_WIDTH = 13


@click.command("ls", short_help="List what is in step, key by key.", options_metavar="[OPTIONS]")
@click.argument("arguments", metavar="[NAME] [PREFIX]", nargs=-1, shell_complete=complete_first_name)
@json_option
@click.pass_obj
def command(session: Session, arguments: Sequence[str], as_json: bool) -> int:
    """List what is in step of a pair: bytes, time of the object (UTC; - if the object was made here), key.

    NAME can be left out if the config has only one pair. With --json put_time counts ticks of 100 ns, as Kodo does.

    \b
    Example:
      kodokeep ls photos 2024/
    """
    pair, prefix = _pair_and_prefix(session.config(), arguments)
    for entry in session.engine().pair_entries(pair, prefix):
        if as_json:
            put_json(_fields(entry))
        else:
            put(_line(entry))
    return 0


def _pair_and_prefix(config: "Config", arguments: Sequence[str]) -> tuple[PairOptions, str]:
    if len(arguments) > 2:
        raise click.UsageError("expected [NAME] [PREFIX]")
    names = [pair.name for pair in config.pairs]
    if len(names) == 1 and (not arguments or (len(arguments) == 1 and arguments[0] not in names)):
        return config.pairs[0], "".join(arguments)
    if not arguments:
        raise click.UsageError(f"the config has several pairs; name one of {', '.join(names)}")
    return config.chosen(arguments[:1])[0], "".join(arguments[1:])


def _line(entry: SyncedEntry) -> str:
    when = "-" if entry.put_time_ns is None else _time(entry.put_time_ns)
    return f"{entry.size_bytes:>{SIZE_WIDTH}}  {when:<19}  {printable(entry.key)}"


def _time(put_time_ns: int) -> str:
    try:
        return f"{EPOCH + timedelta(microseconds=put_time_ns // 1000):%Y-%m-%d %H:%M:%S}"
    except OverflowError:
        return "-"


def _fields(entry: SyncedEntry) -> dict[str, object]:
    return {
        "key": entry.key,
        "path": entry.path,
        "size_bytes": entry.size_bytes,
        "hash": entry.remote_hash,
        "put_time": None if entry.put_time_ns is None else entry.put_time_ns // TICK_NS,
    }
