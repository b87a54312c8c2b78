"""`kodokeep serve`: one process that keeps the schedule of all pairs."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType

import click

from kodokeep.cli.arguments import json_option, quiet_option, verbose_option
from kodokeep.cli.attempts import never, read_config
from kodokeep.cli.errands import Errands
from kodokeep.cli.interrupts import stop_on_signals
from kodokeep.cli.output import put_json, regardless, talk
from kodokeep.cli.overseen import journal, overseer
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
from kodokeep.schedule.crew import Processes
from kodokeep.schedule.happenings import Happening, JournalTrouble, Standing
from kodokeep.schedule.notify import Notifier, without_service
from kodokeep.schedule.past import Past
from kodokeep.schedule.planned import Timetable
from kodokeep.schedule.serve import Company, Keeper
from kodokeep.schedule.settings import Settings
from kodokeep.schedule.zone import local_zone

AT_ONCE = 4
"""So that one long first backup, or three, hold nobody up; each takes the memory of a run."""

PROGRAM = (sys.executable, "-P", "-m", "kodokeep")
"""Ourselves, whatever directory we were called in."""


@click.command("serve", short_help="Keep the schedule of all pairs, until it is told to end.")
@click.option(
    "--at-once",
    metavar="N",
    type=click.IntRange(min=1),
    default=AT_ONCE,
    help=f"Runs side by side, at most. [{AT_ONCE}]",
)
@json_option
@quiet_option
@verbose_option
@click.pass_obj
def command(session: Session, at_once: int, as_json: bool, verbosity: Verbosity) -> int:
    """Run every pair of the config that has a schedule, whenever it is due, until SIGTERM or Ctrl-C.

    What was missed while this machine slept, or was off, is caught up once. A run that could not reach Kodo is repeated
    after 1, 5, 15 and 30 minutes. Each run is a process of its own, which reads config and keys anew; the config is
    also read again when it changes, and on SIGHUP.

    The first SIGTERM or Ctrl-C waits for what has begun to end in order, the second does not.
    """
    config = read_config(session, scheduled=True)
    if all(pair.schedule is None for pair in config.pairs):
        raise ConfigError(
            f"{config.path}: no pair has a schedule, so there is nothing to do",
            hint="write, for example, schedule = daily 03:00 into [defaults]",
        )
    # Where we were called may be removed while we work, and $KODOKEEP_CONFIG may be another one's.
    session = replace(session, config_path=str(Path(config.path).absolute()))
    settings = Settings(session.checked_config)
    bell, errands = Bell(), Errands()
    clock = session.clock(bell)
    voice = _Voice(settings, clock, as_json=as_json, verbosity=verbosity)
    crew = Processes(
        _program(session), _flags(as_json=as_json, verbosity=verbosity), without_service(session.env), bell
    )
    past = Past(journal(), lambda message: voice.tell(JournalTrouble(message)))
    company = Company(
        clock, crew, _Attention(session, settings, clock, errands), Notifier(session.env), voice.tell, voice.standing
    )
    with _signals(bell, crew.kill) as asked:
        timetable = Timetable(past, session.chance, local_zone)
        Keeper(settings, timetable, past, company, at_once, asked.reread).keep(asked.stop)
    errands.close()
    return 0


def _program(session: Session) -> list[str]:
    assert session.config_path is not None
    return [*PROGRAM, "--config", session.config_path]


def _flags(*, as_json: bool, verbosity: Verbosity) -> list[str]:
    talkative = {Verbosity.QUIET: ["--quiet"], Verbosity.VERBOSE: ["--verbose"]}.get(verbosity, [])
    return [*(["--json"] if as_json else []), *talkative]


@dataclass(slots=True)
class _Asked:
    """What signals asked for."""

    stop: threading.Event
    reread_wanted: bool = False

    def reread(self) -> bool:
        """True if the config is to be read again; once for each time that it was asked."""
        wanted, self.reread_wanted = self.reread_wanted, False
        return wanted


@contextmanager
def _signals(bell: Bell, kill: Callable[[], None]) -> Iterator[_Asked]:
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
        asked = _Asked(stop)
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
class _Voice:
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

    def standing(self, standing: Standing) -> str:
        """What goes on, in a few words."""
        return self._text().standing(standing)

    def _text(self) -> ServeText:
        return ServeText(self.clock.now_s, partial(zone_of, self.settings.config.pairs))


@dataclass(frozen=True, slots=True)
class _Attention:
    """Oversight of what no run can tell by itself, beside the schedule."""

    session: Session
    settings: Settings
    clock: Clock
    errands: Errands

    def died(self, pair: PairOptions, error: str) -> None:
        """Write it down as an attempt, and alert."""
        watched = overseer(self.session, self.settings.config)

        def work() -> Summary:
            raise KodokeepError(error)

        told = partial(exit_code, pair, work, watched.listener(pair))
        self.errands.run(partial(watched.around, pair, told, scheduled=True, repeated=never))

    def cannot_start(self, error: KodokeepError, subject: str) -> None:
        """Alert, by what can be read of the config."""
        self.errands.run(partial(overseer(self.session, None).cannot_start, error, subject))

    def look_after_all(self) -> None:
        """Look for pairs that are stale or missed their run."""
        watched = overseer(self.session, self.settings.config)
        self.errands.run(lambda: watched.look_after_all(self.clock.now_s()))
