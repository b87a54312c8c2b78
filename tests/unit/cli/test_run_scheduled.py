"""`run --scheduled` and `run --due`, as timers call them, with a clock that the test turns."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from kodokeep.config import load
from kodokeep.model.record import Attempt
from kodokeep.pair import journal_key
from kodokeep.state.journal import Journal
from tests.unit.cli.conftest import KEYS, Kodokeep
from tests.unit.cli.fake_engine import FakeEngine
from tests.unit.schedule.kit import DAY_S, HOUR_S, MINUTE_S, TurnedClock

NIGHTLY = "[bucket:photos]\nfolder = /backup/photos\nschedule = daily 03:00\ntime_zone = UTC\n"
TWO = NIGHTLY + "[bucket:videos]\nfolder = /backup/videos\nschedule = daily 04:00\ntime_zone = UTC\n"


class Timed:
    """A clock, and an engine whose runs of `photos` end with these codes, one after the other; all others with 0."""

    def __init__(self, *codes: int, now: str = "2026-01-11T03:00") -> None:
        self.clock = TurnedClock(now)
        self.engine = FakeEngine(during_run=self._next)
        self.times: list[str] = []
        self._codes = list(codes)

    @property
    def session(self) -> dict[str, Any]:
        """What the session is to have."""
        return {"engine": self.engine, "clock": lambda _bell: self.clock, "chance": lambda: 0.5}

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Which pair was run when."""
        return list(zip((asked[1] for asked in self.engine.asked), self.times, strict=True))

    def _next(self) -> None:
        self.times.append(self.clock.shows())
        if self.engine.asked[-1][1] == "photos" and self._codes:
            self.engine.exits["photos"] = self._codes.pop(0)


@pytest.fixture
def attempts(tmp_path: Path) -> Callable[..., Sequence[Attempt]]:
    """What the journal has of a pair, newest first."""

    def read(name: str = "photos") -> Sequence[Attempt]:
        return journal(tmp_path).attempts(identity(tmp_path, name), 10)

    return read


def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "kodokeep")


def identity(tmp_path: Path, name: str = "photos") -> str:
    (pair,) = load(str(tmp_path / "config.ini"), {}).chosen([name])
    return journal_key(pair)


def test_it_is_tried_again_until_kodo_is_back(kodokeep: Kodokeep, attempts: Callable[..., Sequence[Attempt]]) -> None:
    timed = Timed(6, 6, 6, 6, 0)
    ended = kodokeep("run", "--scheduled", config=NIGHTLY, **timed.session)
    assert ended.code == 0
    assert [time for _, time in timed.asked] == ["11 03:00", "11 03:01", "11 03:06", "11 03:21", "11 03:51"]
    assert "photos: tried again, as Kodo could not be reached: Sun 2026-01-11 03:01 UTC, in 1 min 00 s\n" in ended.err
    assert [(attempt.scheduled, attempt.exit) for attempt in attempts()] == [(True, code) for code in (0, 6, 6, 6, 6)]


def test_it_gives_up_after_the_fifth_try(kodokeep: Kodokeep) -> None:
    timed = Timed(6)
    assert kodokeep("run", "--scheduled", config=NIGHTLY, **timed.session).code == 6
    assert len(timed.asked) == 5


def test_by_hand_it_is_tried_once(kodokeep: Kodokeep, attempts: Callable[..., Sequence[Attempt]]) -> None:
    timed = Timed(6)
    assert kodokeep("run", config=NIGHTLY, **timed.session).code == 6
    assert [(attempt.scheduled, attempt.exit) for attempt in attempts()] == [(False, 6)]


def test_somebody_else_repeats_what_was_tried_before(kodokeep: Kodokeep) -> None:
    timed = Timed(6)
    ended = kodokeep("run", "photos", "--scheduled", "--tried", "1", config=NIGHTLY + "jitter = 1h\n", **timed.session)
    assert (ended.code, timed.asked) == (6, [("photos", "11 03:00")])


def test_no_try_reaches_over_the_next_due_time(kodokeep: Kodokeep) -> None:
    timed = Timed(6)
    often = NIGHTLY.replace("daily 03:00", "every 5m")
    assert kodokeep("run", "--scheduled", config=often, **timed.session).code == 6
    assert [time for _, time in timed.asked] == ["11 03:00", "11 03:01"]


def test_jitter_delays_the_first_try(kodokeep: Kodokeep) -> None:
    timed = Timed(6, 0)
    ended = kodokeep("run", "--scheduled", config=NIGHTLY + "jitter = 1h\n", **timed.session)
    assert [time for _, time in timed.asked] == ["11 03:30", "11 03:31"]
    assert "photos: delayed by chance, as its jitter allows: Sun 2026-01-11 03:30 UTC, in 30 min 00 s\n" in ended.err


def test_a_pair_that_waits_holds_no_other_up(kodokeep: Kodokeep) -> None:
    timed = Timed(6, 6, 0)
    assert kodokeep("run", "--scheduled", config=TWO, **timed.session).code == 0
    assert timed.asked == [
        ("photos", "11 03:00"), ("videos", "11 03:00"), ("photos", "11 03:01"), ("photos", "11 03:06"),
    ]  # fmt: skip


def test_a_stop_ends_the_wait(kodokeep: Kodokeep) -> None:
    timed = Timed(6)
    timed.clock.after(30, lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert kodokeep("run", "--scheduled", config=NIGHTLY, **timed.session).code == 130
    assert timed.asked == [("photos", "11 03:00")]
    assert timed.clock.shows() == "11 03:00"


def test_a_sleep_ends_the_wait_and_a_clock_set_back_does_not_lengthen_it(kodokeep: Kodokeep) -> None:
    timed = Timed(6, 6, 0)
    timed.clock.after(30, lambda: timed.clock.turn(HOUR_S))
    timed.clock.after(90, lambda: timed.clock.turn(-DAY_S))
    assert kodokeep("run", "--scheduled", config=NIGHTLY, **timed.session).code == 0
    assert [time for _, time in timed.asked] == ["11 03:00", "11 04:00", "10 04:05"]


def test_keys_are_brought_anew_for_each_try(kodokeep: Kodokeep) -> None:
    timed, keys = Timed(6, 0), dict(KEYS)
    timed.clock.after(30, lambda: keys.update(QINIU_ACCESS_KEY="rotated"))
    assert kodokeep("run", "--scheduled", config=NIGHTLY, keys=keys, **timed.session).code == 0
    assert [asked[2] for asked in timed.engine.asked] == ["ak", "rotated"]


def test_the_config_is_read_anew_for_each_try(kodokeep: Kodokeep, tmp_path: Path) -> None:
    timed = Timed(6)
    timed.clock.after(30, lambda: (tmp_path / "config.ini").write_text("[bucket:photos]\nfoldr = /backup\n"))
    ended = kodokeep("run", "--scheduled", config=NIGHTLY, **timed.session)
    assert (ended.code, len(timed.asked)) == (2, 1)
    assert "foldr" in ended.err
    (unstarted,) = journal(tmp_path).attempts(str(tmp_path / "config.ini"), 5)
    assert (unstarted.exit, "foldr" in unstarted.error) == (2, True)


def test_a_timer_of_a_pair_that_is_gone_leaves_a_trace(kodokeep: Kodokeep, tmp_path: Path) -> None:
    ended = kodokeep("run", "films", "--scheduled", config=NIGHTLY)
    assert (ended.code, "no section [bucket:films]" in ended.err) == (2, True)
    assert len(journal(tmp_path).attempts(str(tmp_path / "config.ini"), 5)) == 1


@pytest.mark.parametrize("option", ["--accept-changes", "--adopt"])
def test_a_schedule_releases_nothing_that_guards_hold(kodokeep: Kodokeep, option: str) -> None:
    timed = Timed()
    ended = kodokeep("run", "--scheduled", option, config=NIGHTLY, **timed.session)
    assert (ended.code, timed.asked) == (2, [])
    assert "released by a person" in ended.err


def test_nothing_due_is_said_and_well(kodokeep: Kodokeep) -> None:
    timed = Timed()
    ended = kodokeep("run", "--due", config=TWO, **timed.session)
    assert (ended.code, ended.out, timed.asked) == (0, "", [])
    assert ended.err.splitlines() == [
        "photos: not due; next run Mon 2026-01-12 03:00 UTC, in 24 h 00 min",
        "videos: not due; next run Sun 2026-01-11 04:00 UTC, in 1 h 00 min",
    ]
    told = kodokeep("run", "--due", "--json", config=TWO, **timed.session)
    assert (told.err, told.json[1]) == ("", {"event": "not_due", "name": "videos", "at": "2026-01-11T04:00:00Z"})


def test_only_what_is_due_is_run_and_only_once(kodokeep: Kodokeep) -> None:
    timed = Timed()
    kodokeep("run", "--due", config=TWO, **timed.session)
    timed.clock.turn(30 * MINUTE_S + 3 * DAY_S)
    kodokeep("run", "videos", config=TWO, **timed.session)
    assert kodokeep("run", "--due", config=TWO, **timed.session).code == 0
    assert kodokeep("run", "--due", config=TWO, **timed.session).code == 0
    assert [name for name, _ in timed.asked] == ["videos", "photos"]


def test_what_was_cut_off_is_due_again(kodokeep: Kodokeep, tmp_path: Path) -> None:
    timed = Timed(now="2026-01-11T05:00")
    kodokeep("run", "--due", config=NIGHTLY, **timed.session)
    journal(tmp_path).begin(identity(tmp_path), timed.clock.now_s() - HOUR_S, scheduled=True)
    kodokeep("run", "--due", "--scheduled", config=NIGHTLY, **timed.session)
    assert timed.asked == [("photos", "11 05:00")]


@pytest.mark.parametrize(("names", "said"), [((), "no pair has a schedule"), (("photos",), "[bucket:photos] has no")])
def test_what_has_no_schedule_is_never_due(kodokeep: Kodokeep, names: tuple[str, ...], said: str) -> None:
    ended = kodokeep("run", "--due", *names)
    assert (ended.code, said in ended.err) == (2, True)


def test_a_journal_that_cannot_be_used_stops_no_run(kodokeep: Kodokeep, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    ended = kodokeep("run", "--scheduled", config=NIGHTLY, **Timed().session)
    assert ended.code == 0
    assert ended.err.count("journal.db cannot be used") == 1
