"""An account's keys: brought from where they are kept, and kept where nobody else can read them.

environment  $QINIU_ACCESS_KEY and $QINIU_SECRET_KEY
"""

from collections.abc import Mapping

from kodokeep.credentials.environment import from_environment
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import Credentials


def credentials_for(account: AccountOptions, env: Mapping[str, str]) -> Credentials:
    """The keys of an account. Raises ConfigError if there are none, or if they cannot be keys."""
    return from_environment(account, env)
