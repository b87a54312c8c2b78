"""Keys from the environment. Errors name variables, never their values."""

from collections.abc import Mapping

from kodokeep.credentials.entry import checked_keys
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions, variables
from kodokeep.model.options import Credentials


def from_environment(account: AccountOptions, env: Mapping[str, str]) -> Credentials | None:
    """The keys of an account, None if neither variable is set; a blank one is not.

    Raises ConfigError if only one is set, or cannot be a key.
    """
    names = variables(account.name)
    access_key, secret_key = (env.get(name, "").strip() for name in names)
    if not access_key and not secret_key:
        return None
    if not (access_key and secret_key):
        there, missing = names if access_key else reversed(names)
        raise ConfigError(
            f"no keys for {account.section}: ${there} is set and ${missing} is not",
            hint=f"set both, or unset ${there} to use the keys of kodokeep login",
        )
    return checked_keys(access_key, secret_key, f"{account.section} ${names[0]} and ${names[1]}")
