"""Accounts by the names that a person types, with a config or without one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from kodokeep.cli.output import say
from kodokeep.cli.session import Session
from kodokeep.model.account import AccountOptions, speaks_tls
from kodokeep.model.options import TransportOptions

if TYPE_CHECKING:
    from kodokeep.config import Config

account_argument = click.argument("names", metavar="[ACCOUNT]", nargs=-1)
"""Taken as a list, so that keys which somebody gives as arguments are refused without being shown."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An account, and how to reach its cloud."""

    account: AccountOptions
    transport: TransportOptions


def chosen_account(session: Session, names: Sequence[str], uc_host: str | None = None) -> Chosen:
    """The account that a person means; it need not be in a config. Raises UsageError, ConfigError."""
    from kodokeep.config import checked_value  # noqa: PLC0415 - loads pydantic

    name = account_name(names)
    config = session.config_if_any()
    known = config.accounts.get(name) if config else None
    account = known or AccountOptions(name)
    if config:
        _point_out_strangers(config, account)
    if uc_host is not None:
        account = replace(account, uc_host=checked_value("host", uc_host, "--uc-host"))
    pairs = [pair for pair in config.pairs if pair.account == name] if config else []
    transport = pairs[0].transport if pairs else TransportOptions()
    https = transport.https and speaks_tls(account.uc_host)
    return Chosen(account, replace(transport, uc_host=account.uc_host, https=https))


def account_name(names: Sequence[str]) -> str:
    """The name of the one account, "" if none is given. Raises UsageError."""
    from kodokeep.config.values import NAME, NAME_EXPECTED  # noqa: PLC0415 - loads pydantic

    if len(names) > 1:
        raise click.UsageError(
            "expected at most one ACCOUNT; keys are typed at the terminal or come on stdin, never in the command line"
        )
    name = names[0] if names else ""
    if name and not NAME.fullmatch(name):
        raise click.UsageError(f"ACCOUNT: expected the NAME of an [account:NAME] section, {NAME_EXPECTED}")
    return name


def _point_out_strangers(config: "Config", account: AccountOptions) -> None:
    used = {pair.account for pair in config.pairs}
    if account.name not in used:
        sections = ", ".join(sorted(AccountOptions(name).section for name in used))
        say(f"note: no pair of {config.path} uses {account.section}; they use {sections}")
