"""`kodokeep serve`: one process that keeps the schedule of all pairs."""

import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import click

from kodokeep.cli.arguments import json_option, no_alerts_option, quiet_option, verbose_option
from kodokeep.cli.attempts import read_config
from kodokeep.cli.errands import Errands
from kodokeep.cli.overseeing import journal
from kodokeep.cli.serving import Attention, MetricsPage, Voice, asked_by_signals
from kodokeep.cli.session import Session
from kodokeep.errors import ConfigError
from kodokeep.machine import local_zone
from kodokeep.reporting.text import Verbosity
from kodokeep.schedule.clock import Bell
from kodokeep.schedule.crew import Processes
from kodokeep.schedule.happenings import Happening, JournalTrouble
from kodokeep.schedule.notify import Notifier, without_service
from kodokeep.schedule.past import Past
from kodokeep.schedule.planned import Timetable
from kodokeep.schedule.serve import Company, Loop
from kodokeep.schedule.settings import Settings

AT_ONCE = 4
"""So that a long first backup, or three, hold nobody up; each takes the memory of a run."""

PROGRAM = (sys.executable, "-P", "-m", "kodokeep")
"""Ourselves, and nothing that lies in the directory we were called in."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the options ask for."""

    at_once: int
    no_alerts: bool
    as_json: bool
    verbosity: Verbosity

    def flags(self) -> list[str]:
        """The same for each run."""
        talkative = {Verbosity.QUIET: ["--quiet"], Verbosity.VERBOSE: ["--verbose"]}.get(self.verbosity, [])
        return [*(["--json"] if self.as_json else []), *(["--no-alerts"] if self.no_alerts else []), *talkative]


@click.command("serve", short_help="Keep the schedule of all pairs, until it is told to end.")
@click.option(
    "--at-once",
    metavar="N",
    type=click.IntRange(min=1),
    default=AT_ONCE,
    help=f"So many runs side by side, at most; {AT_ONCE} if not given.",
)
@no_alerts_option
@json_option
@quiet_option
@verbose_option
@click.pass_obj
def command(session: Session, at_once: int, no_alerts: bool, as_json: bool, verbosity: Verbosity) -> int:
    """Run every pair of the config that has a schedule, whenever it is due, until SIGTERM or Ctrl-C.

    What was missed while this machine slept, or was off, is caught up once. A run that could not reach Kodo is repeated
    after 1, 5, 15 and 30 minutes. Each run is a process of its own, which reads config and keys anew; the config is
    also read again when it changes, and on SIGHUP.

    The first SIGTERM or Ctrl-C waits for what has begun to end in order, the second does not.

    \b
    Example:
      kodokeep serve --at-once 2
    """
    wanted = _Wanted(at_once, no_alerts, as_json, verbosity)
    config = read_config(session, alerts=not no_alerts, scheduled=True)
    if all(pair.schedule is None for pair in config.pairs):
        raise ConfigError(
            f"{config.path}: no pair has a schedule, so there is nothing to do",
            hint="write, for example, schedule = daily 03:00 into [defaults]",
        )
    # Where we were called may be removed while we work, and $KODOKEEP_CONFIG may be another one's.
    path = str(Path(config.path).absolute())
    _serve(replace(session, config_path=path), path, wanted)
    return 0


def _serve(session: Session, path: str, wanted: _Wanted) -> None:
    settings = Settings(session.checked_config)
    bell = Bell()
    clock = session.clock(bell)
    voice = Voice(settings, clock, as_json=wanted.as_json, verbosity=wanted.verbosity)
    page = MetricsPage(session, settings)

    def tell(happening: Happening) -> None:
        voice.tell(happening)
        page.follow(happening)

    past = Past(journal(), lambda message: tell(JournalTrouble(message)))
    crew = Processes([*PROGRAM, "--config", path], wanted.flags(), without_service(session.env), bell)
    with closing(page), closing(Errands()) as errands, asked_by_signals(bell, crew.kill) as asked:
        page.open()
        attention = Attention(session, settings, clock, errands, alerts=not wanted.no_alerts)
        company = Company(clock, crew, attention, Notifier(session.env), tell, voice.present)
        timetable = Timetable(past, session.chance, local_zone)
        Loop(settings, timetable, past, company, wanted.at_once, asked.reread).keep(asked.stop)
