"""A user's session with a real Secret Service: a bus, and gnome-keyring with a keyring that a password unlocks."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

PASSWORD = b"the password of the login"

_LOCK = (
    "import secretstorage\n"
    "collection = secretstorage.get_default_collection(secretstorage.dbus_init())\n"
    "collection.lock()\n"
    "assert collection.is_locked()\n"
)


class SessionBus:
    """Ends with the block. `environment` is that of a program in the session; `runtime` is what cron's jobs know."""

    def __init__(self, home: Path) -> None:
        self.runtime = home / "runtime"
        self.runtime.mkdir(mode=0o700)
        self._bus = subprocess.Popen(
            ["dbus-run-session", "--", "sh", "-c", "echo $DBUS_SESSION_BUS_ADDRESS; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._bus.stdout is not None
        self.address = self._bus.stdout.readline().decode().strip()
        (self.runtime / "bus").symlink_to(self.address.removeprefix("unix:path=").partition(",")[0])
        self.cron_environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHON_KEYRING_BACKEND"},
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            **{f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE")},
        }
        self.cron_environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
        self.environment = self.cron_environment | {"DBUS_SESSION_BUS_ADDRESS": self.address}
        self.unlock()
        while not self._has_secret_service():
            assert self._bus.poll() is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bus.communicate()

    def unlock(self) -> None:
        """What logging in does: start the keyring, anew if it is there, and unlock it."""
        subprocess.run(
            ["gnome-keyring-daemon", "--replace", "--unlock", "--components=secrets"],
            input=PASSWORD,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def lock(self) -> None:
        """What locking the keyring does."""
        subprocess.run([sys.executable, "-c", _LOCK], env=self.environment, check=True)

    def _has_secret_service(self) -> bool:
        asked = (
            "dbus-send", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner",
            "string:org.freedesktop.secrets",
        )  # fmt: skip
        done = subprocess.run(asked, env=self.environment, capture_output=True, check=True)
        return b"boolean true" in done.stdout
