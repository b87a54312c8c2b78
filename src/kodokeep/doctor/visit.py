"""A visit: what is to be looked at, with what, and how thoroughly. The same for all checks."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kodokeep.config import Config
from kodokeep.credentials import KeysOrigin
from kodokeep.model.account import AccountOptions
from kodokeep.model.alert import ChannelOptions
from kodokeep.model.finding import Finding
from kodokeep.model.options import Credentials, PairOptions


class Messenger(Protocol):
    """Reaches those who are told of runs. What it answers holds no secret."""

    def send_test(self, channels: Sequence[ChannelOptions]) -> Mapping[str, str]:
        """Send a test alert to all of these channels; why it failed where it did, by name."""

    def reach(self, url: str) -> str:
        """Why the host of a heartbeat cannot be reached, empty if it can. It must not take this for a heartbeat."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is looked at. `command` is how the user calls kodokeep, for mending steps that can be copied.

    `quick` leaves out what takes long, `messenger` None tells nobody. `timers` tells whether a pair's timer is
    installed. `stop` breaks the visit off.
    """

    config: Config
    pairs: tuple[PairOptions, ...]
    env: Mapping[str, str]
    credentials: Callable[[PairOptions], Credentials]
    origin_of_keys: Callable[[AccountOptions], KeysOrigin]
    command: str = "kodokeep"
    quick: bool = False
    messenger: Messenger | None = None
    timers: Callable[[PairOptions], Iterable[Finding]] = field(default=lambda _pair: ())
    stop: threading.Event = field(default_factory=threading.Event)
    now_s: Callable[[], float] = time.time
