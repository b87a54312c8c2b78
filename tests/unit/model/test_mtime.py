"""The modification time that an object brings along."""

import pytest

from kodokeep.model.entry import RemoteEntry
from kodokeep.model.mtime import LAST_MODIFIED, mtime_ns

PUT_TIME_NS = 1_700_000_000_000_000_100


@pytest.mark.parametrize(
    ("text", "expected_ns"),
    [
        ("Thu, 01 Jan 1970 00:00:01 GMT", 10**9),
        ("Mon, 01 Jan 1900 00:00:00 GMT", -2_208_988_800 * 10**9),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 2**63 - 1),
        ("Mon, 01 Jan 1600 00:00:00 GMT", -(2**63) + 1),
        ("Fri, 31 Feb 2020 23:59:59 GMT", PUT_TIME_NS),
        ("never", PUT_TIME_NS),
        ("", PUT_TIME_NS),
    ],
)
def test_a_time_fits_the_records_or_is_the_put_time(text: str, expected_ns: int) -> None:
    assert mtime_ns(RemoteEntry("k", 1, "", PUT_TIME_NS, metadata=((LAST_MODIFIED, text),))) == expected_ns
