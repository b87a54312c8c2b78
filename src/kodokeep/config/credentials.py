"""Where an account's keys come from: the environment. Errors name variables, never their values."""

import re
from collections.abc import Mapping

from kodokeep.errors import ConfigError
from kodokeep.model.options import Credentials

ACCESS_KEY = "QINIU_ACCESS_KEY"
SECRET_KEY = "QINIU_SECRET_KEY"  # noqa: S105 - the variable's name


def variables(account: str) -> tuple[str, str]:
    """The variables with the access key and the secret key of an account; "" is the account of `[account]`."""
    suffix = "_" + re.sub(r"[^A-Z0-9]", "_", account.upper()) if account else ""
    return ACCESS_KEY + suffix, SECRET_KEY + suffix


def credentials_for(account: str, env: Mapping[str, str]) -> Credentials:
    """The keys of an account. Raises ConfigError if one is missing, blank or cannot be a key."""
    names = variables(account)
    keys = tuple(env.get(name, "").strip() for name in names)
    section = f"[account:{account}]" if account else "[account]"
    if not all(keys):
        missing = " and ".join(f"${name}" for name, key in zip(names, keys, strict=True) if not key)
        raise ConfigError(
            f"no keys for {section}: {missing} not set",
            hint=f"export {names[0]}=… {names[1]}=…  (portal.qiniu.com/user/key has them)",
        )
    for name, key in zip(names, keys, strict=True):
        # A line break or a space that came along in copying would break the header that the key goes into.
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigError(f"${name} cannot be a key of {section}: expected ASCII letters, digits and signs only")
    return Credentials(access_key=keys[0], secret_key=keys[1])
