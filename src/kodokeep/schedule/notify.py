"""What systemd wants to hear of a service: sd_notify(3), spoken over its socket. Silent where nobody listens.

What belongs here: the protocol. What does not: when there is something to say (`serve`).
"""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

SOCKET, WATCHDOG_US, WATCHDOG_PID = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"
VARIABLES = frozenset({SOCKET, WATCHDOG_US, WATCHDOG_PID})
"""Meant for this process only."""


class Notifier:
    """Tells the service manager that `env` names, if it names one."""

    def __init__(self, env: Mapping[str, str], pid: int | None = None) -> None:
        self._address = _address(env.get(SOCKET, ""))
        self.watchdog_s = _watchdog_s(env, os.getpid() if pid is None else pid)
        self._status = ""

    def ready(self) -> None:
        """The service is up, or has read its settings again."""
        self._send("READY=1")

    def reloading(self) -> None:
        """It reads its settings again."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """It is about to end."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """It works; to be said more often than every `watchdog_s`."""
        if self.watchdog_s is not None:
            self._send("WATCHDOG=1")

    def status(self, line: str) -> None:
        """What it does now; the same again is not sent."""
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        # That nobody listens any more is no reason to stop.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
            speaker.connect(self._address)
            speaker.sendall("\n".join(lines).encode())


def without_service(env: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process that the service manager does not know."""
    return {name: value for name, value in env.items() if name not in VARIABLES}


def _address(written: str) -> str | None:
    """A path, or with `@` a name in Linux's abstract namespace. Other kinds of sockets are no unix sockets."""
    if written.startswith("@"):
        return f"\0{written[1:]}"
    return written if written.startswith("/") else None


def _watchdog_s(env: Mapping[str, str], pid: int) -> float | None:
    written = env.get(WATCHDOG_US, "")
    if not written.isdecimal() or int(written) == 0 or env.get(WATCHDOG_PID, str(pid)) != str(pid):
        return None
    return int(written) / 1e6
