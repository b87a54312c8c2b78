"""Keys and passphrases from commands of the config. Errors name the option and the program, never what it printed."""

from collections.abc import Mapping

from kodokeep.commands import CommandFailed, output_of, program_of
from kodokeep.credentials.entry import checked_keys, json_object, keys_of
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials


def options(account: AccountOptions) -> tuple[str, ...]:
    """The options whose commands bring the keys, none if there are none."""
    if account.credentials_command is not None:
        return ("credentials_command",)
    if account.access_key_command is not None:
        return ("access_key_command", "secret_key_command")
    return ()


def from_commands(account: AccountOptions, env: Mapping[str, str]) -> Credentials | None:
    """The keys that the account's commands print, None if it has none. Raises ConfigError."""
    match options(account):
        case (both,):
            return _both(account, both, env)
        case (access, secret):
            keys = (printed_line(account, access, env), printed_line(account, secret, env))
            return checked_keys(*keys, f"{account.section} {access} and {secret}")
        case _:
            return None


def printed_line(account: AccountOptions, option: str, env: Mapping[str, str]) -> str:
    """The one line that the command of an option prints. Raises ConfigError."""
    lines = _lines(_output(account, option, env, "one line"))
    if len(lines) != 1:
        raise _unexpected(account, option, len(lines), "one")
    return lines[0].strip() if option != "passphrase_command" else lines[0]


def _both(account: AccountOptions, option: str, env: Mapping[str, str]) -> Credentials:
    expected = "the access key and the secret key, a line each, or JSON with access_key and secret_key"
    text = _output(account, option, env, expected)
    origin = _origin(account, option)
    if text.lstrip().startswith("{"):
        fields = json_object(text)
        if fields is None:
            raise ConfigError(f"{origin} printed what looks like JSON and is none: expected {expected}")
        return keys_of(fields, origin)
    lines = _lines(text)
    if len(lines) != 2:
        raise _unexpected(account, option, len(lines), f"two: {expected}")
    return checked_keys(lines[0].strip(), lines[1].strip(), origin)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def _output(account: AccountOptions, option: str, env: Mapping[str, str], expected: str) -> str:
    try:
        return output_of(getattr(account, option), env)
    except CommandFailed as error:
        raise ConfigError(
            f"{_origin(account, option)} {error}", hint=f"try the command by hand: it must print {expected}"
        ) from None


def _unexpected(account: AccountOptions, option: str, count: int, expected: str) -> ConfigError:
    found = "1 line" if count == 1 else f"{count} lines"
    return ConfigError(f"{_origin(account, option)} printed {found}, expected {expected}")


def _origin(account: AccountOptions, option: str) -> str:
    return f"{account.section} {option} ({program_of(getattr(account, option))})"
