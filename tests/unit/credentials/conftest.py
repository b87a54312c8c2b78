"""A home without anything in it."""

from pathlib import Path

import pytest

from kodokeep.credentials.kept import directory
from tests.memory_ring import memory_ring

__all__ = ["memory_ring"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's config directory."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config"


@pytest.fixture
def kept_file(home: Path) -> Path:
    """A private directory for age files, and the place of the one of [account]."""
    directory().mkdir(parents=True, mode=0o700)
    return directory() / "account.age"
