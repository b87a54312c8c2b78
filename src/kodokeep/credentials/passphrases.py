"""Where the passphrase of an age file comes from, so that a run needs nobody, and whom to ask else.

What belongs here: the ways, in their order: command and file of the config, systemd, OS keyring, terminal. The first
that is set up is used; if it is broken, that is an error. What does not: opening the file with it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from kodokeep.credentials import ring
from kodokeep.credentials.command import printed_line
from kodokeep.credentials.private import is_there, read_handed_over, read_private
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions

DIRECTORY_VARIABLE = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what `LoadCredential=` names."""

CREDENTIAL = "kodokeep-passphrase"
ENTRY = "passphrase"

TRIES = 3
"""How often a person may mistype a passphrase."""

Prompt = Callable[[str], str]
"""Asks a person for something that is not shown; raises KeyboardInterrupt if there is to be no answer."""


class Way(StrEnum):
    """How the passphrase gets here."""

    COMMAND = "passphrase_command"
    FILE = "passphrase_file"
    SYSTEMD = "the systemd credential"
    KEYRING = "the OS keyring"
    TERMINAL = "the terminal"


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase, and which way it came."""

    text: str = field(repr=False)
    way: Way


@dataclass(frozen=True, slots=True)
class Asker:
    """A terminal that asks for each passphrase once: `answers` lives as long as the process."""

    prompt: Prompt
    answers: dict[str, str] = field(default_factory=dict, repr=False)

    def passphrases(self, question: str) -> Iterator[str]:
        """What is remembered, and only that; else what a person says, and says again as long as it is wrong.

        The last one is remembered even if it was wrong: who could not tell it for one pair is not asked for the next.
        """
        if question in self.answers:
            yield self.answers[question]
            return
        for number in range(TRIES):
            self.answers[question] = self.prompt(f"Wrong. {question}" if number else question)
            yield self.answers[question]


def entry_name(account: AccountOptions) -> str:
    """The keyring's entry with the passphrase of an account."""
    return f"{ENTRY}:{account.name}" if account.name else ENTRY


def way_set_up(account: AccountOptions, env: Mapping[str, str]) -> Way | None:
    """The way that a run without a terminal takes, None if there is none. Raises KeyringTrouble."""
    if account.passphrase_command is not None:
        return Way.COMMAND
    if account.passphrase_file is not None:
        return Way.FILE
    if _systemd_file(account, env):
        return Way.SYSTEMD
    if ring.backend_name() and ring.get(entry_name(account)) is not None:
        return Way.KEYRING
    return None


def passphrase_set_up(account: AccountOptions, env: Mapping[str, str]) -> Passphrase | None:
    """The passphrase that a run without a terminal gets, None if no way is set up. Raises ConfigError."""
    way = way_set_up(account, env)
    return Passphrase(_text(way, account, env), way) if way else None


def ways(account: AccountOptions) -> str:
    """What a person can do so that runs without a terminal have the passphrase."""
    name = f"{CREDENTIAL}-{account.name}" if account.name else CREDENTIAL
    login = f"kodokeep login {account.name}".rstrip()
    keyring = f",\nor {login} --store file --remember-passphrase, which keeps it in the OS keyring"
    return (
        f"passphrase_command = … or passphrase_file = … in {account.section} of the config,\n"
        f"or LoadCredential={name}:FILE in the systemd unit" + (keyring if ring.backend_name() else "")
    )


def no_passphrase(account: AccountOptions, file: Path, trouble: str) -> ConfigError:
    """The error of a run that has a file, no passphrase, and nobody to ask."""
    return ConfigError(
        f"no passphrase for {file} of {account.section}: there is no terminal to ask at, and no other way is set up"
        + (f" ({trouble})" if trouble else ""),
        hint=ways(account),
    )


def _text(way: Way, account: AccountOptions, env: Mapping[str, str]) -> str:
    if way is Way.COMMAND:
        return printed_line(account, "passphrase_command", env)
    if way is Way.FILE:
        return _first_line(_own_file(account), f"{account.section} passphrase_file = {account.passphrase_file}")
    if file := _systemd_file(account, env):
        return _first_line(read_handed_over(file), f"the systemd credential {file}")
    return ring.get(entry_name(account)) or ""


def _own_file(account: AccountOptions) -> bytes:
    file = Path(account.passphrase_file or "")
    try:
        return read_private(file, follow_links=True)
    except FileNotFoundError:
        raise ConfigError(f"{account.section} passphrase_file = {file}: no such file") from None


def _systemd_file(account: AccountOptions, env: Mapping[str, str]) -> Path | None:
    directory = env.get(DIRECTORY_VARIABLE)
    if not directory:
        return None
    names = (f"{CREDENTIAL}-{account.name}", CREDENTIAL) if account.name else (CREDENTIAL,)
    return next((file for name in names if is_there(file := Path(directory, name))), None)


def _first_line(content: bytes, origin: str) -> str:
    try:
        lines = content.decode().replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        raise ConfigError(f"{origin}: expected a passphrase in UTF-8") from None
    if len(lines) != 1 or not lines[0].strip():
        raise ConfigError(f"{origin}: expected one line with the passphrase and nothing else")
    return lines[0]
