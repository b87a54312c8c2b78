import os
from datetime import UTC, datetime

from kodokeep.errors import ConfigError
from kodokeep.local.lock import FolderLock
from kodokeep.pair import journal_key
from tests.unit.oversight.conftest import NOON_S, Bench, ended, titles

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


def test_without_a_schedule_and_a_limit_nothing_is_ever_late(bench: Bench) -> None:
    bench.run(ended(0))
    bench.now_s += 1000 * DAY_S
    assert bench.look() == []


def test_no_success_for_too_long_is_told_once_a_day_until_it_is_over(bench: Bench) -> None:
    command, told = bench.hook("told")
    bench.configure(f"stale_after = 3d\non_stale = {command}")
    bench.run(ended(0))
    counts = []
    for _ in range(10):
        bench.now_s += DAY_S / 2
        counts.append(len(bench.look()))
    assert counts == [0, 0, 0, 0, 0, 0, 1, 0, 1, 0]
    assert told.read_text().splitlines() == ["stale photos"] * 2
    title, text = bench.receiver.messages[-1]
    assert title == "kodokeep: photos: no successful run for 4 days (nas)"
    assert "Last success: 2026-11-25 12:00 UTC" in text
    assert "kodokeep doctor photos" in text
    assert titles(bench.run(ended(0))) == ["photos: works again"]
    assert bench.look() == []


def test_a_run_in_which_some_failed_is_no_success(bench: Bench) -> None:
    bench.configure("stale_after = 1d")
    bench.run(ended(0))
    bench.now_s += 2 * DAY_S
    bench.run(ended(3, failed=1))
    assert titles(bench.look()) == ["photos: no successful run for 2 days"]


def test_what_the_last_attempt_met_is_told_without_keys(bench: Bench) -> None:
    bench.configure("stale_after = 1d")
    bench.run(ended(0))
    bench.now_s += 2 * DAY_S
    bench.run(ended(6, error="the listing holds 'secret.jpg' twice"))
    ((_, text),) = bench.look()
    assert "The last attempt failed: the listing holds '…' twice" in text


def test_by_default_two_gaps_of_the_schedule_and_an_hour_may_pass(bench: Bench) -> None:
    bench.configure("schedule = daily 12:00\ntime_zone = UTC")
    bench.run(ended(0))
    bench.now_s = NOON_S + 2 * DAY_S + HOUR_S - 60
    assert "no successful run" not in str(bench.look())
    bench.now_s = NOON_S + 2 * DAY_S + HOUR_S + 60
    assert titles(bench.look()) == ["photos: no successful run for 2 days"]


def test_a_pair_that_is_new_in_the_config_is_not_late(bench: Bench) -> None:
    bench.configure("schedule = daily 12:00")
    os.utime(bench.file, (NOON_S, NOON_S))
    assert bench.look() == []
    bench.now_s += 3 * DAY_S
    assert titles(bench.look()) == ["photos: no successful run yet"]


def test_a_run_that_did_not_begin_is_told_once(bench: Bench) -> None:
    command, told = bench.hook("told")
    bench.configure(f"schedule = weekly wed 12:00\ntime_zone = UTC\njitter = 2h\non_missed = {command}")
    bench.run(ended(0))
    bench.now_s = NOON_S + 7 * DAY_S + 3 * HOUR_S - 60
    assert bench.look() == []
    bench.now_s += 120
    ((title, text),) = bench.look()
    assert title == "kodokeep: photos: a run was missed (nas)"
    assert "The run that was due 2026-12-02 12:00 UTC did not begin." in text
    assert "Next: kodokeep run photos" in text
    for _ in range(6):
        bench.now_s += DAY_S
        assert bench.look() == []
    assert told.read_text().splitlines() == ["missed photos"]
    assert titles(bench.run(ended(0))) == ["photos: works again"]


def test_a_run_that_is_missed_every_hour_is_told_once_a_day(bench: Bench) -> None:
    bench.configure("schedule = hourly\nstale_after = 30d")
    bench.run(ended(0))
    counts = []
    for _ in range(48):
        bench.now_s += HOUR_S
        counts.append(len(bench.look()))
    assert sum(counts) == 3


def test_a_schedule_that_was_changed_has_missed_nothing_before(bench: Bench) -> None:
    bench.configure("schedule = weekly sun 03:00\ntime_zone = UTC")
    bench.run(ended(0))
    bench.now_s += DAY_S
    bench.configure("schedule = daily 03:00\ntime_zone = UTC")
    os.utime(bench.file, (bench.now_s, bench.now_s))
    assert bench.look() == []


def test_a_config_that_is_whole_again_is_told_to_who_heard_that_it_was_not(bench: Bench) -> None:
    bench.unstarted(ConfigError("line 3: expected"))
    ((title, text),) = bench.look()
    assert title == "kodokeep: can start again (nas)"
    assert text == "The config can be used again, and its pairs are run."
    assert bench.look() == []


def test_a_long_run_that_is_at_work_is_told_with_it(bench: Bench) -> None:
    bench.configure("stale_after = 1d")
    bench.run(ended(0))
    bench.memory.begin(journal_key(bench.pair), bench.now_s, scheduled=True)
    private = bench.root / "folder" / ".kodokeep"
    private.mkdir(parents=True)
    with FolderLock(private, now=lambda: datetime.fromtimestamp(bench.now_s, UTC)):
        bench.now_s += 2 * DAY_S
        ((_, text),) = bench.look()
    assert "a run that began 2026-11-25 12:00 UTC has not ended" in text
