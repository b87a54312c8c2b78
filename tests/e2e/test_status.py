"""`kodokeep status` and what monitors read, of pairs that ran, never ran, were cut off, and are out of sight."""

import sqlite3
import time
from pathlib import Path

import pytest

from kodokeep.config import load
from kodokeep.model.options import PairOptions
from kodokeep.pair import journal_key
from kodokeep.state.journal import Journal
from tests.e2e.kit import World
from tests.e2e.process import Program

FOREVER_S = 3000


@pytest.fixture
def pair(world: World, monkeypatch: pytest.MonkeyPatch) -> PairOptions:
    """The world's pair; records of the machine are where the world's commands keep them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(world.state_home))
    return load(str(world.config), {}).pairs[0]


def journal_of(world: World) -> Journal:
    return Journal(world.state_home / "kodokeep")


def attempted(world: World, pair: PairOptions, exit_code: int | None, hours_ago: float, error: str = "") -> None:
    """What surrounds a run wrote this down."""
    journal = journal_of(world)
    began_s = time.time() - hours_ago * 3600
    number = journal.begin(journal_key(pair), began_s, scheduled=True)
    if exit_code is not None:
        journal.end(number, began_s + 1, exit_code, error=error)


def test_a_run_that_went_well_is_well(world: World) -> None:
    world.put("a", b"content")
    world.run()
    result = world.tell("status", "--json")
    (status,) = result.events
    assert (result.exit, status["exit"], status["broken"], status["stale"]) == (0, 0, False, False)
    assert status["last_success_at"] is not None
    assert (status["objects"], status["size_bytes"]) == (1, 7)
    assert status["state_bytes"] >= (world.private / "state.db").stat().st_size
    assert world.tell("status").stdout.startswith("photos: ok, last success ")


def test_a_run_that_failed_is_told_until_one_goes_well(world: World) -> None:
    world.put("a", b"content")
    world.emulator.faults([{"host": host, "status": 404} for host in ("io", "io_src")])
    assert world.run().exit == 3
    told = world.tell("status", "-q")
    assert told.exit == 3
    assert "broken: the last attempt, " in told.stdout
    assert "some objects failed; to try again: " in told.stdout
    world.emulator.faults([])
    assert world.run().exit == 0
    assert world.tell("status").exit == 0


def test_an_attempt_that_never_reached_the_folder_is_told(world: World, pair: PairOptions) -> None:
    world.run()
    attempted(world, pair, 2, -0.01, "no keys for [account]")
    told = world.tell("status")
    assert told.exit == 3
    assert "not run: a setting is wrong: no keys for [account]; to see what is wrong: " in told.stdout.splitlines()[0]
    assert "  last attempt  " in told.stdout
    assert ": done, in " in told.stdout, "the last run that reached it is told as well"


def test_a_folder_that_is_out_of_sight_leaves_what_the_journal_knows(world: World, pair: PairOptions) -> None:
    world.run()
    attempted(world, pair, 0, -0.01)
    world.folder.rename(world.root / "unmounted")
    world.folder.mkdir()
    told = world.tell("status")
    assert told.exit == 0
    assert "photos: ok, last success " in told.stdout
    assert f"{world.folder} is not the folder that runs worked on" in told.stderr
    assert list(world.folder.iterdir()) == []


def test_a_folder_that_is_out_of_sight_is_missed_without_a_journal_too(world: World) -> None:
    world.run()
    world.folder.rename(world.root / "unmounted")
    told = world.tell("status", "--json")
    (status,) = told.events
    assert status["objects"] is None
    assert "is not the folder that runs worked on" in told.stderr
    metrics = world.tell("metrics").stdout
    assert "kodokeep_state_readable" in metrics
    assert "kodokeep_synced_objects" not in metrics


def test_a_pair_with_a_schedule_is_stale_after_two_gaps(world: World, pair: PairOptions) -> None:
    world.configure(schedule="daily 03:00")
    assert world.tell("status").exit == 3, "no run yet"
    attempted(world, pair, 0, 48.5)
    assert world.tell("status").exit == 0
    world.configure(stale_after="2d", schedule="monthly")
    told = world.tell("status", "--json")
    assert (told.exit, told.events[0]["reasons"]) == (3, ["too-old"])
    assert told.events[0]["next_due"] is not None


def test_an_attempt_that_was_killed_before_the_folder_is_cut_off(world: World, pair: PairOptions) -> None:
    attempted(world, pair, 0, 25)
    attempted(world, pair, None, 1)
    told = world.tell("status", "-q")
    assert told.exit == 3
    assert "broken: the last attempt, 1 h 00 min ago: cut off; to go on from there: " in told.stdout


def test_an_attempt_that_has_just_begun_may_still_be_on_its_way(world: World, pair: PairOptions) -> None:
    attempted(world, pair, 0, 25)
    attempted(world, pair, None, 0)
    assert world.tell("status").exit == 0


def test_a_killed_run_is_broken_and_a_run_at_work_is_not(world: World) -> None:
    world.put_many({f"{number}": b"content" for number in range(3)})
    world.emulator.faults([{"host": "io", "delay_s": FOREVER_S}])
    with Program(world) as run:
        run.wait_for("planned")
        beside = world.tell("status")
        assert beside.exit == 0
        assert "  at work       process " in beside.stdout
        assert beside.stdout.startswith("photos: ok, the first run is at work\n")
    told = world.tell("status")
    assert told.exit == 3
    assert "cut off; to go on from there: " in told.stdout.splitlines()[0]


def test_beside_a_run_that_has_the_state_for_itself_the_rest_is_told(world: World) -> None:
    """As on network disks (rule 6); a directory in the place of SQLite's shared memory file does the same."""
    (world.private / "state.db-shm").mkdir(parents=True)
    world.put("a", b"content")
    world.emulator.faults([{"host": "io", "delay_s": FOREVER_S}])
    with Program(world) as run:
        run.wait_for("planned")
        beside = world.tell("status", "--json")
        (status,) = beside.events
        assert (beside.exit, status["objects"]) == (0, None)
        assert "process" in status["lock_owner"]
        assert "while a run has it for itself" in beside.stderr


def test_a_state_of_an_older_version_is_looked_at_and_left_alone(world: World) -> None:
    world.put("a", b"content")
    world.run()
    with sqlite3.connect(world.private / "state.db") as connection:
        for table in ("totals", "thaws", "disabled", "traffic"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DELETE FROM migrations WHERE name IN ('totals_at_the_end', 'ledger')")
        connection.execute("PRAGMA user_version = 5")
    connection.close()
    assert [run["exit"] for run in world.tell("runs", "--json").events] == [0]
    (status,) = world.tell("status", "--json").events
    assert (status["objects"], status["last_run"]["exit"], status["troubles"]) == (1, 0, [])
    assert world.run().exit == 0


def test_a_damaged_state_leaves_what_the_journal_knows(world: World, pair: PairOptions) -> None:
    world.run()
    attempted(world, pair, 0, 1)
    (world.private / "state.db").write_bytes(b"not a database" * 100)
    told = world.tell("status", "--json")
    (status,) = told.events
    assert (told.exit, status["exit"], status["objects"], status["last_run"]) == (2, 2, None, None)
    assert status["last_success_at"] is not None
    assert "damaged" in status["troubles"][0]["message"]


def test_a_journal_that_cannot_be_used_is_told_and_is_no_failure(world: World) -> None:
    world.run()
    journal = world.state_home / "kodokeep" / "journal.db"
    journal.unlink()
    journal.mkdir()
    told = world.tell("status")
    assert told.exit == 0
    assert "journal.db cannot be used" in told.stderr
    assert "photos: ok" in told.stdout


def test_looking_makes_nothing(world: World, tmp_path: Path) -> None:
    assert world.tell("status").exit == 0
    assert not world.folder.exists()
    assert not world.state_home.exists()
