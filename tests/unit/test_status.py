import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from kodokeep import status


def without_a_zone() -> ZoneInfo:
    warnings.warn("Can not find any timezone configuration, defaulting to UTC.", stacklevel=1)
    return ZoneInfo("UTC")


def with_two_zones() -> ZoneInfo:
    raise ZoneInfoNotFoundError("Multiple conflicting time zone configurations found")


@pytest.mark.parametrize("found", [without_a_zone, with_two_zones])
def test_a_machine_whose_zone_has_no_name_goes_by_its_clock_in_silence(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder, found: Callable[[], ZoneInfo]
) -> None:
    monkeypatch.setattr(status, "get_localzone", found)
    zone = status.local_zone.__wrapped__()
    assert zone.utcoffset(None) == datetime.now(UTC).astimezone().utcoffset()
    assert not recwarn.list
