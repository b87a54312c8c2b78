"""`kodokeep login`: keep an account's keys encrypted, or show where keys come from."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from kodokeep import credentials as room
from kodokeep.cli.accounts import account_argument, account_name, chosen_account
from kodokeep.cli.arguments import json_option
from kodokeep.cli.keys_text import origin_fields, origin_lines
from kodokeep.cli.log_in import Keeping, log_in
from kodokeep.cli.output import put, put_json
from kodokeep.cli.session import Session
from kodokeep.credentials import Kept
from kodokeep.model.account import AccountOptions


@click.command("login", short_help="Keep an account's keys encrypted, or show where keys come from.")
@account_argument
@click.option(
    "--store",
    type=click.Choice([str(place) for place in Kept]),
    help="Where; else where they are now, else in the keyring if there is one.",
)
@click.option("--uc-host", metavar="HOST", help="The cloud to check the keys with, if the config does not say.")
@click.option("--no-check", is_flag=True, help="Do not ask Kodo whether the keys are good.")
@click.option("--remember-passphrase", is_flag=True, help="Keep the passphrase of the file in the OS keyring.")
@click.option("--show", is_flag=True, help="Show all accounts, where their keys come from and how old they are.")
@json_option
@click.pass_obj
def command(  # noqa: PLR0913 - one for each option
    session: Session,
    *,
    names: Sequence[str],
    store: str | None,
    uc_host: str | None,
    no_check: bool,
    remember_passphrase: bool,
    show: bool,
    as_json: bool,
) -> None:
    """Ask for the access key and the secret key of [account], or of [account:ACCOUNT], and keep them encrypted.

    They are asked for at the terminal and not shown. Without a terminal they are two lines on stdin, and a passphrase
    may be the third. Kodo is asked whether they are good before anything is kept.

    --store keyring keeps them in the OS keyring, --store file in an age file with a passphrase. Do it again with new
    keys at any time: runs read them anew each time.

    \b
    Example:
      kodokeep login
    """
    if show:
        _show(session, names, as_json=as_json)
        return
    chosen = chosen_account(session, names, uc_host)
    room.check_places(chosen.account)
    where = Kept(store) if store else room.usual_place(chosen.account)
    if remember_passphrase and where is Kept.KEYRING:
        raise click.UsageError("--remember-passphrase is for --store file; the OS keyring needs no passphrase")
    log_in(session, chosen, Keeping(where, not no_check, remember_passphrase))
    if as_json:
        put_json(origin_fields(room.describe(chosen.account, session.env), datetime.now(UTC)))


def _show(session: Session, names: Sequence[str], *, as_json: bool) -> None:
    config = session.config_if_any()
    known = dict(config.accounts) if config else {}
    used = {pair.account for pair in config.pairs} if config else set[str]()
    listed = {account_name(names)} if names else used | set(room.accounts_kept()) | (known.keys() - {""})
    now = datetime.now(UTC)
    for name in sorted(listed or {""}):
        origin = room.describe(known.get(name, AccountOptions(name)), session.env)
        if as_json:
            put_json(origin_fields(origin, now))
            continue
        for line in origin_lines(origin, now):
            put(line)
