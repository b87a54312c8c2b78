"""One attempt to run a pair, as `run` makes it: what it needs is brought anew, and it is surrounded by oversight."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from kodokeep.cli.overseen import overseer
from kodokeep.cli.running import exit_code
from kodokeep.cli.session import Session
from kodokeep.errors import ConfigError
from kodokeep.model.options import PairOptions
from kodokeep.model.summary import Summary
from kodokeep.planning.timetable import next_due
from kodokeep.ports import Emit, StopSignal
from kodokeep.reporting.fanout import fan_out
from kodokeep.schedule.clock import Clock
from kodokeep.schedule.due import REPEATED, again
from kodokeep.schedule.turns import Attempted, Turn
from kodokeep.schedule.zone import local_zone

if TYPE_CHECKING:
    from kodokeep.app import RunRequest
    from kodokeep.config import Config


def read_config(session: Session, names: Sequence[str] = (), *, scheduled: bool) -> "Config":
    """The config, checked, which has pairs of these names. Raises ConfigError.

    One that cannot be used concerns whoever waits for runs. A name that it does not have concerns whoever typed it, or
    those who wait, if nobody did.
    """
    try:
        config = session.checked_config()
    except ConfigError as error:
        _alert(session, None, error)
        raise
    try:
        config.chosen(names)
    except ConfigError as error:
        if scheduled:
            _alert(session, config, error)
        raise
    return config


def _alert(session: Session, config: "Config | None", error: ConfigError) -> None:
    subject = config.path if config is not None else session.config_path or "config.ini"
    overseer(session, config).cannot_start(error, subject)


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
    """Makes the attempts of one command. Those of a schedule read the config again: it may have been mended. An attempt
    that is `alone` is repeated by somebody else.
    """

    session: Session
    config: "Config"
    request: "RunRequest"
    listener: Callable[[str], Emit]
    stop: StopSignal
    clock: Clock
    scheduled: bool
    alone: bool

    def make(self, turn: Turn) -> Attempted:
        """Run the pair; gives its exit code, and when it is to be tried again. Raises ConfigError."""
        config = read_config(self.session, [turn.name], scheduled=True) if self.scheduled else self.config
        (pair,) = config.chosen([turn.name])
        watched = overseer(self.session, config, self.clock.now_s)
        emit = fan_out(self.listener(pair.name), watched.listener(pair))
        work = partial(exit_code, pair, partial(self._run, config, pair, emit), emit)
        repeat = _Repeat(pair, turn.tries + 1, self.clock, self.stop)
        repeated = repeat.decide if self.scheduled else never
        code = watched.around(pair, work, scheduled=self.scheduled, repeated=repeated)
        return code, None if self.alone else repeat.at_s

    def _run(self, config: "Config", pair: PairOptions, emit: Emit) -> Summary:
        credentials = self.session.credentials(config, pair)
        return self.session.engine().run_pair(pair, credentials, self.request, emit, self.stop)


def never(_code: int) -> bool:
    """No attempt is repeated, however it ended."""
    return False
