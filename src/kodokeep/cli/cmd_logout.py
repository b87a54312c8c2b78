"""`kodokeep logout`: remove what `login` kept."""

from collections.abc import Sequence

import click

from kodokeep import credentials as room
from kodokeep.cli.accounts import account_argument, account_name
from kodokeep.cli.output import say
from kodokeep.cli.session import Session
from kodokeep.credentials import Kept, Source
from kodokeep.model.account import AccountOptions

_PLACES = {Kept.FILE: "the file", Kept.KEYRING: "the OS keyring"}


@click.command("logout", short_help="Remove the keys that login kept.")
@account_argument
@click.option("--all", "everything", is_flag=True, help="Of all accounts.")
@click.pass_obj
def command(session: Session, names: Sequence[str], everything: bool) -> None:
    """Remove the keys of [account], or of [account:ACCOUNT], from the OS keyring and from the age file.

    Keys of the environment or of commands in the config are not kept by kodokeep; it says so. To make a key useless,
    disable it in the portal.

    \b
    Example:
      kodokeep logout --all
    """
    if everything and names:
        raise click.UsageError("expected ACCOUNT or --all, not both")
    name = account_name(names)
    config = session.config_if_any()
    known = dict(config.accounts) if config else {}
    chosen = sorted({*known, *room.accounts_kept()}) if everything else [name]
    removed = [_log_out(session, known.get(each, AccountOptions(each)), quiet=everything) for each in chosen]
    if everything and not any(removed):
        say("no keys are kept, of no account")


def _log_out(session: Session, account: AccountOptions, *, quiet: bool) -> bool:
    places = room.remove(account)
    if places:
        say(f"{account.section}: the keys are removed from {' and '.join(_PLACES[place] for place in places)}")
    elif not quiet:
        say(f"{account.section}: no keys are kept")
    origin = room.describe(account, session.env)
    if origin.source in (Source.ENVIRONMENT, Source.COMMAND):
        say(f"{account.section}: {origin.place} still bring keys; only you can remove these")
    return bool(places)
