"""`kodokeep run`: the main job."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import click

from kodokeep.cli.arguments import (
    bandwidth_option,
    json_option,
    names_argument,
    no_alerts_option,
    quiet_option,
    verbose_option,
)
from kodokeep.cli.attempts import Attempts, read_config
from kodokeep.cli.interrupts import stop_on_signals
from kodokeep.cli.listeners import run_listeners
from kodokeep.cli.output import put_json, regardless, talk
from kodokeep.cli.overseeing import journal, overseer_of
from kodokeep.cli.schedule_text import waits, when, zone_of
from kodokeep.cli.session import Session, worst
from kodokeep.errors import ConfigError
from kodokeep.machine import local_zone
from kodokeep.model.bandwidth import Bandwidth
from kodokeep.model.options import PairOptions
from kodokeep.planning.timetable import next_due
from kodokeep.reporting.text import Verbosity
from kodokeep.reporting.units import instant
from kodokeep.schedule.clock import Bell, Clock
from kodokeep.schedule.due import delay_s
from kodokeep.schedule.past import Past
from kodokeep.schedule.planned import Timetable
from kodokeep.schedule.turns import Turn, take_turns

if TYPE_CHECKING:
    from kodokeep.config import Config


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options ask for. `tried` is None unless somebody else waits and repeats: so many tries were made."""

    accept_changes: bool
    adopt: bool
    scheduled: bool
    due: bool
    tried: int | None
    bandwidth: Bandwidth | None
    no_alerts: bool
    as_json: bool
    verbosity: Verbosity

    @property
    def once(self) -> bool:
        """True if one attempt is all: somebody else waits and repeats."""
        return self.tried is not None

    @property
    def alerts(self) -> bool:
        """True if whoever wants to hear how it went is told."""
        return not self.no_alerts

    def check(self) -> None:
        """Raises UsageError for options that cannot go together."""
        if self.scheduled and (self.accept_changes or self.adopt):
            raise click.UsageError(
                "--scheduled: what guards hold is released by a person, each time anew, not by --accept-changes or"
                " --adopt in a schedule"
            )


@click.command("run", short_help="Bring the pairs of the config in step, each in its mode.")
@names_argument
@click.option("--accept-changes", is_flag=True, help="Do what guards hold back, too.")
@click.option("--adopt", is_flag=True, help="Accept a folder that was moved or restored, or a changed mode or prefix.")
@click.option("--due", is_flag=True, help="Only the pairs whose schedule has come since they were run last.")
@click.option(
    "--scheduled", is_flag=True, help="As a timer starts it: delayed by chance (jitter), repeated if Kodo is away."
)
@click.option("--tried", type=click.IntRange(min=0), hidden=True)
@bandwidth_option
@no_alerts_option
@json_option
@quiet_option
@verbose_option
@click.pass_obj
def command(session: Session, /, names: Sequence[str], **options: Any) -> int:
    """Back up, sync or publish all pairs of the config, or the named ones, each in its mode.

    Only new and changed contents travel; what a run replaces or removes, on either side, is kept in history. Press
    Ctrl-C once to finish in order, twice to stop at once; either way the next run goes on from there.

    \b
    In the lines of --verbose:
      +  comes        ~  is replaced    -  goes to history
      >  is renamed   !  is a conflict  =  is recorded only
      *  is asked to thaw
      ↑  stands before what happens in the bucket

    \b
    Example:
      kodokeep run photos -v
    """
    from kodokeep.app import RunRequest  # noqa: PLC0415 - loads the whole engine

    wanted = Wanted(**options)
    wanted.check()
    bell = Bell()
    config = read_config(session, names, alerts=wanted.alerts, scheduled=wanted.scheduled)
    runs = _Runs(session, config, wanted, session.clock(bell))
    overseer = overseer_of(session, config, alerts=wanted.alerts, clock=runs.clock.now_s)
    turns = runs.turns(names)
    listeners = run_listeners(
        session.command, as_json=wanted.as_json, verbosity=wanted.verbosity, progress=not wanted.once
    )
    with stop_on_signals(ring=bell.ring) as stop, listeners as listener:
        request = RunRequest(wanted.accept_changes, wanted.adopt, bandwidth=wanted.bandwidth)
        attempts = Attempts(session, config, overseer, request, listener, stop, runs.clock, wanted)
        codes = take_turns(turns, attempts.make, runs.clock, stop, runs.tell_wait)
        if not stop.is_set():
            overseer.look_after_all(runs.clock.now_s())
    return worst(codes)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Which pairs are run, and when."""

    session: Session
    config: "Config"
    wanted: Wanted
    clock: Clock

    def turns(self, names: Sequence[str]) -> list[Turn]:
        """A turn for each pair that is to be run. Raises ConfigError."""
        pairs = self.config.chosen(names)
        if self.wanted.due:
            return self._due(pairs, by_name=bool(names))
        now_s = self.clock.now_s()
        late = self.wanted.scheduled and not self.wanted.once
        return [
            Turn(now_s + self._delay_s(pair, now_s) if late else now_s, place, pair.name, self.wanted.tried or 0)
            for place, pair in enumerate(pairs)
        ]

    def tell_wait(self, turn: Turn, code: int) -> None:
        """Say that a run waits, and why."""
        now_s = self.clock.now_s()
        self._tell(turn.name, waits(turn.at_s, now_s, self._zone(turn.name), code), "waiting", turn.at_s)

    def _delay_s(self, pair: PairOptions, now_s: float) -> float:
        if pair.schedule is None:
            return 0.0
        now = datetime.fromtimestamp(now_s, UTC)
        return delay_s(pair.schedule, now, next_due(pair.schedule, now, local_zone()), self.session.chance())

    def _due(self, pairs: Sequence[PairOptions], *, by_name: bool) -> list[Turn]:
        timetable = Timetable(Past(journal(), talk), self.session.chance, local_zone)
        now_s = self.clock.now_s()
        turns: list[Turn] = []
        unscheduled = [pair.name for pair in pairs if pair.schedule is None]
        if unscheduled and (by_name or len(unscheduled) == len(pairs)):
            which = f"[bucket:{unscheduled[0]}] has no schedule" if by_name else "no pair has a schedule"
            raise ConfigError(
                f"{self.config.path}: {which}, so it is never due", hint="write, for example, schedule = daily 03:00"
            )
        for place, (pair, schedule) in enumerate((pair, pair.schedule) for pair in pairs if pair.schedule is not None):
            planned = timetable.begins(pair, schedule, now_s)
            if planned.outlook.begins.timestamp() > now_s:
                said = when(planned.outlook.begins, now_s, self._zone(pair.name))
                self._tell(pair.name, f"not due; next run {said}", "not_due", planned.outlook.begins.timestamp())
                continue
            at_s = planned.begins.timestamp() if self.wanted.scheduled else now_s
            turns.append(Turn(at_s, place, pair.name, planned.outlook.tries))
        return turns

    def _tell(self, name: str, said: str, event: str, at_s: float) -> None:
        if self.wanted.as_json:
            regardless(put_json)({"event": event, "name": name, "at": instant(at_s)})
        elif self.wanted.verbosity > Verbosity.QUIET:
            talk(f"{name}: {said}")

    def _zone(self, name: str) -> tzinfo:
        return zone_of(self.config.pairs, name)
