"""`kodokeep approve`: release what guards held in the last run, all of it or some (rule 23)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from kodokeep.cli.arguments import complete_names, json_option
from kodokeep.cli.output import put, put_json
from kodokeep.cli.session import Session
from kodokeep.model.options import PairOptions
from kodokeep.reporting import action_words
from kodokeep.reporting.jsonlines import Fields, held_fields
from kodokeep.reporting.units import count, size

if TYPE_CHECKING:
    from kodokeep.model.record import Approved, HeldAction


@click.command("approve", short_help="Release what guards held in the last run.", options_metavar="[OPTIONS]")
@click.argument("name", shell_complete=complete_names)
@click.argument("prefixes", metavar="[PREFIX]...", nargs=-1)
@click.option("--list", "only_list", is_flag=True, help="Show what is held, and release nothing.")
@json_option
@click.pass_obj
def command(session: Session, name: str, prefixes: Sequence[str], only_list: bool, as_json: bool) -> int:
    """Release what guards held in the last run of the pair NAME, or only the keys that begin with a PREFIX.

    The next run does what was released, as far as it still is what it was; guards hold the rest as before.

    \b
    Example:
      kodokeep approve photos --list; kodokeep approve photos 2024/
    """
    (pair,) = session.config().chosen([name])
    if only_list:
        _list(pair, _chosen(session.engine().held_pair(pair), prefixes), as_json=as_json)
    else:
        _tell(pair, session.engine().approve_pair(pair, prefixes), session.command, as_json=as_json)
    return 0


def _chosen(held: "Iterable[HeldAction]", prefixes: Sequence[str]) -> "Iterator[HeldAction]":
    starts = tuple(prefixes) or ("",)
    return (action for action in held if action.key.startswith(starts))


def _list(pair: PairOptions, held: "Iterable[HeldAction]", *, as_json: bool) -> None:
    actions = size_bytes = released = 0
    for action in held:
        actions, size_bytes, released = actions + 1, size_bytes + action.size_bytes, released + action.approved
        if as_json:
            put_json(held_fields(action))
        else:
            put(action_words.held(action))
    if not as_json:
        rest = f"; {released:,} of them released already" if released else ""
        put(f"{pair.name}: {count(actions, 'change')} held, {size(size_bytes)}{rest}")


def _tell(pair: PairOptions, approved: "Approved", kodokeep: str, *, as_json: bool) -> None:
    if as_json:
        told: Fields = {
            "event": "approved",
            "name": pair.name,
            "actions": approved.actions,
            "size_bytes": approved.size_bytes,
        }
        put_json(told)
    elif approved.actions:
        put(f"{pair.name}: {count(approved.actions, 'change')} released, {size(approved.size_bytes)}")
        put(f"to do it: {kodokeep} run {pair.name}")
    else:
        put(f"{pair.name}: nothing was released; to see what is held: {kodokeep} approve {pair.name} --list")
