"""An account's keys: brought from where they are kept, and kept where nobody else can read them.

The first source that is set up is used: environment, commands of the config, then what `login` kept, in the OS keyring
or in an age file. A source that is set up and broken is an error, never a reason to use other keys. What does not
belong here: asking on a terminal (it is handed in), and what keys are for.

environment, command    sources that others look after
ring, agefile, private  what keeps: the OS keyring, the age format, files that nobody else can read
entry, kept, keeping    what is kept of an account: its form, where it is, keeping and removing it
passphrases             how a file is opened without a person, and with one
origin                  where the keys come from and how old they are, for people
"""

from collections.abc import Mapping

from kodokeep.credentials.command import from_commands
from kodokeep.credentials.entry import Entry, checked_keys
from kodokeep.credentials.environment import from_environment
from kodokeep.credentials.keeping import (
    keep_passphrase,
    remember_passphrase,
    remove,
    store,
    usual_passphrase_file,
)
from kodokeep.credentials.kept import (
    Kept,
    accounts_kept,
    check_places,
    kept_entry,
    passphrase_question,
    place_of,
    usual_place,
)
from kodokeep.credentials.origin import KeysOrigin, Source, describe, no_keys
from kodokeep.credentials.passphrases import Asker, Passphrase, Prompt, Way, passphrase_set_up, ways
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials

__all__ = [
    "Asker", "Entry", "Kept", "KeysOrigin", "Passphrase", "Prompt", "Source", "Way",
    "accounts_kept", "check_places", "checked_keys", "credentials_for", "describe", "keep_passphrase", "kept_entry",
    "passphrase_question",
    "passphrase_set_up",
    "remember_passphrase", "remove", "store", "usual_passphrase_file", "usual_place", "ways",
]  # fmt: skip


def credentials_for(account: AccountOptions, env: Mapping[str, str], asker: Asker | None = None) -> Credentials:
    """The keys of an account, brought anew. `asker` asks a person for a passphrase, None if nobody is there.

    Raises ConfigError if there are none, if they cannot be keys, or if the source that is set up does not work.
    """
    if found := from_environment(account, env) or from_commands(account, env):
        return found
    if entry := kept_entry(account, env, asker):
        return entry.credentials
    raise no_keys(account, place_of(account).trouble)
