"""The loop that keeps the schedule of all pairs: look at the clock, start what is due, wait. No pair twice at once.

What belongs here: what happens at a look. What does not: when a pair is due (`due`), how a run is done (`crew`), what
is said (`cli`), and whom it is told to (`oversight`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kodokeep import exits
from kodokeep.errors import KodokeepError
from kodokeep.model.options import PairOptions
from kodokeep.model.record import Attempt
from kodokeep.pair import journal_key
from kodokeep.ports import StopSignal
from kodokeep.schedule.clock import LOOK_S, Clock
from kodokeep.schedule.crew import Crew, Ended
from kodokeep.schedule.due import FINISHED, REPEATED
from kodokeep.schedule.happenings import (
    Begun,
    Blocked,
    ClockJumped,
    Died,
    Finished,
    Present,
    Queued,
    SettingsBroken,
    SettingsRead,
    Stopping,
    Tell,
    Unscheduled,
    Waiting,
)
from kodokeep.schedule.notify import Notifier
from kodokeep.schedule.past import Past
from kodokeep.schedule.planned import Planned, Timetable
from kodokeep.schedule.settings import Settings

LATE_S = 120.0
"""A run that begins later than this is told why: it was missed, or waited."""

JUMP_S = 60.0
"""The clock was set, or the machine slept, if it shows so much more or less than was waited for."""

ROUND_S = 3600.0
"""How often the whole config is looked after, and this machine's time zone looked up."""

EDITED_S = 300.0
"""A config may be broken so long while somebody edits it, before anybody is alerted."""

OF_A_RUN = FINISHED | REPEATED | {exits.INTERRUPTED}
"""Exit codes that only a run has that came so far as to tell whom it concerns."""


class Attention(Protocol):
    """Whom it concerns is told; takes its time, but not ours."""

    def died(self, pair: PairOptions, error: str) -> None:
        """A run of the pair came to no end of its own and could not tell anybody: write it down, alert."""

    def cannot_start(self, error: KodokeepError) -> None:
        """Nothing can be run, as the config is broken."""

    def look_after_all(self) -> None:
        """Look for pairs that are stale or missed their run."""


@dataclass(frozen=True, slots=True)
class Company:
    """Whom the loop works with."""

    clock: Clock
    crew: Crew
    attention: Attention
    notifier: Notifier
    tell: Tell
    describe: Callable[[Present], str]


@dataclass(slots=True)
class _Work:
    """A run that is going on."""

    pair: PairOptions
    began_s: float


@dataclass(slots=True)
class Loop:
    """Keeps the schedule of `settings`, at most `at_once` runs side by side. `reread` tells whether somebody asked for
    the config to be read at once.
    """

    settings: Settings
    timetable: Timetable
    past: Past
    company: Company
    at_once: int
    reread: Callable[[], bool]
    _at_work: dict[str, _Work] = field(default_factory=dict)
    _told: set[tuple[str, datetime]] = field(default_factory=set)
    _alerted: bool = False
    _looked_s: float = 0.0
    _expected_s: float = 0.0
    _round_s: float = 0.0

    def keep(self, stop: StopSignal) -> None:
        """Keep it until `stop` is set, then until the runs that have begun are over."""
        self._looked_s = self._expected_s = self._round_s = self.company.clock.now_s()
        self._announce(self._looked_s)
        self.company.notifier.ready()
        while not stop.is_set():
            now_s = self.company.clock.now_s()
            self._look(now_s)
            self._wait(now_s)
        self._end()

    def _look(self, now_s: float) -> None:
        self._notice_jump(now_s)
        self._reap(now_s)
        self._refresh(now_s)
        self._start_due(now_s)
        if now_s - self._round_s >= ROUND_S:
            self._round_s = now_s
            self.timetable.forget()
            self.company.attention.look_after_all()
        self.company.notifier.alive()
        self.company.notifier.status(self.company.describe(self._present(now_s)))

    def _wait(self, now_s: float) -> None:
        """Until something is due, or it is time for another look. What is due and waits for others is no reason."""
        ahead = (planned.begins.timestamp() for _, planned in self._plans(now_s) if not planned.is_due(now_s))
        self._looked_s = now_s
        self._expected_s = min((now_s + self._look_s(), *ahead))
        self.company.clock.wait(self._expected_s)

    def _look_s(self) -> float:
        watchdog_s = self.company.notifier.watchdog_s
        return LOOK_S if watchdog_s is None else min(LOOK_S, watchdog_s / 2)

    def _notice_jump(self, now_s: float) -> None:
        """Back: what was planned may lie ahead now. Forward: what was left out is due, and the next step sees it."""
        if now_s < self._looked_s - JUMP_S:
            self.company.tell(ClockJumped(now_s - self._looked_s))
            self.timetable.forget()
            self._round_s = now_s
        elif now_s > self._expected_s + JUMP_S:
            self.company.tell(ClockJumped(now_s - self._expected_s))

    def _reap(self, now_s: float) -> None:
        for ended in self.company.crew.ended():
            work = self._at_work.pop(ended.name)
            self._finished(work, ended, now_s)

    def _finished(self, work: _Work, ended: Ended, now_s: float) -> None:
        code = exits.BUG if ended.exit is None else ended.exit
        attempt = Attempt(work.began_s, scheduled=True, ended_s=max(now_s, work.began_s), exit=code, error=ended.error)
        on_record = self.past.saw(journal_key(work.pair), attempt)
        self.timetable.forget(ended.name)
        if ended.exit is None:
            self._died(work.pair, ended.error)
        elif not on_record and ended.exit not in OF_A_RUN:
            self._died(work.pair, f"the run ended before it began, with exit code {ended.exit}")
        else:
            self.company.tell(Finished(ended.name, ended.exit))
        self._tell_plan(ended.name, now_s)

    def _tell_plan(self, name: str, now_s: float) -> None:
        for pair, planned in self._plans(now_s):
            if pair.name == name and not planned.is_due(now_s):
                self.company.tell(Waiting(name, planned.begins, again=planned.outlook.tries > 0))

    def _died(self, pair: PairOptions, error: str) -> None:
        self.company.tell(Died(pair.name, error))
        self.company.attention.died(pair, error)

    def _refresh(self, now_s: float) -> None:
        asked = self.reread()
        if asked:
            self.company.notifier.reloading()
        if self.settings.refresh(now_s, anyway=asked):
            self._tell_settings(now_s)
        if asked:
            self.company.notifier.ready()
        error = self.settings.error
        if error is not None and not self._alerted and now_s - self.settings.broken_since_s >= EDITED_S:
            self._alert(error)

    def _tell_settings(self, now_s: float) -> None:
        if self.settings.error is not None:
            self.company.tell(SettingsBroken(self.settings.error))
            return
        self._alerted = False
        self.company.tell(SettingsRead(self.settings.config.path))
        self._told.clear()
        self.timetable.forget()
        self._announce(now_s)

    def _alert(self, error: KodokeepError) -> None:
        self._alerted = True
        self.company.attention.cannot_start(error)

    def _start_due(self, now_s: float) -> None:
        due = sorted(self._due(now_s), key=lambda each: each[1].begins)
        if self.settings.error is not None:
            self._cannot_start(due, self.settings.error)
            return
        for pair, planned in due:
            if len(self._at_work) < self.at_once:
                self.timetable.forget(pair.name)
                self._start_if_due(pair, now_s)
            elif self._first_time(pair, planned):
                self.company.tell(Queued(pair.name, tuple(self._at_work)))

    def _cannot_start(self, due: Sequence[tuple[PairOptions, Planned]], error: KodokeepError) -> None:
        blocked = [pair.name for pair, planned in due if self._first_time(pair, planned)]
        for name in blocked:
            self.company.tell(Blocked(name))
        if blocked:
            self._alert(error)

    def _start_if_due(self, pair: PairOptions, now_s: float) -> None:
        planned = next((planned for other, planned in self._due(now_s) if other is pair), None)
        if planned is not None:
            self._start(pair, planned, now_s)
        else:
            self._tell_plan(pair.name, now_s)

    def _due(self, now_s: float) -> list[tuple[PairOptions, Planned]]:
        return [(pair, planned) for pair, planned in self._plans(now_s) if planned.is_due(now_s)]

    def _start(self, pair: PairOptions, planned: Planned, now_s: float) -> None:
        outlook, late_s = planned.outlook, now_s - planned.begins.timestamp()
        self.company.tell(Begun(pair.name, outlook.due, outlook.owed_since, late_s > LATE_S and not outlook.tries))
        self._at_work[pair.name] = _Work(pair, now_s)
        self.company.crew.start(pair.name, outlook.tries)

    def _first_time(self, pair: PairOptions, planned: Planned) -> bool:
        """True once for each time that the pair is due."""
        told = (pair.name, planned.outlook.due)
        if told in self._told:
            return False
        self._told = {each for each in self._told if each[0] != pair.name} | {told}
        return True

    def _plans(self, now_s: float) -> list[tuple[PairOptions, Planned]]:
        """The next run of each pair that is not at work."""
        return [
            (pair, self.timetable.begins(pair, schedule, now_s))
            for pair, schedule in self.settings.scheduled
            if pair.name not in self._at_work
        ]

    def _announce(self, now_s: float) -> None:
        for pair in self.settings.config.pairs:
            if pair.schedule is None:
                self.company.tell(Unscheduled(pair.name))
            else:
                self._tell_plan(pair.name, now_s)

    def _present(self, now_s: float) -> Present:
        following = min(self._plans(now_s), key=lambda each: each[1].begins, default=None)
        if following is None:
            return Present(tuple(self._at_work))
        return Present(tuple(self._at_work), following[0].name, following[1].begins)

    def _end(self) -> None:
        """The runs that have begun come to an orderly end; nothing else begins."""
        company = self.company
        company.notifier.stopping()
        company.tell(Stopping(tuple(self._at_work)))
        company.crew.stop()
        while self._at_work:
            company.notifier.alive()
            company.clock.wait(company.clock.now_s() + self._look_s())
            for ended in company.crew.ended():
                work = self._at_work.pop(ended.name)
                if ended.exit is None:
                    self._died(work.pair, ended.error)
                else:
                    company.tell(Finished(ended.name, ended.exit))
