"""A visit: what is to be looked at, with what, and how thoroughly. The same for all checks."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kodokeep.config import Config
from kodokeep.model.account import AccountOptions, variables
from kodokeep.model.alert import ChannelOptions
from kodokeep.model.finding import Finding
from kodokeep.model.options import Credentials, PairOptions


class KeySource(Protocol):
    """Where an account's keys come from."""

    @property
    def source(self) -> str:
        """For people, such as "the environment" or "the OS keyring"."""

    @property
    def stored_at(self) -> datetime | None:
        """When they were put there, None if nobody knows."""

    @property
    def of_this_shell(self) -> bool:
        """True if a run that a timer starts would not have them."""


class Messenger(Protocol):
    """Reaches those who are told of runs. The answers are empty if it worked, else why not; they hold no secret."""

    def send_test(self, channel: ChannelOptions) -> str:
        """Send a test alert to a channel."""

    def reach(self, url: str) -> str:
        """Whether the host of a heartbeat can be reached; the heartbeat itself is not told anything."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is looked at. `command` is how the user calls kodokeep, for mending steps that can be copied.

    `quick` leaves out what takes long, `messenger` None tells nobody. `timers` tells whether a pair's timer is
    installed. `stop` breaks the visit off.
    """

    config: Config
    pairs: tuple[PairOptions, ...]
    env: Mapping[str, str]
    credentials: Callable[[AccountOptions], Credentials]
    describe_keys: Callable[[AccountOptions], KeySource]
    command: str = "kodokeep"
    quick: bool = False
    messenger: Messenger | None = None
    timers: Callable[[PairOptions], Iterable[Finding]] = field(default=lambda _pair: ())
    stop: threading.Event = field(default_factory=threading.Event)
    now_s: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class _FromEnvironment:
    """Keys that the environment brings."""

    source: str
    stored_at: datetime | None = None
    of_this_shell: bool = True


def source_of(account: AccountOptions, _env: Mapping[str, str]) -> KeySource:
    """Where the keys of an account come from."""
    return _FromEnvironment(f"${variables(account.name)[0]} and ${variables(account.name)[1]}")
