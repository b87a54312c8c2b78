"""What an upload takes over from the object that it replaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.kodo.attributes import METADATA_BYTES, Attributes, attributes, days_until, merged_metadata
from kodokeep.model.entry import RemoteEntry

MTIME_NS = 784_111_777_000_000_000
MODIFIED = ("!Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")
DAY_S = 86_400
CHINA_S = 8 * 3600


def png() -> str:
    return "image/png"


def nothing() -> None:
    return None


def test_a_new_key_has_the_type_of_its_name_then_of_its_content() -> None:
    assert attributes("a.txt", MTIME_NS, None, png) == Attributes("text/plain", (MODIFIED,))
    assert attributes("a", MTIME_NS, None, png).mime == "image/png"
    assert attributes("a", MTIME_NS, None, nothing).mime == "application/octet-stream"


def test_what_was_replaced_wins() -> None:
    replaced = RemoteEntry("a.txt", 1, "h", 1, "x/y", 4, metadata=(("Own", "v"),), expires_s=7)
    assert attributes("a.txt", MTIME_NS, replaced, png) == Attributes("x/y", (("Own", "v"), MODIFIED), 4, 7)


@pytest.mark.parametrize("mime", ["", "text/plain\r\nX-Injected: 1"])
def test_a_type_that_cannot_be_sent_is_found_anew(mime: str) -> None:
    assert attributes("a.txt", MTIME_NS, RemoteEntry("a.txt", 1, "h", 1, mime), png).mime == "text/plain"


def test_the_policy_says_all_of_it() -> None:
    assert attributes("a", MTIME_NS, None, png).policy(replaces=False, now_s=0)["insertOnly"] == 1
    policy = Attributes("x/y", (), 0, 10 * DAY_S - CHINA_S).policy(replaces=True, now_s=0.0)
    assert "insertOnly" not in policy
    assert (policy["fileType"], policy["deleteAfterDays"]) == (0, 9)
    assert "deleteAfterDays" not in Attributes("x/y", (), 0).policy(replaces=True, now_s=0.0)


NAMES = st.text("abcdefghij-_", min_size=1, max_size=50)


@given(st.dictionaries(NAMES, st.text(max_size=400), max_size=4))
def test_metadata_are_never_lost_for_ours(theirs: dict[str, str]) -> None:
    merged = dict(merged_metadata(tuple(theirs.items()), MTIME_NS))
    assert {name: merged[name] for name in theirs} == theirs
    total_bytes = sum(len(name.encode()) + len(value.encode()) for name, value in (*theirs.items(), MODIFIED))
    assert (MODIFIED[0] in merged) is (total_bytes <= METADATA_BYTES)


def test_an_earlier_mtime_is_replaced() -> None:
    assert merged_metadata((("!Last-Modified", "long ago"), ("a", "b")), MTIME_NS) == (("a", "b"), MODIFIED)


def expiry_s(now_s: float, days: int) -> int:
    """As the cloud counts: 1 January 10:00 and three days are over at 5 January 00:00 in China (protocol §2.4)."""
    return (int(now_s + days * DAY_S + CHINA_S) // DAY_S + 1) * DAY_S - CHINA_S


@given(st.integers(0, 4 * 10**9), st.integers(1, 40_000), st.integers(0, 40_000))
def test_an_expiry_stays_the_day_that_it_was(uploaded_s: int, days: int, passed_days: int) -> None:
    expires_s = expiry_s(uploaded_s, days)
    now_s = uploaded_s + min(passed_days, days - 1) * DAY_S
    assert expiry_s(now_s, days_until(expires_s, now_s)) == expires_s


@given(st.integers(0, 4 * 10**9), st.integers(-(10**6), 10**6))
def test_an_expiry_never_comes_early_and_never_gets_lost(now_s: int, left_s: int) -> None:
    days = days_until(now_s + left_s, now_s)
    assert days >= 1
    assert expiry_s(now_s, days) >= now_s + left_s
