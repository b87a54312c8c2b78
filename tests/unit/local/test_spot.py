"""What a stat becomes on record."""

import os

import pytest

from kodokeep.local.spot import stamp_of
from kodokeep.model.entry import Stamp


@pytest.mark.parametrize(("year_s", "kept_ns"), [(253_370_764_800, 2**63 - 1), (-253_370_764_800, -(2**63) + 1)])
def test_a_time_that_no_record_holds_is_the_last_that_one_does(year_s: int, kept_ns: int) -> None:
    """tmpfs, btrfs and others keep the year 9999, which is more nanoseconds than 64 bits count."""
    found = os.stat_result(
        (0o100644, 1, 1, 1, 0, 0, 5, 0, year_s, 0), {"st_mtime_ns": year_s * 10**9, "st_ctime_ns": 7}
    )
    assert stamp_of(found) == Stamp(5, kept_ns, 7)
