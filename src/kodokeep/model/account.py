"""Accounts: who signs, and where the keys may come from. The keys themselves are brought by `credentials`."""

import re
from dataclasses import dataclass

ACCESS_KEY = "QINIU_ACCESS_KEY"
SECRET_KEY = "QINIU_SECRET_KEY"  # noqa: S105 - the variable's name


@dataclass(frozen=True, slots=True)
class AccountOptions:
    """One `[account]` section; the plain one is named "". Commands are as written, paths absolute.

    `uc_host` None means the public cloud. `credentials_command` prints both keys, the other two one key each.
    `credentials_file` None means the place where `login` keeps it.
    """

    name: str = ""
    uc_host: str | None = None
    credentials_command: str | None = None
    access_key_command: str | None = None
    secret_key_command: str | None = None
    credentials_file: str | None = None
    passphrase_command: str | None = None
    passphrase_file: str | None = None

    @property
    def section(self) -> str:
        """How the config spells it."""
        return f"[account:{self.name}]" if self.name else "[account]"


def speaks_tls(uc_host: str | None) -> bool:
    """Whether a cloud does. Who names a private one by http:// has no certificate for its other hosts either."""
    return not (uc_host or "").startswith("http://")


def variables(account: str) -> tuple[str, str]:
    """The variables with the access key and the secret key of an account; "" is the account of `[account]`."""
    suffix = "_" + re.sub(r"[^A-Z0-9]", "_", account.upper()) if account else ""
    return ACCESS_KEY + suffix, SECRET_KEY + suffix
