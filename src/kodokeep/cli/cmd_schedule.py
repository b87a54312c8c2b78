"""`kodokeep schedule`: the machine's timers that run the pairs of a config."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import click

from kodokeep.cli.arguments import json_option
from kodokeep.cli.asking import somebody_is_there
from kodokeep.cli.output import put, put_json, say
from kodokeep.cli.session import Session
from kodokeep.cli.timers_text import kept_fields, kept_lines, left_over_fields, left_over_line
from kodokeep.errors import ConfigError
from kodokeep.model.account import variables
from kodokeep.reporting.units import printable

if TYPE_CHECKING:
    from kodokeep.config import Config
    from kodokeep.schedule.jobs import Job, Timers
    from kodokeep.schedule.keeper import Keeper
    from kodokeep.schedule.steps import Step

Command = TypeVar("Command", bound=Callable[..., object])

KINDS = {
    "systemd": "Timers of your own systemd.",
    "system": "Timers of the system's systemd; needs root.",
    "cron": "Lines in your crontab.",
    "launchd": "Agents of launchd, on macOS.",
    "task-scheduler": "Tasks of the Windows Task Scheduler.",
}


@click.group("schedule", short_help="Let the machine run the pairs that have a schedule.")
def command() -> None:
    """Let the machine run the pairs that have a schedule: with systemd, cron, launchd or the Task Scheduler.

    \b
    In the config:
      schedule = daily 03:00     or hourly, weekly sun 03:00, monthly 1 03:00,
                                 every 15m, every 6h, 30 2 * * 1-5
      time_zone = Asia/Shanghai  whose clock it means; else this machine's
      jitter = 10m               begins up to that much later, by chance

    \b
    Example:
      kodokeep schedule install
    """


def _kind_option(function: Command) -> Command:
    for kind, text in reversed(KINDS.items()):
        function = click.option(f"--{kind}", "kind", flag_value=kind, type=click.UNPROCESSED, help=text)(function)
    return function


yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
print_option = click.option("--print", "only_print", is_flag=True, help="Only show what would be done.")


@command.command("install", short_help="Write timers for all pairs with a schedule.")
@_kind_option
@click.option("--run-as", metavar="USER", help="Whom units of the system run as.")
@print_option
@yes_option
@click.pass_obj
def install(session: Session, kind: str | None, run_as: str | None, only_print: bool, yes: bool) -> int:
    """Write timers for all pairs with a schedule, and take away those of pairs that have none any more.

    Everything is shown before it is written. Without an option for the kind, it is systemd if there is one, else cron;
    launchd on macOS and the Task Scheduler on Windows. Timers that the config has with another kind are taken away.

    \b
    Example:
      kodokeep schedule install --print
    """
    from kodokeep.schedule.install import SYSTEM, choose, installation, is_root  # noqa: PLC0415 - rarely needed

    if run_as is not None and kind != SYSTEM:
        raise click.UsageError("--run-as: only units of the system (--system) can run as somebody else")
    if run_as is not None:
        _check_user(run_as)
    here = look_around(session, run_as)
    if not here.timers.jobs and not here.left_over():
        raise ConfigError(
            f"{here.config.path}: no pair has a schedule", hint="set for example schedule = daily 03:00 in [defaults]"
        )
    if kind is None:
        kind = choose(here.keepers, sys.platform, root=is_root())
    chosen = here.keepers[kind]
    if not only_print and (why := chosen.unusable()):
        raise ConfigError(f"{chosen.title} cannot be used here: {why}")
    others = [keeper for name, keeper in here.usual.items() if name != kind]
    done = _do(installation(here.timers, chosen, others), only_print=only_print, yes=yes)
    if done and not only_print:
        put(f"{_pairs(here.timers.jobs)} now kept by {chosen.title}" if here.timers.jobs else "no timer is left")
    if not done:
        put("the timers are what the config says")
    _advise(session, here, chosen)
    return 0


@command.command("remove", short_help="Take the timers of this config away.")
@print_option
@yes_option
@click.pass_obj
def remove(session: Session, only_print: bool, yes: bool) -> int:
    """Take away the timers of this config, whoever keeps them: just what install wrote."""
    from kodokeep.config.find import VARIABLE, find  # noqa: PLC0415 - loads pydantic
    from kodokeep.schedule.install import removal  # noqa: PLC0415 - rarely needed
    from kodokeep.schedule.jobs import no_timers  # noqa: PLC0415 - rarely needed

    # Only the name of the config is needed: it may be broken, or gone.
    named = session.config_path or session.env.get(VARIABLE) or str(find(None, session.env))
    _, usual = _keepers(session)
    done = _do(removal(no_timers(named), tuple(usual.values())), only_print=only_print, yes=yes)
    if done and not only_print:
        put("no timer is left")
    if not done:
        put("there are no timers of this config")
    return 0


@command.command("show", short_help="Show when pairs are due next, and who sees to it.")
@json_option
@click.pass_obj
def show(session: Session, as_json: bool) -> int:
    """Show when pairs are due next, who sees to it, and whether the timers still are what the config says.

    \b
    Example:
      kodokeep schedule show --json
    """
    from kodokeep.schedule.install import kept_pairs  # noqa: PLC0415 - rarely needed

    here = look_around(session)
    found, left = kept_pairs(here.timers, tuple(here.usual.values()), datetime.now(UTC))
    by_name = {each.job.name: each for each in found}
    for pair in here.config.pairs:
        kept_pair = by_name.get(pair.name)
        if as_json:
            put_json(kept_fields(pair.name, kept_pair))
        else:
            for line in kept_lines(pair.name, kept_pair, session.command, here.timers.local):
                put(line)
    for each in left:
        if as_json:
            put_json(left_over_fields(each))
        else:
            put(left_over_line(each, session.command))
    return 0


@dataclass(frozen=True, slots=True)
class Here:
    """A config on this machine: its timers, all keepers, and those that are usual on this platform."""

    config: "Config"
    timers: "Timers"
    keepers: "Mapping[str, Keeper]"
    usual: "Mapping[str, Keeper]"

    def left_over(self) -> bool:
        """True if there are timers of this config."""
        return any(keeper.installed(self.timers) for keeper in self.usual.values())


def look_around(session: Session, run_as: str | None = None) -> Here:
    """The config, and whoever may keep its timers on this machine."""
    from kodokeep.machine import local_zone  # noqa: PLC0415 - rarely needed
    from kodokeep.schedule.jobs import own_program, timers_of  # noqa: PLC0415 - rarely needed

    config = session.checked_config()
    return Here(config, timers_of(config, own_program(), local_zone(), session.env), *_keepers(session, run_as))


def _keepers(session: Session, run_as: str | None = None) -> "tuple[Mapping[str, Keeper], Mapping[str, Keeper]]":
    from kodokeep.schedule.install import is_root, keepers_of, usual  # noqa: PLC0415 - rarely needed

    keepers = keepers_of(session.env, run_as=run_as)
    return keepers, {name: keepers[name] for name in usual(sys.platform, root=is_root())}


def _check_user(name: str) -> None:
    import pwd  # noqa: PLC0415 - not on Windows, which has no systemd either

    try:
        pwd.getpwnam(name)
    except KeyError:
        raise click.UsageError(f"--run-as {printable(name)}: there is no such user") from None


def _do(steps: "Sequence[Step]", *, only_print: bool, yes: bool) -> bool:
    """Show the steps, ask, and do them. False if there are none."""
    from kodokeep.schedule.steps import perform, shown  # noqa: PLC0415 - rarely needed

    if not steps:
        return False
    for line in shown(steps):
        put(printable(line))
    if only_print:
        return True
    if not yes:
        if not somebody_is_there():
            raise click.UsageError("there is no terminal to ask at: --yes does it, --print only shows it")
        click.confirm("Shall this be done?", abort=True, err=True)
    perform(steps)
    return True


def _advise(session: Session, here: Here, chosen: "Keeper") -> None:
    from kodokeep.schedule.jobs import unscheduled  # noqa: PLC0415 - rarely needed

    if here.timers.jobs and (advice := chosen.advice()):
        say(advice)
    for pair in unscheduled(here.config):
        say(f"{pair.name}: no schedule, so nothing runs it")
    accounts = {pair.account for pair in here.config.pairs if pair.schedule is not None}
    for account in sorted(accounts):
        if all(session.env.get(variable) for variable in variables(account)):
            section = here.config.accounts[account].section
            say(
                f"the keys of {section} come from the environment here, which timers do not have",
                hint=f"{session.command} login {account}".rstrip() + "  keeps them encrypted",
            )


def _pairs(jobs: "Sequence[Job]") -> str:
    names = ", ".join(job.name for job in jobs)
    return f"{names} {'is' if len(jobs) == 1 else 'are'}"
