"""What a service manager hears, over real sockets."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kodokeep.schedule.notify import Notifier, without_service


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.setblocking(False)
        yield listener


def heard(listener: socket.socket) -> list[str]:
    """Everything that was sent so far."""
    found = []
    while True:
        try:
            found.append(listener.recv(4096).decode())
        except BlockingIOError:
            return found


def test_the_life_of_a_service(tmp_path: Path) -> None:
    with listening(str(tmp_path / "notify")) as listener:
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"})
        notifier.ready()
        notifier.status("next: photos")
        notifier.status("next: photos")
        notifier.alive()
        notifier.reloading()
        notifier.stopping()
        said = heard(listener)
    assert notifier.watchdog_s == 3.0
    reloading, since_us = said.pop(3).split("\n")
    assert said == ["READY=1", "STATUS=next: photos", "WATCHDOG=1", "STOPPING=1"]
    assert (reloading, since_us.startswith("MONOTONIC_USEC=")) == ("RELOADING=1", True)


def test_a_socket_in_the_abstract_namespace() -> None:
    name = f"kodokeep-test-{os.getpid()}"
    with listening(f"\0{name}") as listener:
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert heard(listener) == ["READY=1"]


@pytest.mark.parametrize("env", [{}, {"NOTIFY_SOCKET": "/nowhere/notify"}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_nobody_who_listens_is_no_trouble(env: dict[str, str]) -> None:
    notifier = Notifier(env)
    notifier.ready()
    notifier.alive()
    notifier.stopping()


@pytest.mark.parametrize(
    ("env", "expected_s"),
    [
        ({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "7"}, 5.0),
        ({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_if_it_is_ours(env: dict[str, str], expected_s: float | None) -> None:
    assert Notifier(env, pid=7).watchdog_s == expected_s


def test_runs_are_no_service() -> None:
    env = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "2", "HOME": "/home"}
    assert without_service(env) == {"HOME": "/home"}
