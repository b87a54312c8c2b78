"""The lock: one run at a time, a crash frees it, another machine's is never stolen (rule 6)."""

import errno
import fcntl
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kodokeep.errors import FolderUnusable, LockHeld
from kodokeep.local import lock
from kodokeep.local.lock import FolderLock, Machine, who_works

HERE = Machine("here", "boot-1")
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

HOLDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from kodokeep.local.lock import FolderLock, Machine
lock = FolderLock(Path(sys.argv[1]), now=lambda: datetime(2026, 11, 22, tzinfo=UTC), machine=Machine("here", "boot-1"))
lock.acquire()
print("held", flush=True)
sys.stdin.readline()
"""


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def lock_in(private: Path, machine: Machine = HERE, clock: Clock | None = None) -> FolderLock:
    return FolderLock(private, now=clock or Clock(), machine=machine)


def record_in(private: Path) -> dict[str, object]:
    values = json.loads((private / "lock.json").read_text())
    assert isinstance(values, dict)
    return values


def leave_record(private: Path, **values: object) -> None:
    known = {"host": "there", "boot_id": "boot-2", "pid": 7, "started": "2026-11-20", "heartbeat": "2026-11-21"}
    (private / "lock.json").write_text(json.dumps(known | values))


def test_record_says_who_holds_it_and_goes_with_the_lock(tmp_path: Path) -> None:
    with lock_in(tmp_path):
        assert record_in(tmp_path) == {
            "host": "here",
            "boot_id": "boot-1",
            "pid": os.getpid(),
            "started": "2026-11-22T03:00:00Z",
            "heartbeat": "2026-11-22T03:00:00Z",
        }
        assert f"process {os.getpid()} on here since 2026-11-22T03:00:00Z" in who_works(tmp_path, START, HERE)
    assert who_works(tmp_path, START, HERE) == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock"]


def test_second_run_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with lock_in(tmp_path), pytest.raises(LockHeld, match=f"process {os.getpid()} on here since 2026-11-22") as held:
        lock_in(tmp_path).acquire()
    assert held.value.exit_code == 5
    with lock_in(tmp_path):
        pass


def test_refused_run_leaves_the_holders_record_alone(tmp_path: Path) -> None:
    with lock_in(tmp_path):
        refused = lock_in(tmp_path)
        with pytest.raises(LockHeld):
            refused.acquire()
        refused.release()
        assert record_in(tmp_path)["pid"] == os.getpid()


@pytest.fixture
def holder(tmp_path: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def test_only_who_really_works_is_seen_at_work(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    """A crash leaves its record, and its number may be another process's by now."""
    long_after = START + timedelta(days=30)
    assert f"process {holder.pid} on here" in who_works(tmp_path, long_after, HERE)
    assert f"process {holder.pid} on here" in who_works(tmp_path, long_after, Machine("container", "boot-1"))
    end(holder)
    assert (tmp_path / "lock.json").exists()
    assert who_works(tmp_path, START, HERE) == ""


def test_another_machine_is_at_work_as_long_as_it_gives_signs_of_life(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    leave_record(tmp_path, heartbeat="2026-11-22T02:30:00Z")
    assert "process 7 on there" in who_works(tmp_path, START, HERE)
    leave_record(tmp_path, heartbeat="2026-11-22T01:30:00Z")
    assert who_works(tmp_path, START, HERE) == ""
    leave_record(tmp_path, heartbeat="?")
    assert who_works(tmp_path, START, HERE) == ""


def test_looking_takes_nothing_away_from_a_run_that_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look touches the lock for a moment; a run that meets it waits that long."""
    monkeypatch.setattr(lock, "PATIENCE_S", 60)
    (tmp_path / "lock").touch()
    with (tmp_path / "lock").open("rb") as look:
        fcntl.flock(look, fcntl.LOCK_SH)
        let_go = threading.Timer(0.01, fcntl.flock, (look, fcntl.LOCK_UN))
        let_go.start()
        with lock_in(tmp_path):
            let_go.join()


def test_crashed_run_of_this_machine_is_taken_over_silently(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    with pytest.raises(LockHeld, match=f"process {holder.pid} on here"):
        lock_in(tmp_path).acquire()
    end(holder)
    assert record_in(tmp_path)["pid"] == holder.pid
    with lock_in(tmp_path):
        assert record_in(tmp_path)["pid"] == os.getpid()


@pytest.mark.parametrize("heartbeat", ["2026-11-22T02:59:59Z", "1999-01-01T00:00:00Z"])
def test_another_machines_record_is_never_stolen_by_age(tmp_path: Path, heartbeat: str) -> None:
    leave_record(tmp_path, heartbeat=heartbeat)
    with pytest.raises(LockHeld, match=f"process 7 on there since 2026-11-20, last seen {heartbeat}") as held:
        lock_in(tmp_path).acquire()
    assert str(tmp_path / "lock.json") in held.value.hint
    (tmp_path / "lock.json").unlink()
    with lock_in(tmp_path):
        pass


def test_two_machines_at_once_do_not_both_get_it(tmp_path: Path) -> None:
    """Where operating system locks do not reach, the other record may come between our look and our own."""

    class Racing(Clock):
        def __call__(self) -> datetime:
            leave_record(tmp_path)
            return super().__call__()

    with pytest.raises(LockHeld, match="process 7 on there"):
        lock_in(tmp_path, clock=Racing()).acquire()
    assert record_in(tmp_path)["host"] == "there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "lock.json"]


def test_full_disk_does_not_end_a_run_at_its_heartbeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    clock = Clock()
    with lock_in(tmp_path, clock=clock) as lock:
        clock.now += timedelta(minutes=2)
        monkeypatch.setattr("kodokeep.local.lock.replace_record", no_space)
        lock.heartbeat()
        with pytest.raises(LockHeld):
            lock_in(tmp_path).acquire()


def test_refusal_for_a_record_frees_the_lock_again(tmp_path: Path) -> None:
    leave_record(tmp_path)
    for _ in range(2):
        with pytest.raises(LockHeld, match="another machine"):
            lock_in(tmp_path).acquire()


def test_container_of_this_machine_counts_as_this_machine(tmp_path: Path) -> None:
    leave_record(tmp_path, host="container-1", boot_id="boot-1")
    with lock_in(tmp_path, Machine("container-2", "boot-1")):
        pass


def test_machines_without_boot_id_are_told_apart_by_name(tmp_path: Path) -> None:
    leave_record(tmp_path, host="there", boot_id="")
    with pytest.raises(LockHeld):
        lock_in(tmp_path, Machine("here", "")).acquire()


@pytest.mark.parametrize("damage", ["", "{", "[]", "\x00\x00"])
def test_damaged_record_may_be_anybodys(tmp_path: Path, damage: str) -> None:
    (tmp_path / "lock.json").write_text(damage)
    with pytest.raises(LockHeld, match="damaged") as held:
        lock_in(tmp_path).acquire()
    assert str(tmp_path / "lock.json") in held.value.hint


def test_heartbeat_renews_the_record_once_a_minute(tmp_path: Path) -> None:
    clock = Clock()
    with lock_in(tmp_path, clock=clock) as lock:
        clock.now += timedelta(seconds=59)
        lock.heartbeat()
        assert record_in(tmp_path)["heartbeat"] == "2026-11-22T03:00:00Z"
        clock.now += timedelta(seconds=1)
        lock.heartbeat()
        assert record_in(tmp_path)["heartbeat"] == "2026-11-22T03:01:00Z"
        assert record_in(tmp_path)["started"] == "2026-11-22T03:00:00Z"


def test_heartbeat_notices_a_run_that_took_the_folder_over(tmp_path: Path) -> None:
    clock = Clock()
    with lock_in(tmp_path, clock=clock) as lock:
        leave_record(tmp_path)
        clock.now += timedelta(minutes=2)
        with pytest.raises(LockHeld, match="process 7 on there"):
            lock.heartbeat()
    assert record_in(tmp_path)["host"] == "there"


def test_heartbeat_brings_back_a_removed_record(tmp_path: Path) -> None:
    clock = Clock()
    with lock_in(tmp_path, clock=clock) as lock:
        (tmp_path / "lock.json").unlink()
        clock.now += timedelta(minutes=2)
        lock.heartbeat()
        assert record_in(tmp_path)["pid"] == os.getpid()


def test_heartbeat_without_lock_does_nothing(tmp_path: Path) -> None:
    lock_in(tmp_path).heartbeat()
    assert list(tmp_path.iterdir()) == []


def test_another_thread_may_release(tmp_path: Path) -> None:
    lock = lock_in(tmp_path)
    lock.acquire()
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    with lock_in(tmp_path):
        pass


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_child_releases_nothing(tmp_path: Path) -> None:
    with lock_in(tmp_path) as lock:
        child = os.fork()
        if child == 0:
            lock.release()
            os._exit(0)
        os.waitpid(child, 0)
        assert record_in(tmp_path)["pid"] == os.getpid()
        with pytest.raises(LockHeld):
            lock_in(tmp_path).acquire()


def test_lock_that_cannot_be_written_names_its_path(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(FolderUnusable, match="lock: cannot lock"):
        lock_in(tmp_path).acquire()


def test_this_machine_is_the_default(tmp_path: Path) -> None:
    with FolderLock(tmp_path, now=Clock()):
        assert record_in(tmp_path)["host"] == os.uname().nodename
