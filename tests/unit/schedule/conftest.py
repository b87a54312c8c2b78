"""A machine whose clock is turned, for `serve`, and programs that stand in for the machine's timers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.schedule.fake_tools import FakeTools
from tests.unit.schedule.kit import Machine, TurnedClock

MakeMachine = Callable[..., Machine]


@pytest.fixture
def machine(tmp_path: Path) -> MakeMachine:
    """Makes the machine, at a time of its clock: the evening of Saturday, 10 January 2026 in UTC, if none is given."""

    def make(now: str = "2026-01-10T20:00", zone: str = "UTC", **options: Any) -> Machine:
        return Machine(tmp_path, TurnedClock(now, zone), **options)

    return make


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTools:
    """The only programs there are; none yet."""
    fake = FakeTools(tmp_path)
    monkeypatch.setenv("PATH", str(fake.directory))
    return fake
