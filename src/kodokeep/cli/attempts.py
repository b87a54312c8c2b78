"""One attempt to run a pair, as `run` makes it: what it needs is brought anew, and it is surrounded by oversight."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from kodokeep.cli.overseeing import overseer_of, told_if_unstarted
from kodokeep.cli.running import exit_code
from kodokeep.cli.session import Session
from kodokeep.machine import local_zone
from kodokeep.model.options import PairOptions
from kodokeep.model.summary import Summary
from kodokeep.planning.timetable import next_due
from kodokeep.ports import Emit, StopSignal
from kodokeep.reporting.fanout import fan_out
from kodokeep.schedule.clock import Clock
from kodokeep.schedule.due import REPEATED, again
from kodokeep.schedule.turns import Attempted, Turn

if TYPE_CHECKING:
    from kodokeep.app import RunRequest
    from kodokeep.config import Config
    from kodokeep.oversight.overseer import Overseer


def read_config(session: Session, names: Sequence[str] = (), *, alerts: bool, scheduled: bool) -> "Config":
    """The config, checked, which has pairs of these names. Raises ConfigError, of which those who wait are told."""
    with told_if_unstarted(session, alerts=alerts, names=names, scheduled=scheduled):
        config = session.checked_config()
        config.chosen(names)
        return config


class Kind(Protocol):
    """What kind of attempts: of a schedule, repeated by themselves or not, and told of or not."""

    @property
    def scheduled(self) -> bool:
        """True if a timer or `serve` wants them, and nobody sits before them."""

    @property
    def once(self) -> bool:
        """True if one attempt is all: somebody else waits and repeats."""

    @property
    def alerts(self) -> bool:
        """True if whoever wants to hear of them is told."""


@dataclass(slots=True)
class _Repeat:
    """Decides whether a scheduled attempt is repeated, and remembers when."""

    pair: PairOptions
    tries: int
    clock: Clock
    stop: StopSignal
    at_s: float | None = None

    def decide(self, code: int) -> bool:
        """True if an attempt that ended so is not the last one."""
        if code in REPEATED and not self.stop.is_set():
            now_s = self.clock.now_s()
            self.at_s = again(now_s, self.tries, self._next_s(now_s))
        return self.at_s is not None

    def _next_s(self, now_s: float) -> float | None:
        if self.pair.schedule is None:
            return None
        return next_due(self.pair.schedule, datetime.fromtimestamp(now_s, UTC), local_zone()).timestamp()


@dataclass(frozen=True, slots=True)
class Attempts:
    """Makes the attempts of one command. Those of a schedule read the config again: it may have been mended.

    `overseer` is that of `config`; another config has its own.
    """

    session: Session
    config: "Config"
    overseer: "Overseer"
    request: "RunRequest"
    listener: Callable[[str], Emit]
    stop: StopSignal
    clock: Clock
    kind: Kind

    def make(self, turn: Turn) -> Attempted:
        """Run the pair; gives its exit code, and when it is to be tried again. Raises ConfigError."""
        config = self._config(turn.name)
        (pair,) = config.chosen([turn.name])
        overseer = self._overseer_of(config)
        emit = fan_out(self.listener(pair.name), overseer.listener(pair))
        work = partial(exit_code, pair, partial(self._run, config, pair, emit), emit)
        repeat = _Repeat(pair, turn.tries + 1, self.clock, self.stop)
        if not self.kind.scheduled:
            return overseer.around(pair, work), None
        code = overseer.around(pair, work, scheduled=True, repeated=repeat.decide)
        return code, None if self.kind.once else repeat.at_s

    def _overseer_of(self, config: "Config") -> "Overseer":
        if config == self.config:
            return self.overseer
        return overseer_of(self.session, config, alerts=self.kind.alerts, clock=self.clock.now_s)

    def _config(self, name: str) -> "Config":
        if not self.kind.scheduled:
            return self.config
        return read_config(self.session, [name], alerts=self.kind.alerts, scheduled=True)

    def _run(self, config: "Config", pair: PairOptions, emit: Emit) -> Summary:
        credentials = self.session.credentials(config, pair)
        return self.session.engine().run_pair(pair, credentials, self.request, emit, self.stop)
