"""The OS keyring: entries of the service "kodokeep". The one door to the library keyring.

What belongs here: asking a keyring without waiting for ever, and saying why it does not answer. What does not: what an
entry means.
"""

import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kodokeep.errors import ConfigError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "kodokeep"
PATIENCE_S = 60.0
"""How long to wait for a keyring: it may show a dialog, and nobody may be there."""

_INSTEAD = "kodokeep login --store file  keeps keys in a file instead, encrypted with a passphrase"
_BUS = "DBUS_SESSION_BUS_ADDRESS"

T = TypeVar("T")


class KeyringTrouble(ConfigError):
    """The OS keyring cannot be used now."""


def backend_name() -> str:
    """The name of the keyring that this system has, empty if it has none that encrypts."""
    backend = _backend()
    return backend.name if backend else ""


def get(name: str) -> str | None:
    """What an entry holds, None if there is none. Raises KeyringTrouble."""
    return _asked(lambda backend: backend.get_password(SERVICE, name))


def put(name: str, value: str) -> None:
    """Keep an entry in place of what had its name. Raises KeyringTrouble."""
    _asked(lambda backend: backend.set_password(SERVICE, name, value), value)


def remove(name: str) -> bool:
    """Remove an entry; False if there is none. Raises KeyringTrouble."""

    def work(backend: "KeyringBackend") -> bool:
        if backend.get_password(SERVICE, name) is None:
            return False
        backend.delete_password(SERVICE, name)
        return True

    return _asked(work)


def _backend() -> "KeyringBackend | None":
    """The keyring of this system. One that keeps its entries in clear is none. Raises KeyringTrouble."""
    try:
        return _bounded(_chosen_backend, "the OS keyring")
    except KeyringTrouble:
        raise
    except Exception as error:  # noqa: BLE001 - backends are plug-ins and raise what they like
        raise KeyringTrouble(f"the OS keyring cannot be used: {_words(error)}", hint=_INSTEAD) from None


def _chosen_backend() -> "KeyringBackend | None":
    _find_session_bus()
    import keyring  # noqa: PLC0415 - takes 0.07 s, and most runs need none

    backend = keyring.get_keyring()
    first = next(iter(getattr(backend, "backends", ())), backend)  # several, of which the first one is written to
    return backend if first.priority >= 1 else None


def _asked(work: "Callable[[KeyringBackend], T]", secret: str = "") -> T:
    backend = _backend()
    if backend is None:
        raise KeyringTrouble("there is no OS keyring here", hint=_INSTEAD)
    try:
        return _bounded(lambda: work(backend), f"the OS keyring ({backend.name})")
    except KeyringTrouble:
        raise
    except Exception as error:  # noqa: BLE001 - see _backend
        raise _trouble(backend.name, error, secret) from None


def _bounded(work: Callable[[], T], who: str) -> T:
    """What a keyring answers. It is asked in a thread, which is left behind if there is no answer."""
    results: list[T] = []
    errors: list[Exception] = []

    def ask() -> None:
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001 - raised again below, in the thread that waits
            errors.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    if errors:
        raise errors[0]
    if not results:
        raise KeyringTrouble(
            f"{who} did not answer within {PATIENCE_S:g} s; does it ask to be unlocked?",
            hint=f"unlock it and try again;\n{_INSTEAD}",
        )
    return results[0]


def _trouble(name: str, error: Exception, secret: str) -> KeyringTrouble:
    from keyring.errors import KeyringLocked  # noqa: PLC0415 - loaded already

    if isinstance(error, KeyringLocked) or "Locked" in type(error).__name__:
        return KeyringTrouble(
            f"the OS keyring ({name}) is locked",
            hint=f"unlock it (logging in to the desktop does) and try again;\n{_INSTEAD}",
        )
    why = _words(error)
    return KeyringTrouble(
        f"the OS keyring ({name}) failed: {why.replace(secret, '***') if secret else why}", hint=_INSTEAD
    )


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _find_session_bus() -> None:
    """cron starts jobs without the address of the user's bus, which is where systemd always puts it."""
    if sys.platform != "linux" or os.environ.get(_BUS):
        return
    bus = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}") / "bus"
    try:
        found = bus.stat()
    except OSError:
        return
    if stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid():
        os.environ[_BUS] = f"unix:path={bus}"
