"""What `login` kept on this machine, and where: in the OS keyring or in an age file, per account.

    <config directory>/credentials/account.age            the age file of [account]
    <config directory>/credentials/account-NAME.age       … of [account:NAME]
    <config directory>/credentials/account.keyring        says that the keys are in the OS keyring, and since when

What belongs here: names, places, reading. What does not: keeping and removing (`keeping`). The note of the second kind
makes a locked keyring an error, where otherwise nobody could tell that it has the keys.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from platformdirs import user_config_path

from kodokeep.credentials import ring
from kodokeep.credentials.agefile import WrongPassphrase, open_sealed
from kodokeep.credentials.entry import Entry, from_text
from kodokeep.credentials.passphrases import Asker, Passphrase, Way, no_passphrase, passphrase_set_up
from kodokeep.credentials.private import check_not_shared, check_private, is_there, read_private
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions

LOOKS = 5
"""How often to look where the keys are now: `login` may just be moving them from one place to the other."""

_AGE, _NOTE = ".age", ".keyring"


class Kept(StrEnum):
    """Where `login` keeps keys."""

    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the keys of an account are kept; None if nowhere. `trouble` is why that is not quite certain."""

    kept: Kept | None
    trouble: str = ""


def directory() -> Path:
    """Where age files and notes are."""
    return user_config_path("kodokeep") / "credentials"


def file_of(account: AccountOptions) -> Path:
    """Where the age file of an account is, or would be."""
    return Path(account.credentials_file) if account.credentials_file else directory() / f"{_stem(account.name)}{_AGE}"


def note_of(account: AccountOptions) -> Path:
    """What says that the keys of an account are in the OS keyring."""
    return directory() / f"{_stem(account.name)}{_NOTE}"


def entry_name(account: AccountOptions) -> str:
    """The keyring's entry with the keys of an account."""
    return f"account:{account.name}" if account.name else "account"


def login_command(account: AccountOptions) -> str:
    """What puts the keys of an account in order."""
    return f"kodokeep login {account.name}".rstrip()


def accounts_kept() -> list[str]:
    """The accounts that have a file or a note in the usual place, sorted. Raises ConfigError."""
    check_places(AccountOptions())
    found = (file.name for suffix in (_AGE, _NOTE) for file in directory().glob(f"account*{suffix}"))
    stems = {name.removesuffix(_AGE).removesuffix(_NOTE) for name in found}
    return sorted(stem.removeprefix("account").removeprefix("-") for stem in stems if stem[7:8] in ("", "-"))


def place_of(account: AccountOptions) -> Place:
    """Where the keys of an account are. Raises ConfigError if others could have put them there."""
    check_places(account)
    if account.credentials_file:
        return Place(Kept.FILE)
    if is_there(note_of(account)):
        return Place(Kept.KEYRING)
    if is_there(file_of(account)):
        return Place(Kept.FILE)
    try:
        known = ring.backend_name() and ring.get(entry_name(account)) is not None
    except ring.KeyringTrouble as error:
        return Place(None, error.message)
    return Place(Kept.KEYRING if known else None)


def usual_place(account: AccountOptions) -> Kept:
    """Where `login` keeps the keys of an account if nobody says where: where they are, else the safest place there is.

    Raises ConfigError.
    """
    return place_of(account).kept or (Kept.KEYRING if ring.backend_name() else Kept.FILE)


def check_places(account: AccountOptions) -> None:
    """Raises ConfigError if others may change what is kept."""
    if is_there(directory()):
        check_private(directory())
    elsewhere = Path(account.credentials_file).parent if account.credentials_file else None
    if elsewhere and is_there(elsewhere):
        check_not_shared(elsewhere)


def noted_time(account: AccountOptions) -> datetime | None:
    """Since when the keys are in the keyring, as far as is known without asking it. Raises ConfigError."""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        return datetime.fromisoformat(json.loads(read_private(note_of(account)))["stored_at"]).astimezone()
    return None


def kept_entry(account: AccountOptions, env: Mapping[str, str], asker: Asker | None) -> Entry | None:
    """What is kept of an account, None if nothing is. Raises ConfigError that names the place and what to do."""
    for _ in range(LOOKS):
        place = place_of(account)
        match place.kept:
            case Kept.KEYRING:
                entry = _from_keyring(account)
            case Kept.FILE:
                entry = _from_file(account, env, asker)
            case None:
                return None
        if entry is not None:
            return entry
    raise _gone(account, place)


def passphrase_question(account: AccountOptions) -> str:
    """What a person is asked before the account's file can be opened; an `Asker` remembers answers by it."""
    return f"Passphrase of {account.section}, for {file_of(account)}"


def _from_keyring(account: AccountOptions) -> Entry | None:
    try:
        text = ring.get(entry_name(account))
    except ring.KeyringTrouble as error:
        raise ring.KeyringTrouble(f"no keys for {account.section}: {error.message}", hint=error.hint) from None
    origin = f"the OS keyring's entry {entry_name(account)!r} of the service {ring.SERVICE!r}"
    return None if text is None else from_text(text, origin)


def _from_file(account: AccountOptions, env: Mapping[str, str], asker: Asker | None) -> Entry | None:
    file = file_of(account)
    try:
        sealed = read_private(file)
    except FileNotFoundError:
        return None
    content = _opened(account, sealed, env, asker)
    return from_text(content.decode("utf-8", "replace"), str(file))


def _opened(account: AccountOptions, sealed: bytes, env: Mapping[str, str], asker: Asker | None) -> bytes:
    file = file_of(account)
    origin = ""
    for passphrase in _passphrases(account, env, asker):
        origin = f"from {passphrase.way}"
        try:
            return open_sealed(sealed, passphrase.text, str(file))
        except WrongPassphrase:
            continue
    raise ConfigError(
        f"{file} of {account.section}: the passphrase {origin} is wrong",
        hint=f"if it is lost: {login_command(account)}  keeps the keys anew",
    )


def _passphrases(account: AccountOptions, env: Mapping[str, str], asker: Asker | None) -> Iterator[Passphrase]:
    trouble = ""
    try:
        found = passphrase_set_up(account, env)
    except ring.KeyringTrouble as error:
        found, trouble = None, error.message
    if found is not None:
        yield found
    elif asker is None:
        raise no_passphrase(account, file_of(account), trouble)
    else:
        answers = asker.passphrases(passphrase_question(account))
        yield from (Passphrase(text, Way.TERMINAL) for text in answers)


def _gone(account: AccountOptions, place: Place) -> ConfigError:
    where = "the OS keyring" if place.kept is Kept.KEYRING else str(file_of(account))
    return ConfigError(
        f"no keys for {account.section}: they should be in {where}, and are not there", hint=login_command(account)
    )


def _stem(name: str) -> str:
    return f"account-{name}" if name else "account"
