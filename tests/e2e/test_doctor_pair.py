"""The doctor and a pair on this machine: folder, identity, state, lock, past, schedule."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from kodokeep.local.lock import FolderLock
from kodokeep.state.journal import Journal
from tests.e2e.diagnosis import doctor
from tests.e2e.kit import World

NOW = datetime.now(UTC)


class Usage(NamedTuple):
    """What `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


@pytest.fixture
def ran(world: World) -> World:
    """A pair in step with its bucket."""
    world.put_many({"a": b"one", "b/c": b"two"})
    assert world.run().exit == 0
    return world


def test_a_folder_that_is_not_the_one_of_the_last_run(ran: World) -> None:
    (ran.private / "identity.json").unlink()
    found = doctor(ran)
    assert found.failed == {"identity"}
    assert "run photos --adopt" in found.told("identity")
    assert "everything is held" in found.told("plan")


def test_a_damaged_state(ran: World) -> None:
    state = ran.private / "state.db"
    state.write_bytes(state.read_bytes()[:4096] + b"\xff" * 8192)
    found = doctor(ran)
    assert "state" in found.failed
    assert "move state.db away" in found.told("state")
    assert found.level("folder") == found.level("domain") == found.level("disk space") == "ok"


def test_a_state_that_is_damaged_where_nothing_looks_but_a_check(ran: World) -> None:
    with sqlite3.connect(ran.private / "state.db") as state:
        state.execute("PRAGMA writable_schema = ON")
        state.execute("UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'versions'")
    found = doctor(ran, "--quick")
    assert "state" not in found.failed
    found = doctor(ran)
    assert "state" in found.failed


def test_a_run_that_was_cut_off(ran: World) -> None:
    with sqlite3.connect(ran.private / "state.db") as state:
        state.execute("UPDATE runs SET state = 'open', summary = NULL")
    found = doctor(ran)
    assert found.level("lock") == "warning"
    assert "was cut off" in found.told("lock")


def test_a_run_that_is_at_work(ran: World) -> None:
    with FolderLock(ran.private, now=lambda: NOW):
        found = doctor(ran)
    assert found.level("lock") == "ok"
    assert "a run is at work: process" in found.told("lock")


def test_a_disk_inside_the_tree_that_is_not_mounted(ran: World) -> None:
    (ran.folder / "usb").mkdir()
    with sqlite3.connect(ran.private / "state.db") as state:
        state.execute("INSERT INTO mounts VALUES (?)", (b"usb",))
    found = doctor(ran)
    assert found.level("mounts") == "failed"
    assert "usb" in found.told("mounts")
    assert "mount it" in found.told("mounts")


def test_a_file_where_the_folder_should_be(world: World) -> None:
    world.folder.write_bytes(b"")
    found = doctor(world)
    assert found.level("folder") == "failed"
    assert "no directory" in found.told("folder")


@pytest.mark.parametrize(("free_bytes", "level"), [(10, "failed"), (1000, "warning"), (900_000, "ok")])
def test_room_for_the_next_run(world: World, monkeypatch: pytest.MonkeyPatch, free_bytes: int, level: str) -> None:
    world.put("a", b"x" * 500)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1_000_000, 1_000_000 - free_bytes, free_bytes))
    found = doctor(world)
    assert found.level("disk space") == level
    assert "the next run fetches 500 B" in found.told("disk space")


def test_a_plan_that_a_guard_would_hold_back(ran: World) -> None:
    ran.delete("a", "b/c")
    found = doctor(ran)
    assert found.level("plan") == "warning"
    assert "a guard would hold back 2 changes" in found.told("plan")


def test_a_last_run_that_failed_and_what_it_said(ran: World) -> None:
    digest = next((ran.state_home / "kodokeep" / "folders").iterdir()).stem
    journal = Journal(ran.state_home / "kodokeep")
    later_s = datetime.now(UTC).timestamp() + 2
    number = journal.begin(digest, later_s, scheduled=True)
    journal.end(number, later_s, 6, error="no answer from uc.qiniuapi.com")
    found = doctor(ran)
    assert found.level("last run") == "failed"
    assert "no answer from uc.qiniuapi.com" in found.told("last run")
    assert found.level("last success") == "ok"


def test_a_schedule_and_a_success_that_is_too_old(ran: World) -> None:
    ran.configure(schedule="daily 03:00", stale_after="1h")
    (ran.state_home / "kodokeep" / "journal.db").unlink()
    with sqlite3.connect(ran.private / "state.db") as state:
        state.execute("UPDATE runs SET run = '20250101T000000Z'")
        state.execute('UPDATE runs SET summary = replace(summary, \'"run":"2\', \'"run":"20250101T000000Z","was":"2\')')
    found = doctor(ran)
    assert found.level("schedule") == "ok"
    assert "daily 03:00; the next run is due" in found.told("schedule")
    assert "none of this machine starts it -> kodokeep --config" in found.told("timer")
    assert found.level("last success") == "failed"
    assert found.level("keys", "account") == "warning", "a timer has no such environment"


def test_state_and_lock_of_two_pairs_are_told_apart(make_world: Callable[..., World]) -> None:
    one, other = make_world(), make_world()
    one.put("a", b"x")
    other.put("b", b"x")
    assert one.run().exit == 0
    assert "1 object in step" in doctor(one).told("state")
    assert "none yet" in doctor(other).told("state")
