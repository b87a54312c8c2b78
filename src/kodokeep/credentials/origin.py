"""Where an account's keys come from, told without asking anybody and without the keys.

What belongs here: what `doctor`, `init` and `login --show` show. What does not: bringing the keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from kodokeep.commands import program_of
from kodokeep.credentials import command, ring
from kodokeep.credentials.entry import from_text
from kodokeep.credentials.environment import from_environment
from kodokeep.credentials.kept import Kept, entry_name, file_of, login_command, noted_time, place_of
from kodokeep.credentials.passphrases import Way, way_set_up
from kodokeep.credentials.private import read_private
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions, variables


class Source(StrEnum):
    """What brings an account's keys."""

    ENVIRONMENT = "environment"
    COMMAND = "command"
    KEYRING = "keyring"
    FILE = "file"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class KeysOrigin:
    """Where the keys of an account come from. `problem` tells why they cannot, with the next step in `hint`.

    `place` names variables, options, a keyring or a file. `stored_at` is known of what `login` kept. `passphrase` is
    how a run without a terminal opens the file; None if it cannot, or if no passphrase is needed.
    """

    account: AccountOptions
    source: Source
    place: str
    stored_at: datetime | None = None
    passphrase: Way | None = None
    problem: str = ""
    hint: str = ""

    def age_days(self, now: datetime) -> int | None:
        """How many whole days ago the keys were stored, if that is known."""
        return None if self.stored_at is None else max(0, (now - self.stored_at).days)


def describe(account: AccountOptions, env: Mapping[str, str]) -> KeysOrigin:
    """Where an account's keys come from. Runs no command, asks for no passphrase, and raises nothing.

    The OS keyring is asked only if nothing else tells where the keys are.
    """
    names = variables(account.name)
    if any(env.get(name, "").strip() for name in names):
        return _checked(KeysOrigin(account, Source.ENVIRONMENT, f"${names[0]} and ${names[1]}"), env)
    if options := command.options(account):
        programs = " and ".join(f"{option} ({program_of(getattr(account, option))})" for option in options)
        return KeysOrigin(account, Source.COMMAND, programs)
    try:
        place = place_of(account)
    except ConfigError as error:
        return KeysOrigin(account, Source.NOWHERE, "", problem=error.message, hint=error.hint)
    match place.kept:
        case Kept.KEYRING:
            return _checked(KeysOrigin(account, Source.KEYRING, "the OS keyring"), env)
        case Kept.FILE:
            return _checked(KeysOrigin(account, Source.FILE, str(file_of(account))), env)
        case None:
            nothing = no_keys(account, place.trouble)
            return KeysOrigin(account, Source.NOWHERE, "", problem=nothing.message, hint=nothing.hint)


def no_keys(account: AccountOptions, trouble: str = "") -> ConfigError:
    """The error of an account that has no keys anywhere; `trouble` is where they could not be looked for."""
    names = variables(account.name)
    return ConfigError(
        f"no keys for {account.section}: nothing is kept for it, and ${names[0]} and ${names[1]} are not set"
        + (f" ({trouble})" if trouble else ""),
        hint=f"{login_command(account)}    keeps them encrypted; portal.qiniu.com/user/key has them\n"
        f"or: export {names[0]}=… {names[1]}=…",
    )


def _checked(origin: KeysOrigin, env: Mapping[str, str]) -> KeysOrigin:
    """The same with what a look at it tells."""
    look = {Source.ENVIRONMENT: _environment, Source.KEYRING: _keyring, Source.FILE: _file}[origin.source]
    try:
        return look(origin, env)
    except ConfigError as error:
        return KeysOrigin(origin.account, origin.source, origin.place, problem=error.message, hint=error.hint)


def _environment(origin: KeysOrigin, env: Mapping[str, str]) -> KeysOrigin:
    from_environment(origin.account, env)
    return origin


def _keyring(origin: KeysOrigin, _env: Mapping[str, str]) -> KeysOrigin:
    backend = ring.backend_name()
    if not backend:
        raise ConfigError(
            f"no keys for {origin.account.section}: they are in the OS keyring, and there is none here now",
            hint=f"{login_command(origin.account)} --store file",
        )
    stored_at = noted_time(origin.account)
    if stored_at is None and (text := ring.get(entry_name(origin.account))) is not None:
        stored_at = from_text(text, origin.place).stored_at
    return KeysOrigin(origin.account, origin.source, f"the OS keyring ({backend})", stored_at)


def _file(origin: KeysOrigin, env: Mapping[str, str]) -> KeysOrigin:
    file = file_of(origin.account)
    try:
        read_private(file)
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file", hint=f"{login_command(origin.account)} --store file") from None
    stored_at = datetime.fromtimestamp(file.stat().st_mtime, UTC).astimezone()
    try:
        way = way_set_up(origin.account, env)
    except ring.KeyringTrouble:
        way = None
    return KeysOrigin(origin.account, origin.source, origin.place, stored_at, way)
