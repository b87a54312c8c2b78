"""Keeping keys, and removing them: in one place per account, so that no old ones are used instead of new ones.

What belongs here: the order of writing, so that a run that reads meanwhile finds the old keys or the new ones. What
does not: reading (`kept`).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_state_path

from kodokeep.credentials import passphrases, ring
from kodokeep.credentials.agefile import seal
from kodokeep.credentials.entry import Entry, checked_keys, to_text
from kodokeep.credentials.kept import Kept, check_places, directory, entry_name, file_of, note_of
from kodokeep.credentials.private import (
    check_not_shared,
    is_there,
    make_own,
    make_private,
    remove_private,
    write_private,
)
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials


def store(account: AccountOptions, credentials: Credentials, where: Kept, passphrase: str = "") -> str:
    """Keep an account's keys in place of those before, with its `uc_host` if it has one. `passphrase` is for a file.

    Gives what could not be tidied up, in words, empty if all is well. Raises ConfigError, KeyringTrouble; then the keys
    before are still there.
    """
    checked_keys(credentials.access_key, credentials.secret_key, account.section)
    check_places(account)
    entry = Entry(credentials, datetime.now(UTC).astimezone(), account.uc_host)
    return _to_keyring(account, entry) if where is Kept.KEYRING else _to_file(account, entry, passphrase)


def remember_passphrase(account: AccountOptions, passphrase: str) -> None:
    """Keep the passphrase of an account's file in the OS keyring, for runs that nobody watches.

    Raises KeyringTrouble.
    """
    ring.put(passphrases.entry_name(account), passphrase)


def keep_passphrase(file: Path, passphrase: str) -> None:
    """Keep the passphrase of an account's file in one that only its owner can read. Raises ConfigError."""
    with _told(file):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_not_shared(file.parent)
        write_private(file, passphrase.encode() + b"\n")


def usual_passphrase_file(account: AccountOptions) -> Path:
    """Where that may lie: not beside the file that it opens."""
    place = user_state_path("kodokeep", appauthor=False)
    return place / (f"{passphrases.ENTRY}-{account.name}" if account.name else passphrases.ENTRY)


def remove(account: AccountOptions) -> tuple[Kept, ...]:
    """Remove what is kept of an account, wherever it is; gives where it was. Raises ConfigError, KeyringTrouble."""
    check_places(account)
    file = file_of(account)
    with _told(file):
        was_in_file = remove_private(file)
    noted = is_there(note_of(account))
    was_in_keyring = False
    if noted or ring.backend_name():
        was_in_keyring = ring.remove(entry_name(account))
        ring.remove(passphrases.entry_name(account))
    with _told(note_of(account)):
        remove_private(note_of(account))
    return (*([Kept.FILE] if was_in_file else []), *([Kept.KEYRING] if was_in_keyring else []))


def _to_keyring(account: AccountOptions, entry: Entry) -> str:
    if account.credentials_file is not None:
        raise ConfigError(
            f"{account.section} credentials_file = {account.credentials_file}: the config keeps the keys in this file,"
            " so they cannot be kept in the OS keyring",
            hint="remove the option, or use --store file",
        )
    ring.put(entry_name(account), to_text(entry))
    note, file = note_of(account), file_of(account)
    with _told(note):
        make_private(directory())
        write_private(note, json.dumps({"stored_at": entry.stored_at.isoformat(timespec="seconds")}).encode() + b"\n")
    with _told(file):
        was_in_file = remove_private(file)
    if was_in_file:
        ring.remove(passphrases.entry_name(account))
    return ""


def _to_file(account: AccountOptions, entry: Entry, passphrase: str) -> str:
    if not passphrase.strip():
        raise ConfigError(f"{account.section}: a file needs a passphrase that is not empty")
    file, note = file_of(account), note_of(account)
    if file.is_symlink():
        raise ConfigError(f"{file}: refused, because it is a symlink", hint="remove it, or name the file itself")
    sealed = seal(to_text(entry).encode(), passphrase)
    with _told(file):
        if account.credentials_file is None:
            make_private(directory())
        else:
            make_own(file.parent)
            check_not_shared(file.parent)
        write_private(file, sealed)
    with _told(note):
        was_in_keyring = remove_private(note)
    if was_in_keyring:
        try:
            ring.remove(entry_name(account))
        except ring.KeyringTrouble as error:
            return f"the keys before are still in the OS keyring, where nothing reads them: {error.message}"
    return ""


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{error.filename or file}: cannot be changed: {error.strerror}") from None
