"""A machine for every test that wants one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.schedule.kit import Machine, TurnedClock

MakeMachine = Callable[..., Machine]


@pytest.fixture
def machine(tmp_path: Path) -> MakeMachine:
    """Makes the machine, at a time of its clock: the evening of Saturday, 10 January 2026 in UTC, if none is given."""

    def make(now: str = "2026-01-10T20:00", zone: str = "UTC", **options: Any) -> Machine:
        return Machine(tmp_path, TurnedClock(now, zone), **options)

    return make
