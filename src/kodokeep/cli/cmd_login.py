"""`kodokeep login`: keep an account's keys encrypted, or show where keys come from."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import click

from kodokeep import credentials as room
from kodokeep.cli.accounts import Chosen, account_argument, account_name, chosen_account
from kodokeep.cli.arguments import json_option
from kodokeep.cli.keys_text import origin_fields, origin_lines, unattended_words
from kodokeep.cli.output import put, put_json, say
from kodokeep.cli.session import Session
from kodokeep.credentials import Kept, KeysOrigin, Prompt, Source
from kodokeep.errors import ConfigError, KodoError
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials

SHORTEST_PASSPHRASE = 8
MOST_STDIN = 16 * 1024


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How the keys are to be kept."""

    where: Kept
    check: bool
    remember: bool


@dataclass(frozen=True, slots=True)
class _Typed:
    """What came on stdin; `passphrase` is empty if it did not."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    passphrase: str = field(default="", repr=False)


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
    origin = _log_in(session, chosen, _Wanted(where, not no_check, remember_passphrase))
    if as_json:
        put_json(origin_fields(origin, datetime.now(UTC)))


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


def _log_in(session: Session, chosen: Chosen, wanted: _Wanted) -> KeysOrigin:
    account, prompt = chosen.account, session.prompt()
    typed = _ask_keys(account, prompt) if prompt else _read_keys()
    keys = room.checked_keys(typed.access_key, typed.secret_key, account.section)
    sealed = wanted.where is Kept.FILE
    passphrase = _passphrase(session, account, typed, wanted) if sealed and not prompt else ""
    if wanted.check:
        _check(session, chosen, keys)
    if sealed and prompt:  # nobody should have to invent a passphrase for keys that are wrong
        passphrase = _passphrase(session, account, typed, wanted)
    left_over = room.store(account, keys, wanted.where, passphrase)
    if left_over:
        say(f"warning: {left_over}")
    if wanted.remember:
        _remember(account, passphrase)
    return _tell(session, account, wanted.where)


def _ask_keys(account: AccountOptions, prompt: Prompt) -> _Typed:
    say(f"the keys of {account.section}; portal.qiniu.com/user/key has them. They are not shown.")
    return _Typed(prompt("Access key").strip(), prompt("Secret key").strip())


def _read_keys() -> _Typed:
    text = sys.stdin.read(MOST_STDIN) if sys.stdin else ""
    lines = [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")]
    if len(lines) not in (2, 3):
        found = "nothing" if not text else f"{len(lines)} lines" if len(lines) > 1 else "1 line"
        raise ConfigError(
            f"stdin: expected two lines, the access key and the secret key, found {found}",
            hint="a third line is the passphrase of --store file; at a terminal kodokeep login asks",
        )
    return _Typed(lines[0].strip(), lines[1].strip(), *lines[2:])


def _check(session: Session, chosen: Chosen, keys: Credentials) -> None:
    try:
        session.engine().check_keys(keys, chosen.transport)
    except KodoError as error:
        hint = error.hint or "--no-check keeps the keys without asking Kodo"
        raise type(error)(f"{chosen.account.section}: {error.message}; nothing was kept", hint=hint) from None
    say(f"{chosen.account.section}: Kodo accepts the keys")


def _passphrase(session: Session, account: AccountOptions, typed: _Typed, wanted: _Wanted) -> str:
    """What to seal the file with: what runs will open it with, if that is settled already; else what a person says."""
    settled = None if wanted.remember else room.passphrase_set_up(account, session.env)
    if settled is not None:
        if typed.passphrase and typed.passphrase != settled.text:
            raise ConfigError(
                f"stdin: the passphrase in line 3 is not the one that runs of {account.section} get ({settled.way})"
            )
        return settled.text
    prompt = session.prompt()
    passphrase = typed.passphrase or (_new_passphrase(prompt) if prompt else "")
    if not passphrase:
        raise ConfigError(
            f"{account.section}: a file needs a passphrase, and none is given",
            hint=f"the third line on stdin, or one of:\n{room.ways(account)}",
        )
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ConfigError(f"{account.section}: expected a passphrase of at least {SHORTEST_PASSPHRASE} characters")
    return passphrase


def _remember(account: AccountOptions, passphrase: str) -> None:
    try:
        room.remember_passphrase(account, passphrase)
    except ConfigError as error:
        say(f"warning: the passphrase could not be kept in the OS keyring: {error.message}")


def _new_passphrase(prompt: Prompt) -> str:
    passphrase = prompt(f"Passphrase for the file (at least {SHORTEST_PASSPHRASE} characters)")
    if len(passphrase) >= SHORTEST_PASSPHRASE and prompt("The same again") != passphrase:
        raise ConfigError("the two passphrases differ; nothing was kept")
    return passphrase


def _tell(session: Session, account: AccountOptions, where: Kept) -> KeysOrigin:
    origin = room.describe(account, session.env)
    if origin.source in (Source.ENVIRONMENT, Source.COMMAND):
        say(f"{account.section}: kept, but {origin.place} of the {_owner(origin)} come first and are used instead")
        return origin
    say(f"{account.section}: the keys are kept in {origin.place}")
    needs_way = where is Kept.FILE and origin.passphrase is None
    say(unattended_words(origin), hint=room.ways(account) if needs_way else "")
    return origin


def _owner(origin: KeysOrigin) -> str:
    return "environment" if origin.source is Source.ENVIRONMENT else "config"
