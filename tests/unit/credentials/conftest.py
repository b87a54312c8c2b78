"""A home without anything in it, and a keyring that lives as long as the test."""

from pathlib import Path

import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from kodokeep.credentials.kept import directory


class MemoryRing(KeyringBackend):
    """A keyring as systems have them. `trouble` is raised by every call."""

    name = "Memory Ring"
    priority = 5.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        self._meet_trouble()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._meet_trouble()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._meet_trouble()
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("no such entry")

    def _meet_trouble(self) -> None:
        if self.trouble:
            raise self.trouble


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's config directory."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config"


@pytest.fixture
def memory_ring(monkeypatch: pytest.MonkeyPatch) -> MemoryRing:
    """This system has a keyring."""
    ring = MemoryRing()
    monkeypatch.setattr(keyring.core, "_keyring_backend", ring)
    return ring


@pytest.fixture
def kept_file(home: Path) -> Path:
    """A private directory for age files, and the place of the one of [account]."""
    directory().mkdir(parents=True, mode=0o700)
    return directory() / "account.age"
