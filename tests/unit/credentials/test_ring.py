"""The OS keyring as it answers, does not answer, or is not there."""

import threading
from collections.abc import Iterator

import keyring.core
import pytest
from keyring.backends import fail, null
from keyring.backends.chainer import ChainerBackend
from keyring.errors import InitError, KeyringLocked

from kodokeep.credentials import ring
from kodokeep.credentials.ring import KeyringTrouble
from tests.memory_ring import MemoryRing


class PlainRing(MemoryRing):
    """Keeps everything in clear, so the library does not recommend it."""

    name = "Plain Ring"
    priority = 0.5  # type: ignore[assignment]


class SilentRing(MemoryRing):
    """Shows a dialog, and nobody is there."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.answered.wait()
        return None


@pytest.fixture
def silent_ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentRing]:
    silent = SilentRing()
    monkeypatch.setattr(keyring.core, "_keyring_backend", silent)
    monkeypatch.setattr(ring, "PATIENCE_S", 0.05)
    yield silent
    silent.answered.set()


def trouble() -> KeyringTrouble:
    with pytest.raises(KeyringTrouble) as caught:
        ring.get("account")
    assert "kodokeep login --store file" in caught.value.hint
    return caught.value


def test_entries_are_kept_replaced_and_removed(memory_ring: MemoryRing) -> None:
    assert ring.backend_name() == "Memory Ring"
    assert ring.get("account") is None
    ring.put("account", "one")
    ring.put("account", "two")
    assert memory_ring.entries == {("kodokeep", "account"): "two"}
    assert ring.get("account") == "two"
    assert (ring.remove("account"), ring.remove("account")) == (True, False)


def test_a_system_without_a_keyring_is_told_what_else_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for backend in (fail.Keyring(), null.Keyring(), PlainRing()):
        monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
        assert ring.backend_name() == ""
        assert trouble().message == "there is no OS keyring here"


def test_of_several_the_one_that_is_written_to_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = ChainerBackend()
    monkeypatch.setattr(keyring.core, "_keyring_backend", chain)
    monkeypatch.setattr(ChainerBackend, "backends", [PlainRing()])
    assert ring.backend_name() == ""
    monkeypatch.setattr(ChainerBackend, "backends", [MemoryRing(), PlainRing()])
    assert ring.backend_name() != ""


def test_a_locked_one_is_told(memory_ring: MemoryRing) -> None:
    memory_ring.trouble = KeyringLocked("Failed to unlock the collection!")
    told = trouble()
    assert told.message == "the OS keyring (Memory Ring) is locked"
    assert told.hint.startswith("unlock it")


def test_one_that_asks_a_person_who_is_not_there_is_left(silent_ring: SilentRing) -> None:
    assert "did not answer within 0.05 s; does it ask to be unlocked?" in trouble().message


def test_whatever_a_backend_raises_is_told_and_the_value_is_not(memory_ring: MemoryRing) -> None:
    memory_ring.trouble = InitError("no bus for the-secret")
    assert trouble().message == "the OS keyring (Memory Ring) failed: InitError: no bus for the-secret"
    with pytest.raises(KeyringTrouble) as caught:
        ring.put("account", "the-secret")
    assert caught.value.message == "the OS keyring (Memory Ring) failed: InitError: no bus for ***"


def test_a_backend_that_is_chosen_and_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.backend")
    assert trouble().message == "the OS keyring cannot be used: ModuleNotFoundError: No module named 'no'"
