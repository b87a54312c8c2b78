"""What a command works with: the engine, the environment and the config. Nothing of it is loaded before it is used."""

import os
import random
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from kodokeep import exits
from kodokeep.cli.asking import terminal_prompt
from kodokeep.errors import ConfigError

if TYPE_CHECKING:
    from kodokeep.app import PlanReport, RunRequest
    from kodokeep.config import Config
    from kodokeep.credentials import Asker, Prompt
    from kodokeep.model.account import AccountOptions
    from kodokeep.model.cloud import BucketInfo, Places
    from kodokeep.model.entry import SyncedEntry
    from kodokeep.model.options import Credentials, PairOptions, TransportOptions
    from kodokeep.model.record import Approved, HeldAction, RunRecord
    from kodokeep.model.status import PairStatus
    from kodokeep.model.summary import Summary
    from kodokeep.ports import Emit, StopSignal
    from kodokeep.reporting.planfile import PlanFile
    from kodokeep.schedule.clock import Bell, Clock


class Engine(Protocol):
    """What commands ask of `kodokeep.app`."""

    def run_pair(
        self, pair: "PairOptions", credentials: "Credentials", request: "RunRequest", emit: "Emit", stop: "StopSignal"
    ) -> "Summary":
        """Run one pair. Errors are in the summary."""

    def plan_pair(
        self, pair: "PairOptions", credentials: "Credentials", request: "RunRequest", emit: "Emit", stop: "StopSignal"
    ) -> "PlanReport":
        """Plan one pair; a context manager. Raises KodokeepError."""

    def apply_pair(
        self,
        pair: "PairOptions",
        credentials: "Credentials",
        request: "RunRequest",
        plan_file: "PlanFile",
        emit: "Emit",
        stop: "StopSignal",
    ) -> "Summary":
        """Run one pair, doing just those actions of the plan file that still are what they were. Errors are in the
        summary.
        """

    def held_pair(self, pair: "PairOptions") -> "Iterator[HeldAction]":
        """What guards held in the last run, by key (rule 23)."""

    def approve_pair(self, pair: "PairOptions", prefixes: "Sequence[str]") -> "Approved":
        """Release what guards held in the last run, all of it or the keys that begin so. Raises LockHeld."""

    def pair_runs(self, pair: "PairOptions", limit: int) -> "Sequence[RunRecord]":
        """The newest runs."""

    def pair_entries(self, pair: "PairOptions", prefix: str) -> "Iterator[SyncedEntry]":
        """What is in the folder, by key."""

    def buckets(self, credentials: "Credentials", transport: "TransportOptions") -> "Sequence[BucketInfo]":
        """The account's buckets by name. Raises KodoError."""

    def places(self, bucket: str, credentials: "Credentials", transport: "TransportOptions") -> "Places":
        """Where a bucket's objects can be fetched from. Raises KodoError."""

    def check_keys(self, credentials: "Credentials", transport: "TransportOptions") -> None:
        """Ask Kodo whether keys are good. Raises KodoError."""


EXIT_ORDER = (exits.BUG, exits.WRONG_SETTING, exits.UNREACHABLE, exits.LOCKED, exits.SOME_FAILED, exits.HELD)
"""Of several pairs the first of these wins (design §10)."""


def _engine() -> Engine:
    from kodokeep import app  # noqa: PLC0415 - loads the whole engine

    return app


def _clock(bell: "Bell") -> "Clock":
    from kodokeep.schedule.clock import SystemClock  # noqa: PLC0415

    return SystemClock(bell)


def _look(pair: "PairOptions") -> "PairStatus":
    from kodokeep.status import pair_status  # noqa: PLC0415 - loads SQLite

    return pair_status(pair)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One invocation of the command line. `engine` gives the engine when it is needed; `look` tells how a pair is,
    for which no engine is loaded. `clock` gives the time, and waits that a bell ends; `chance` numbers from 0 to 1.

    `prompt` gives what asks a person, None if there is no terminal; `answers` is what was typed, as long as the process
    lives.
    """

    engine: Callable[[], Engine] = _engine
    look: "Callable[[PairOptions], PairStatus]" = _look
    clock: "Callable[[Bell], Clock]" = _clock
    chance: Callable[[], float] = random.random
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    config_path: str | None = None
    prompt: "Callable[[], Prompt | None]" = terminal_prompt
    answers: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def command(self) -> str:
        """How the user calls kodokeep, for hints that can be copied."""
        return "kodokeep" if self.config_path is None else f"kodokeep --config {shlex.quote(self.config_path)}"

    def config(self) -> "Config":
        """Find and read the config. Raises ConfigError."""
        from kodokeep.config import load  # noqa: PLC0415 - loads pydantic

        return load(self.config_path, self.env)

    def config_if_any(self) -> "Config | None":
        """The same, None if there is none and none was named. Raises ConfigError."""
        from kodokeep.config import load_if_any  # noqa: PLC0415 - loads pydantic

        return load_if_any(self.config_path, self.env)

    def checked_config(self) -> "Config":
        """The same, after the disk was asked whether folders overlap. Raises ConfigError."""
        from kodokeep.pair import check_pairs  # noqa: PLC0415 - loads SQLite

        config = self.config()
        try:
            check_pairs(config.pairs)
        except ConfigError as error:
            raise ConfigError(f"{config.path}: {error.message}", hint=error.hint) from None
        return config

    def credentials(self, config: "Config", pair: "PairOptions") -> "Credentials":
        """The keys of a pair's account, brought anew every time. Raises ConfigError."""
        return self.keys_of(config.accounts[pair.account])

    def keys_of(self, account: "AccountOptions") -> "Credentials":
        """The keys of an account that need not be in a config. Raises ConfigError."""
        from kodokeep.credentials import credentials_for  # noqa: PLC0415 - may load a keyring

        return credentials_for(account, self.env, self.asker())

    def asker(self) -> "Asker | None":
        """Whoever can be asked for a passphrase, None if nobody is there."""
        from kodokeep.credentials import Asker  # noqa: PLC0415 - see above

        prompt = self.prompt()
        return Asker(prompt, self.answers) if prompt else None


def worst(codes: Sequence[int]) -> int:
    """The exit code of a command over several pairs. An interruption ends the command, so it speaks for all."""
    return next((code for code in (exits.INTERRUPTED, *EXIT_ORDER) if code in codes), exits.DONE)
