"""A machine whose clock tests turn, with a config, a journal and runs that take as long as they are told to."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import count
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from kodokeep.config import Config, load
from kodokeep.errors import KodokeepError
from kodokeep.model.options import PairOptions
from kodokeep.pair import journal_key
from kodokeep.schedule import clock as real_clock
from kodokeep.schedule.crew import Ended
from kodokeep.schedule.happenings import Happening, JournalTrouble, Present
from kodokeep.schedule.notify import Notifier
from kodokeep.schedule.past import Past
from kodokeep.schedule.planned import Timetable
from kodokeep.schedule.serve import Company, Loop
from kodokeep.schedule.settings import Settings
from kodokeep.state.journal import Journal

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
NIGHTLY = "[bucket:photos]\nfolder = /backup/photos\nschedule = daily 03:00\n"
KILLED = -9


class TurnedClock:
    """Time passes only while somebody waits for it; then what was arranged happens, each at its time."""

    def __init__(self, now: str, zone: str = "UTC") -> None:
        self.zone = ZoneInfo(zone)
        self._now_s = datetime.fromisoformat(now).replace(tzinfo=self.zone).timestamp()
        self._passed_s = 0.0
        self._arranged: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    def now_s(self) -> float:
        """What the clock shows."""
        return self._now_s

    def wait(self, until_s: float) -> None:
        """As the system's: until then, or until something happens, and never for long."""
        self._pass(min(until_s - self._now_s, real_clock.LOOK_S))

    def after(self, seconds: float, happens: Callable[[], object]) -> None:
        """Arrange something, by a clock that nobody turns."""
        heapq.heappush(self._arranged, (self._passed_s + seconds, next(self._numbers), happens))

    def at(self, moment: str, happens: Callable[[], object]) -> None:
        """The same for a time that the clock will show, if nobody turns it before."""
        shown_s = datetime.fromisoformat(moment).replace(tzinfo=self.zone).timestamp()
        self.after(shown_s - self._now_s, happens)

    def turn(self, by_s: float) -> None:
        """Set the clock, or sleep: the clock that nobody turns stands still, then."""
        self._now_s += by_s

    def shows(self, at_s: float | None = None) -> str:
        """What is on the wall."""
        at = datetime.fromtimestamp(self._now_s if at_s is None else at_s, UTC).astimezone(self.zone)
        return at.strftime("%d %H:%M")

    def _pass(self, seconds: float) -> None:
        until_s = self._passed_s + max(seconds, 0.0)
        if not self._arranged or self._arranged[0][0] > until_s:
            self._now_s += until_s - self._passed_s
            self._passed_s = until_s
            return
        at_s, _, happens = heapq.heappop(self._arranged)
        self._now_s += max(at_s - self._passed_s, 0.0)
        self._passed_s = max(at_s, self._passed_s)
        happens()


@dataclass
class Plan:
    """How the runs of a pair go, one after the other; the last goes on for ever. Killed ones have the code KILLED."""

    lengths_s: Sequence[float] = (MINUTE_S,)
    codes: Sequence[int] = (0,)


@dataclass
class ArrangedCrew:
    """Runs that only take time and write into the journal, as real ones do."""

    clock: TurnedClock
    journal: Journal
    pairs: Callable[[], Sequence[PairOptions]]
    plans: dict[str, Plan] = field(default_factory=dict)
    started: list[tuple[str, str, int]] = field(default_factory=list)
    stopped: bool = False
    writes: bool = True
    most: int = 0
    spans: list[tuple[str, int, float, float]] = field(default_factory=list)
    _running: dict[str, int] = field(default_factory=dict)
    _since: dict[str, tuple[int, float]] = field(default_factory=dict)
    _over: list[Ended] = field(default_factory=list)

    def start(self, name: str, tries: int) -> None:
        assert name not in self._running, "a pair is never run twice at a time"
        plan = self.plans.get(name, Plan())
        turn = sum(each == name for each, _, _ in self.started)
        self.started.append((name, self.clock.shows(), tries))
        pair = next(pair for pair in self.pairs() if pair.name == name)
        begun = self.journal.begin(journal_key(pair), self.clock.now_s(), scheduled=True) if self.writes else 0
        self._running[name] = begun
        self._since[name] = (tries, self.clock.now_s())
        self.most = max(self.most, len(self._running))
        code = plan.codes[min(turn, len(plan.codes) - 1)]
        length_s = plan.lengths_s[min(turn, len(plan.lengths_s) - 1)]
        self.clock.after(length_s, lambda: self._end(name, begun, code))

    def ended(self) -> list[Ended]:
        over, self._over = self._over, []
        return over

    def stop(self) -> None:
        self.stopped = True
        for name, begun in tuple(self._running.items()):
            self.clock.after(5, lambda name=name, begun=begun: self._end(name, begun, 130))  # type: ignore[misc]

    def kill(self) -> None:
        raise AssertionError("nobody is in such a hurry here")

    def _end(self, name: str, begun: int, code: int) -> None:
        if self._running.get(name) != begun:
            return  # it was stopped before
        del self._running[name]
        self.spans.append((name, *self._since.pop(name), self.clock.now_s()))
        if code != KILLED and begun:
            self.journal.end(begun, self.clock.now_s(), code, run="r")
        self._over.append(Ended(name, None, "the run was killed (SIGKILL)") if code == KILLED else Ended(name, code))


@dataclass
class Machine:
    """`kodokeep serve`, with everything around it but the clock, the runs and oversight real."""

    root: Path
    clock: TurnedClock
    text: str = NIGHTLY
    plans: dict[str, Plan] = field(default_factory=dict)
    chance: Callable[[], float] = lambda: 0.0
    at_once: int = 4
    happened: list[Happening] = field(default_factory=list)
    deaths: list[tuple[str, str]] = field(default_factory=list)
    alerts: list[tuple[str, str]] = field(default_factory=list)
    rounds: int = 0
    hung_up: bool = False
    kept: Journal | None = None
    journal: Journal = field(init=False)
    crew: ArrangedCrew = field(init=False)
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.journal = self.kept or Journal(self.root / "state")
        self.write(self.text)
        self.settings = Settings(self._read)
        self.crew = ArrangedCrew(self.clock, self.journal, lambda: self.settings.config.pairs, self.plans)

    def write(self, text: str) -> None:
        """Write the config; it then differs from what was there before."""
        (self.root / "config.ini").write_text(text)

    def serve(self, until: str | None = None) -> list[tuple[str, str, int]]:
        """Keep the schedule until then; gives what was started: name, time, and how often it was tried before."""
        stop = Event()
        if until is not None:
            self.clock.at(until, stop.set)
        self.settings = Settings(self._read)
        self.crew.started.clear()
        past = Past(self.journal, lambda message: self.happened.append(JournalTrouble(message)))
        timetable = Timetable(past, self.chance, self._zone)
        company = Company(self.clock, self.crew, self, Notifier({}), self.happened.append, self._describe)
        Loop(self.settings, timetable, past, company, self.at_once, self._asked_to_reread).keep(stop)
        return list(self.crew.started)

    def told(self, kind: type[Happening]) -> list[Happening]:
        """What happened of this kind."""
        return [each for each in self.happened if isinstance(each, kind)]

    def attempt(self, started: str, code: int | None = 0, *, scheduled: bool = True, name: str = "photos") -> None:
        """Somebody else made an attempt then; None is one that was killed."""
        at_s = datetime.fromisoformat(started).replace(tzinfo=self.clock.zone).timestamp()
        number = self.journal.begin(self.identity(name), at_s, scheduled=scheduled)
        if code is not None:
            self.journal.end(number, at_s + MINUTE_S, code, run="r")

    def identity(self, name: str = "photos") -> str:
        return journal_key(next(pair for pair in self.settings.config.pairs if pair.name == name))

    def died(self, pair: PairOptions, error: str) -> None:
        self.deaths.append((pair.name, error))

    def cannot_start(self, error: KodokeepError) -> None:
        self.alerts.append((self.clock.shows(), error.message))

    def look_after_all(self) -> None:
        self.rounds += 1

    def _read(self) -> Config:
        return load(str(self.root / "config.ini"), {})

    def _zone(self) -> tzinfo:
        return self.clock.zone

    def _asked_to_reread(self) -> bool:
        asked, self.hung_up = self.hung_up, False
        return asked

    def _describe(self, present: Present) -> str:
        return repr(present)
