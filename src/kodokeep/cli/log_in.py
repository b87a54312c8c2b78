"""Keys that a person hands over: asked for, checked with Kodo, and kept encrypted.

What belongs here: what `login` and `init` have in common. What does not: where keys are kept (`credentials`).
"""

import sys
from dataclasses import dataclass, field

from kodokeep import credentials as room
from kodokeep.cli.accounts import Chosen
from kodokeep.cli.keys_text import unattended_words
from kodokeep.cli.output import say
from kodokeep.cli.session import Session
from kodokeep.credentials import Kept, KeysOrigin, Prompt, Source
from kodokeep.errors import ConfigError, KodoError, SignInRefused
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials

SHORTEST_PASSPHRASE = 8
MOST_STDIN = 16 * 1024
TRIES = 3
"""How often a person may mistype."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the keys are to be kept. `otherwise` is the next step if Kodo cannot be asked; `advise` tells what runs
    without a terminal need.
    """

    where: Kept
    check: bool
    remember: bool
    otherwise: str = "--no-check keeps the keys without asking Kodo"
    advise: bool = True


@dataclass(frozen=True, slots=True)
class _Typed:
    """What came on stdin; `passphrase` is empty if it did not."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    passphrase: str = field(default="", repr=False)


def log_in(session: Session, chosen: Chosen, wanted: Keeping) -> Credentials:
    """Ask for an account's keys, at the terminal or on stdin, check and keep them. Raises ConfigError, KodoError."""
    account, prompt = chosen.account, session.prompt()
    sealed = wanted.where is Kept.FILE
    if prompt:  # nobody should have to invent a passphrase for keys that are wrong
        keys = _good_keys(session, chosen, prompt, wanted)
        passphrase = _passphrase(session, account, "", wanted) if sealed else ""
    else:
        typed = _read_keys()
        keys = room.checked_keys(typed.access_key, typed.secret_key, account.section)
        passphrase = _passphrase(session, account, typed.passphrase, wanted) if sealed else ""
        _check(session, chosen, keys, wanted)
    if sealed:
        session.answers[room.passphrase_question(account)] = passphrase  # whoever just typed it is not asked again
    left_over = room.store(account, keys, wanted.where, passphrase)
    if left_over:
        say(f"warning: {left_over}")
    if wanted.remember:
        _remember(account, passphrase)
    _tell(session, account, wanted)
    return keys


def _good_keys(session: Session, chosen: Chosen, prompt: Prompt, wanted: Keeping) -> Credentials:
    """What a person types, and types again as long as it is wrong."""
    section = chosen.account.section
    say(f"the keys of {section}, from portal.qiniu.com/user/key (not shown)")
    for left in reversed(range(TRIES)):
        try:
            keys = room.checked_keys(prompt("Access key").strip(), prompt("Secret key").strip(), section)
            _check(session, chosen, keys, wanted)
        except (ConfigError, SignInRefused) as error:
            if not left:
                raise
            say(f"{error.message}; once more:")
        else:
            break
    return keys


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


def _check(session: Session, chosen: Chosen, keys: Credentials, wanted: Keeping) -> None:
    if not wanted.check:
        return
    try:
        session.engine().check_keys(keys, chosen.transport)
    except KodoError as error:
        hint = error.hint or wanted.otherwise
        raise type(error)(f"{chosen.account.section}: {error.message}; nothing was kept", hint=hint) from None
    say(f"{chosen.account.section}: Kodo accepts the keys")


def _passphrase(session: Session, account: AccountOptions, typed: str, wanted: Keeping) -> str:
    """What to seal the file with: what runs will open it with, if that is settled already; else what a person says."""
    settled = None if wanted.remember else room.passphrase_set_up(account, session.env)
    if settled is not None:
        if typed and typed != settled.text:
            raise ConfigError(
                f"stdin: the passphrase in line 3 is not the one that runs of {account.section} get ({settled.way})"
            )
        return settled.text
    prompt = session.prompt()
    passphrase = typed or (_new_passphrase(prompt) if prompt else "")
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
    for left in reversed(range(TRIES)):
        passphrase = prompt(f"Passphrase for the file (at least {SHORTEST_PASSPHRASE} characters)")
        if len(passphrase) < SHORTEST_PASSPHRASE:
            wrong = f"expected a passphrase of at least {SHORTEST_PASSPHRASE} characters"
        elif prompt("The same again") != passphrase:
            wrong = "the two passphrases differ"
        else:
            break
        if not left:
            raise ConfigError(f"{wrong}; nothing was kept")
        say(f"{wrong}; once more:")
    return passphrase


def _tell(session: Session, account: AccountOptions, wanted: Keeping) -> None:
    origin = room.describe(account, session.env)
    if origin.source in (Source.ENVIRONMENT, Source.COMMAND):
        say(f"{account.section}: kept, but {origin.place} of the {_owner(origin)} come first and are used instead")
        return
    say(f"{account.section}: the keys are kept in {origin.place}")
    needs_way = wanted.where is Kept.FILE and origin.passphrase is None
    if needs_way and not wanted.advise:
        return
    say(unattended_words(origin), hint=room.ways(account) if needs_way else "")


def _owner(origin: KeysOrigin) -> str:
    return "environment" if origin.source is Source.ENVIRONMENT else "config"
