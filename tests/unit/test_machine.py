import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
import tzlocal

from kodokeep.machine import local_zone


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets this process's zone, until the end of the test."""

    def be(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield be
    monkeypatch.undo()
    time.tzset()


def without_a_zone() -> ZoneInfo:
    warnings.warn("Can not find any timezone configuration, defaulting to UTC.", stacklevel=1)
    return ZoneInfo("UTC")


def with_two_zones() -> ZoneInfo:
    raise ZoneInfoNotFoundError("Multiple conflicting time zone configurations found")


@pytest.mark.parametrize("found", [without_a_zone, with_two_zones])
def test_a_machine_whose_zone_has_no_name_goes_by_its_clock_in_silence(
    monkeypatch: pytest.MonkeyPatch,
    recwarn: pytest.WarningsRecorder,
    zone: Callable[[str], None],
    found: Callable[[], ZoneInfo],
) -> None:
    monkeypatch.setattr(tzlocal, "reload_localzone", found)
    zone("UTC")
    assert datetime.now(local_zone()).utcoffset() == datetime.now(UTC).astimezone().utcoffset()
    assert not recwarn.list


def test_the_zone_is_the_one_of_now(zone: Callable[[str], None]) -> None:
    """It was asked for before the traveller arrived."""
    for name in ("Asia/Shanghai", "America/New_York"):
        zone(name)
        assert str(local_zone()) == name
