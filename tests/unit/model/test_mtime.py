"""The modification time that an object brings along."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.model.entry import RemoteEntry
from kodokeep.model.mtime import LAST_MODIFIED, last_modified, mtime_ns

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


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_an_mtime_comes_back_to_the_second(file_ns: int) -> None:
    text = last_modified(file_ns)
    assert text is not None
    read_ns = mtime_ns(RemoteEntry("k", 0, "", 7, metadata=((LAST_MODIFIED, text),)))
    assert 0 <= file_ns - read_ns < 10**9


def test_an_mtime_is_told_as_http_does() -> None:
    assert last_modified(784_111_777_000_000_000) == "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize("mtime", [2**63, -(2**63), -59_011_459_201 * 10**9, 10**30, -(10**30)])
def test_times_that_nobody_keeps_are_not_told(mtime: int) -> None:
    assert last_modified(mtime) is None
