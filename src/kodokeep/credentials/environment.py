"""Keys from the environment. Errors name variables, never their values."""

from collections.abc import Mapping

from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions, variables
from kodokeep.model.options import Credentials


def from_environment(account: AccountOptions, env: Mapping[str, str]) -> Credentials:
    """The keys of an account. Raises ConfigError if one is missing, blank or cannot be a key."""
    names = variables(account.name)
    keys = tuple(env.get(name, "").strip() for name in names)
    if not all(keys):
        missing = " and ".join(f"${name}" for name, key in zip(names, keys, strict=True) if not key)
        raise ConfigError(
            f"no keys for {account.section}: {missing} not set",
            hint=f"export {names[0]}=… {names[1]}=…  (portal.qiniu.com/user/key has them)",
        )
    for name, key in zip(names, keys, strict=True):
        # A line break or a space that came along in copying would break the header that the key goes into.
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigError(
                f"${name} cannot be a key of {account.section}: expected ASCII letters, digits and signs only"
            )
    return Credentials(access_key=keys[0], secret_key=keys[1])
