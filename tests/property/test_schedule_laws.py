"""Whatever the schedules, the outages, the sleeps and the lengths of runs: each due time has its one start."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from kodokeep.model.record import Attempt
from kodokeep.model.schedule import Schedule
from kodokeep.planning.timetable import next_due
from kodokeep.schedule import clock as real_clock
from kodokeep.schedule import serve
from kodokeep.state.journal import Journal
from tests.unit.schedule.kit import HOUR_S, MINUTE_S, Machine, Plan, TurnedClock

WRITTEN = ("daily 03:00", "daily 02:30", "every 15m", "hourly", "every 6h", "*/25 1-3 * * *", "daily 01:00, 02:15")
LENGTHS_S = (30.0, 10 * MINUTE_S, 90 * MINUTE_S, 5 * HOUR_S)
CODES = (0, 0, 3, 4, 5, 6, 6, 2)
LOOK_S = 300.0
"""Looked at less often than really, so that many days can pass."""

PAIRS = st.lists(
    st.tuples(
        st.sampled_from(WRITTEN),
        st.lists(st.sampled_from(LENGTHS_S), min_size=1, max_size=5),
        st.lists(st.sampled_from(CODES), min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=2,
)
SLEEPS = st.lists(st.tuples(st.floats(0, 12 * HOUR_S), st.floats(MINUTE_S, 9 * HOUR_S)), max_size=4)


class ListedJournal(Journal):
    """A journal in memory."""

    def __init__(self) -> None:
        self._attempts: list[tuple[str, Attempt]] = []
        self._known: dict[str, float] = {}

    def begin(self, pair: str, started_s: float, *, scheduled: bool) -> int:
        self._attempts.append((pair, Attempt(started_s, scheduled)))
        return len(self._attempts)

    def end(self, number: int, ended_s: float, exit_code: int, *, run: str = "", error: str = "") -> None:
        pair, begun = self._attempts[number - 1]
        self._attempts[number - 1] = (pair, Attempt(begun.started_s, begun.scheduled, ended_s, exit_code, run, error))

    def attempts(self, pair: str, limit: int) -> list[Attempt]:
        return [attempt for of, attempt in reversed(self._attempts) if of == pair][:limit]

    def known_since(self, pair: str, now_s: float) -> float:
        return self._known.setdefault(pair, now_s)


@settings(max_examples=60)
@given(
    pairs=PAIRS,
    sleeps=SLEEPS,
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"]),
    day=st.sampled_from(["2026-03-28", "2026-10-24", "2026-10-03", "2026-04-04"]),
)
def test_each_due_time_has_its_one_start(
    pairs: list[tuple[str, list[float], list[int]]], sleeps: list[tuple[float, float]], zone: str, day: str
) -> None:
    with (
        TemporaryDirectory() as root,
        patch.object(real_clock, "LOOK_S", LOOK_S),
        patch.object(serve, "LOOK_S", LOOK_S),
    ):
        clock = TurnedClock(f"{day}T12:07", zone)
        text = "".join(
            f"[bucket:p{number}]\nfolder = /backup/p{number}\ntime_zone = {zone}\nschedule = {written}\n"
            for number, (written, _, _) in enumerate(pairs)
        )
        plans = {f"p{number}": Plan(lengths_s, codes) for number, (_, lengths_s, codes) in enumerate(pairs)}
        machine = Machine(Path(root), clock, text, plans, kept=ListedJournal())
        slept: list[tuple[float, float]] = []
        for awake_s, asleep_s in sleeps:
            clock.after(awake_s, lambda asleep_s=asleep_s: _sleep(clock, asleep_s, slept))  # type: ignore[misc]
        begin_s = clock.now_s()
        stop_s = 26 * HOUR_S
        machine.clock.after(stop_s, lambda: None)
        until = datetime.fromtimestamp(begin_s + stop_s, clock.zone).replace(tzinfo=None).isoformat()
        machine.serve(until)
        for pair, schedule in machine.settings.scheduled:
            spans = [(tries, start_s, end_s) for name, tries, start_s, end_s in machine.crew.spans if name == pair.name]
            _check(schedule, sorted(spans, key=lambda span: span[1]), slept, begin_s, clock.now_s())


def _sleep(clock: TurnedClock, asleep_s: float, slept: list[tuple[float, float]]) -> None:
    slept.append((clock.now_s(), clock.now_s() + asleep_s))
    clock.turn(asleep_s)


def _check(
    schedule: Schedule,
    spans: Sequence[tuple[int, float, float]],
    slept: Sequence[tuple[float, float]],
    begin_s: float,
    end_s: float,
) -> None:
    assert all(before[2] <= after[1] for before, after in pairwise(spans)), "two at once"
    dues = _dues(schedule, begin_s, end_s)
    if dues:
        assert all(start_s >= dues[0] for _, start_s, _ in spans)
    for due_s, following_s in pairwise(dues):
        within = [(tries, start_s) for tries, start_s, _ in spans if due_s <= start_s < following_s]
        assert [tries for tries, _ in within] == list(range(len(within))), "one start, then its repetitions"
        busy = sorted([(start_s, over_s) for _, start_s, over_s in spans] + list(slept))
        if not within:
            assert _covered(due_s, following_s, busy), "a due time without a start, though there was time for it"
    _check_waits(spans)


def _check_waits(spans: Sequence[tuple[int, float, float]]) -> None:
    """Repetitions keep their distance."""
    waits_s = (60, 300, 900, 1800)
    for (_, _, over_s), (tries, start_s, _) in pairwise(spans):
        assert tries == 0 or start_s - over_s >= waits_s[tries - 1] - 1e-3


def _dues(schedule: Schedule, begin_s: float, end_s: float) -> list[float]:
    moment, found = datetime.fromtimestamp(begin_s, UTC), []
    while (moment := next_due(schedule, moment, UTC)).timestamp() < end_s:
        found.append(moment.timestamp())
    return found


def _covered(begin_s: float, end_s: float, busy: Sequence[tuple[float, float]]) -> bool:
    """True if there was no moment in which somebody could have looked."""
    for start_s, over_s in busy:
        if start_s <= begin_s + 1e-3:
            begin_s = max(begin_s, over_s)
    return begin_s >= end_s - 1e-3
