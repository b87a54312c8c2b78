"""Jobs: which pairs of a config are run by themselves, and the command that a timer starts for each.

What belongs here: what every kind of timer is told alike. What does not: how each of them spells it.
"""

import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from hashlib import sha256
from pathlib import Path
from shutil import which

from kodokeep.config import Config
from kodokeep.errors import TimersUnusable
from kodokeep.model.account import AccountOptions
from kodokeep.model.options import PairOptions
from kodokeep.model.schedule import Schedule

PROGRAM = "kodokeep"
PASSPHRASE_CREDENTIAL = "kodokeep-passphrase"  # noqa: S105 - its name
CARRIED_VARIABLES = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
"""They say where state and keys are kept; a timer that lacked them would not find what a person's runs left."""

_DIGEST_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Job:
    """A pair that is run by itself. `credential` names the systemd credential that may have its passphrase, `writes`
    are the directories that a run of it writes to.
    """

    name: str
    schedule: Schedule
    credential: str | None = None
    writes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timers:
    """What is to be kept of one config. `local` is this machine's zone; `program` and `config` are absolute paths."""

    config: str
    program: str
    local: tzinfo
    jobs: tuple[Job, ...]
    variables: Mapping[str, str]
    runs_commands: bool = False

    @property
    def digest(self) -> str:
        """Tells the timers of this config from those of others, whose pairs may have the same names."""
        return sha256(self.config.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGEST_LETTERS]

    def label(self, name: str) -> str:
        """What the timer of a pair is called."""
        return f"{PROGRAM}-{name}-{self.digest}"

    def command(self, name: str, *, exact: bool = True) -> tuple[str, ...]:
        """What a timer starts. If the timer is not exact, the run itself looks whether it is due."""
        due = () if exact else ("--due",)
        return (self.program, "--config", self.config, "run", name, "--scheduled", *due)

    def catch_up(self) -> tuple[str, ...]:
        """What is started once when the machine is up again: runs what was missed."""
        return (self.program, "--config", self.config, "run", "--due", "--scheduled")


def timers_of(config: Config, program: str, local: tzinfo, env: Mapping[str, str]) -> Timers:
    """The timers that a config asks for."""
    return Timers(
        config=str(Path(config.path).absolute()),
        program=program,
        local=local,
        jobs=tuple(_jobs(config)),
        variables={name: env[name] for name in CARRIED_VARIABLES if env.get(name)},
        runs_commands=_runs_commands(config),
    )


def no_timers(config: str) -> Timers:
    """What is to be kept of a config that is to be left to itself."""
    return Timers(str(Path(config).absolute()), "", UTC, (), {})


def check_spelled(who: str, words: Iterable[str]) -> None:
    """Raises TimersUnusable if a word has a control character or half a letter: a line break would begin
    another setting, and XML cannot hold it.
    """
    for word in words:
        if not word.isprintable():
            raise TimersUnusable(f"{who} cannot be told of a path that has more than plain letters: {word!r}")


def own_program() -> str:
    """The program `kodokeep` that belongs to the running interpreter. Raises TimersUnusable."""
    name = PROGRAM + (".exe" if sys.platform == "win32" else "")
    beside = Path(sysconfig.get_path("scripts"), name)
    if beside.is_file():
        return str(beside)
    started = which(sys.argv[0])
    if started is not None and Path(started).stem == PROGRAM:
        return str(Path(started).absolute())
    raise TimersUnusable(f"no program {beside}, which a timer could start", hint="install kodokeep with pipx or pip")


def _jobs(config: Config) -> Iterator[Job]:
    metrics = [str(Path(config.metrics.file).parent)] if config.metrics.file else []
    for pair in config.pairs:
        if pair.schedule is not None:
            writes = (pair.folder, *filter(None, (pair.state_dir,)), *metrics)
            yield Job(pair.name, pair.schedule, _credential(config.accounts[pair.account]), writes)


def _credential(account: AccountOptions) -> str | None:
    """None if the config says how the keys or the passphrase are brought, and that needs no help."""
    brought = (account.credentials_command, account.access_key_command)
    if any(way is not None for way in (*brought, account.passphrase_command, account.passphrase_file)):
        return None
    return f"{PASSPHRASE_CREDENTIAL}-{account.name}" if account.name else PASSPHRASE_CREDENTIAL


def _runs_commands(config: Config) -> bool:
    accounts = (
        (each.credentials_command, each.access_key_command, each.passphrase_command)
        for each in config.accounts.values()
    )
    return (
        any(command is not None for commands in accounts for command in commands)
        or any(channel.url_command is not None for channel in config.channels)
        or any(pair.alerts.commands for pair in config.pairs)
    )


def unscheduled(config: Config) -> tuple[PairOptions, ...]:
    """The pairs that nobody runs but a person."""
    return tuple(pair for pair in config.pairs if pair.schedule is None)
