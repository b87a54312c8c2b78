"""`kodokeep serve` as a process of its own, with real runs of a real bucket."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pexpect
import pytest

from kodokeep.config import load
from kodokeep.model.record import Attempt
from kodokeep.pair import journal_key
from kodokeep.state.journal import Journal
from tests.e2e.kit import NAME, PROGRAM, World
from tests.e2e.process import Program

FOREVER_S = 3000
LONG_AGO_S = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def journal(world: World) -> Journal:
    return Journal(world.state_home / "kodokeep")


def attempts(world: World) -> list[Attempt]:
    (pair,) = load(str(world.config), {}).chosen([NAME])
    return journal(world).attempts(journal_key(pair), 10)


@pytest.fixture
def overdue(world: World) -> World:
    """A pair whose nightly run was missed ever since."""
    world.configure(schedule="daily 03:00", time_zone="UTC")
    for pair in load(str(world.config), {}).pairs:
        journal(world).known_since(journal_key(pair), LONG_AGO_S)
    return world


@pytest.fixture
def free_address() -> str:
    """Nobody listens there now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        host, port = listener.getsockname()
    return f"{host}:{port}"


@contextmanager
def service_manager(world: World) -> Iterator[socket.socket]:
    """Listens as systemd does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(world.root / "notify"))
        listener.settimeout(250)
        yield listener


def hear(listener: socket.socket, word: str) -> str:
    """Listen until something with this word is said."""
    while word not in (said := listener.recv(4096).decode()):
        pass
    return said


def test_a_missed_run_is_caught_up_and_sigterm_ends_it_well(overdue: World) -> None:
    overdue.put("a/b.txt", b"content")
    env = {"NOTIFY_SOCKET": str(overdue.root / "notify"), "WATCHDOG_USEC": str(2_000_000)}
    with service_manager(overdue) as listener, Program(overdue, command="serve", env=env) as program:
        assert hear(listener, "READY") == "READY=1"
        assert program.wait_for("begun")["late"] is True
        assert program.wait_for("run_finished")["downloaded"] == 1
        assert program.wait_for('"waiting"')["name"] == NAME
        hear(listener, f"STATUS=next: {NAME}, ")
        hear(listener, "WATCHDOG=1")
        program.send(signal.SIGTERM)
        hear(listener, "STOPPING=1")
        assert program.wait() == 0
    overdue.check_settled()
    (attempt,) = attempts(overdue)
    assert (attempt.scheduled, attempt.exit, attempt.run != "") == (True, 0, True)
    with Program(overdue, command="serve") as again:
        assert again.wait_for('"waiting"')["name"] == NAME, "what was caught up is not due again"
        again.send(signal.SIGTERM)
        assert again.wait() == 0


def test_sigterm_in_a_run_waits_for_its_orderly_end(overdue: World) -> None:
    overdue.put_many({f"{number:02}": b"x%d" % number for number in range(40)})
    overdue.configure(schedule="daily 03:00", time_zone="UTC", transfers=1)
    overdue.emulator.faults([{"host": "io", "delay_s": 0.05}])
    with Program(overdue, command="serve") as program:
        program.wait_for("planned")
        assert program.wait_until(lambda: len([e for e in overdue.emulator.log() if e["host"] == "io"]) >= 3)
        program.send(signal.SIGTERM)
        assert program.wait_for("stopping")["at_work"] == [NAME]
        assert program.wait_for("run_finished")["exit"] == 130
        assert program.wait() == 0
    assert 0 < len(overdue.tree()) < 40
    assert [attempt.exit for attempt in attempts(overdue)] == [130]
    overdue.emulator.clear_faults()
    assert overdue.run().exit == 0
    overdue.check_settled()


def test_a_second_sigterm_ends_it_and_its_runs_at_once(overdue: World) -> None:
    overdue.put("slow", b"slow")
    overdue.emulator.faults([{"host": "io", "delay_s": FOREVER_S}])
    with Program(overdue, command="serve") as program:
        program.wait_for("planned")
        assert program.wait_until(lambda: overdue.emulator.rules()[0]["fired"] == 1)
        program.send(signal.SIGTERM)
        program.wait_for("stopping")
        program.interrupt_until_over()
        assert program.wait() == 130
    overdue.emulator.clear_faults()
    assert overdue.run().exit == 0, "no run is left that holds the lock"
    overdue.check_settled()


def test_a_run_that_is_killed_is_told_and_costs_no_other(overdue: World) -> None:
    overdue.configure(schedule="daily 03:00", time_zone="UTC", on_failure=f"touch {overdue.root}/alerted")
    overdue.put("slow", b"slow")
    overdue.emulator.faults([{"host": "io", "delay_s": FOREVER_S}])
    with Program(overdue, command="serve") as program:
        program.wait_for("planned")
        (status,) = overdue.tell("status", "--json").events
        os.kill(int(status["lock_owner"].split()[1]), signal.SIGKILL)
        assert program.wait_for("died")["error"] == "the run was killed (SIGKILL)"
        assert program.wait_for('"waiting"')["again"] is False
        program.send(signal.SIGTERM)
        assert program.wait() == 0
    assert [(attempt.exit, attempt.error) for attempt in attempts(overdue)] == [
        (1, "the run was killed (SIGKILL)"), (None, ""),
    ]  # fmt: skip
    assert (overdue.root / "alerted").exists()


def test_a_slow_pair_holds_no_other_up_and_a_run_by_hand_is_waited_out(overdue: World, tmp_path: Path) -> None:
    overdue.put("slow", b"slow")
    overdue.emulator.faults([{"host": "io", "delay_s": FOREVER_S}])
    with overdue.config.open("a") as config:
        config.write(f"[bucket:empty]\nbucket = {overdue.bucket}\nprefix = none/\nfolder = {tmp_path}/empty\n")
        config.write("schedule = daily 03:00\ntime_zone = UTC\n")
    (pair,) = load(str(overdue.config), {}).chosen(["empty"])
    journal(overdue).known_since(journal_key(pair), LONG_AGO_S)
    with Program(overdue, NAME) as by_hand:
        by_hand.wait_for("planned")
        with Program(overdue, command="serve") as program:
            again = {event["name"]: event["again"] for event in (program.wait_for('"waiting"') for _ in range(2))}
            assert again == {"empty": False, NAME: True}
            program.send(signal.SIGTERM)
            assert program.wait() == 0
    assert sorted(str(attempt.exit) for attempt in attempts(overdue)) == ["5", "None"]


def test_a_config_that_breaks_is_told_and_sighup_reads_it_again(overdue: World) -> None:
    good = overdue.config.read_text()
    with Program(overdue, command="serve") as program:
        program.wait_for('"waiting"')
        overdue.config.write_text(good.replace("daily", "dayly"))
        program.send(signal.SIGHUP)
        assert "dayly" in program.wait_for("config_broken")["message"]
        assert program.wait_until(lambda: "no run begins until it is mended" in program.stderr)
        overdue.config.write_text(good)
        program.send(signal.SIGHUP)
        program.wait_for("config_read")
        program.send(signal.SIGTERM)
        assert program.wait() == 0


def test_nobody_is_locked_out_while_a_run_waits_for_another_try(overdue: World) -> None:
    with Program(overdue, "--scheduled", env={"QINIU_SECRET_KEY": "of-yesterday"}) as program:
        assert program.wait_for('"run_finished"')["exit"] == 6
        program.wait_for('"waiting"')
        assert overdue.run().exit == 0
        program.send(signal.SIGTERM)
        assert program.wait() == 130


def test_metrics_are_answered_while_it_serves(overdue: World, free_address: str) -> None:
    with overdue.config.open("a") as config:
        config.write(f"[metrics]\nlisten = {free_address}\n")
    with Program(overdue, command="serve") as program:
        program.wait_for('"waiting"')
        with urlopen(f"http://{free_address}/metrics", timeout=60) as answer:
            assert f'kodokeep_last_success_timestamp_seconds{{bucket="{overdue.bucket}"' in answer.read().decode()
        second = overdue.tell("serve")
        assert second.exit == 2
        assert f"[metrics] listen = {free_address}: cannot listen there: Address already in use" in second.stderr
        program.send(signal.SIGTERM)
        assert program.wait() == 0


def test_it_ends_with_the_terminal_that_it_was_started_in(overdue: World) -> None:
    """For whoever has no terminal SIGHUP means something else."""
    environment = os.environ | overdue.env | {"XDG_STATE_HOME": str(overdue.state_home)}
    command, *arguments = [*PROGRAM, "--config", str(overdue.config), "serve"]
    terminal = pexpect.spawn(command, arguments, env=environment, timeout=250)
    terminal.expect("next run")
    os.kill(terminal.pid, signal.SIGHUP)
    terminal.expect("read again")
    os.close(terminal.child_fd)
    terminal.closed = True
    assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == 0


@pytest.mark.parametrize("config", ["", "schedule = daily 03:00\nfolder = /other\n"])
def test_what_cannot_be_served_is_said(world: World, config: str) -> None:
    with world.config.open("a") as file:
        file.write(config)
    served = world.tell("serve")
    assert served.exit == 2
    assert ("is there twice" if config else "no pair has a schedule, so there is nothing to do") in served.stderr
