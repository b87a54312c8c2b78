"""What `serve` is surrounded by: signals, words, oversight and `/metrics`. The loop itself is `schedule.serve`."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

from kodokeep.cli.errands import Errands
from kodokeep.cli.interrupts import stop_on_signals
from kodokeep.cli.output import put_json, regardless, say, talk
from kodokeep.cli.overseeing import overseer_of, tell_unstarted
from kodokeep.cli.running import exit_code
from kodokeep.cli.schedule_text import zone_of
from kodokeep.cli.serve_text import ServeText, json_fields
from kodokeep.cli.session import Session
from kodokeep.errors import ConfigError, KodokeepError
from kodokeep.model.options import PairOptions
from kodokeep.model.summary import Summary
from kodokeep.reporting.text import Tone, Verbosity
from kodokeep.reporting.units import printable_lines
from kodokeep.schedule.clock import Bell, Clock
from kodokeep.schedule.happenings import Happening, Present, SettingsRead
from kodokeep.schedule.settings import Settings

if TYPE_CHECKING:
    from kodokeep.oversight.overseer import Overseer
    from kodokeep.reporting.metrics import MetricsServer


@dataclass(slots=True)
class Asked:
    """What signals asked for."""

    stop: threading.Event
    reread_wanted: bool = False

    def reread(self) -> bool:
        """True if the config is to be read again; once for each time that it was asked."""
        wanted, self.reread_wanted = self.reread_wanted, False
        return wanted


@contextmanager
def asked_by_signals(bell: Bell, kill: Callable[[], None]) -> Iterator[Asked]:
    """SIGTERM and Ctrl-C end it, the second time at once and with all runs. SIGHUP reads the config again; but if it
    comes because our terminal was closed, it ends us, too.
    """
    at_terminal = os.isatty(2)

    def leave(code: int) -> None:
        kill()
        os._exit(code)

    def hung_up(_signal: int, _frame: FrameType | None) -> None:
        if at_terminal and not os.isatty(2):
            asked.stop.set()
        else:
            asked.reread_wanted = True
        bell.ring()

    with stop_on_signals(say=_say_nothing, leave=leave, ring=bell.ring) as stop:
        asked = Asked(stop)
        number = getattr(signal, "SIGHUP", None)  # Windows has none
        before = signal.signal(number, hung_up) if number is not None else None
        try:
            yield asked
        finally:
            if number is not None:
                signal.signal(number, before)


def _say_nothing(_text: str) -> None:
    """That it ends is told as one of the things that happen."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Tells what happens: to scripts on stdout, to people on stderr."""

    settings: Settings
    clock: Clock
    as_json: bool
    verbosity: Verbosity

    def tell(self, happening: Happening) -> None:
        """Say it, if it is to be said."""
        if self.as_json:
            regardless(put_json)(json_fields(happening))
        line = self._text().line(happening)
        needs_attention = line.tone in (Tone.WARNING, Tone.ERROR)
        if needs_attention or (line.least <= self.verbosity and not self.as_json):
            talk(printable_lines(line.text).replace("\n", "\n          "))

    def present(self, present: Present) -> str:
        """What goes on, in a few words."""
        return self._text().present(present)

    def _text(self) -> ServeText:
        return ServeText(self.clock.now_s, partial(zone_of, self.settings.config.pairs))


@dataclass(frozen=True, slots=True)
class Attention:
    """Oversight of what no run can tell by itself, beside the schedule."""

    session: Session
    settings: Settings
    clock: Clock
    errands: Errands
    alerts: bool

    def died(self, pair: PairOptions, error: str) -> None:
        """Write it down as an attempt, and alert."""
        overseer = self._overseer()
        emit = overseer.listener(pair)

        def work() -> Summary:
            raise KodokeepError(error)

        self.errands.run(partial(overseer.around, pair, partial(exit_code, pair, work, emit), scheduled=True))

    def cannot_start(self, error: KodokeepError) -> None:
        """Alert those who can be made out of the config."""
        if self.alerts:
            self.errands.run(partial(tell_unstarted, self.session, error, names=(), scheduled=True))

    def look_after_all(self) -> None:
        """Look for pairs that are stale or missed their run."""
        overseer = self._overseer()
        self.errands.run(lambda: overseer.look_after_all(self.clock.now_s()))

    def _overseer(self) -> "Overseer":
        return overseer_of(self.session, self.settings.config, alerts=self.alerts)


class MetricsPage:
    """`/metrics` at the address that the config names, if it names one."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self._session = session
        self._settings = settings
        self._address: str | None = None
        self._server: MetricsServer | None = None

    def open(self) -> None:
        """Listen where the config says now. Raises ConfigError if nothing can listen there."""
        address = self._settings.config.metrics.listen
        if address == self._address:
            return
        self.close()
        if address is not None:
            from kodokeep.reporting.metrics import serve_metrics  # noqa: PLC0415 - loads prometheus_client

            self._server = serve_metrics(
                address, lambda: [self._session.look(pair) for pair in self._settings.config.pairs]
            )
        self._address = address

    def follow(self, happening: Happening) -> None:
        """Listen elsewhere if the config says so now. That it cannot is no reason to run nothing."""
        if isinstance(happening, SettingsRead):
            try:
                self.open()
            except ConfigError as error:
                say(error.message)

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        self._server = self._address = None
