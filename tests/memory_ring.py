"""A keyring that lives as long as the test."""

import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


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


@pytest.fixture
def memory_ring(monkeypatch: pytest.MonkeyPatch) -> MemoryRing:
    """This system has a keyring."""
    ring = MemoryRing()
    monkeypatch.setattr(keyring.core, "_keyring_backend", ring)
    return ring
