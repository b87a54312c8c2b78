"""The quota of a bucket, and the days that stored things live (protocol §1.5, §2.4)."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.lifetimes import expiry_s
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, Settings, StoredObject, Totals
from kodo_emulator.uploads.quota import check_quota
from tests.emulator.forms import upload
from tests.emulator_process import Emulator, EmulatorError

CHINA = timezone(timedelta(hours=8))


def test_an_upload_that_would_exceed_the_quota_is_refused(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store.put_bucket(Bucket("small", private=False, created_s=0.0, settings=Settings(quota_size_bytes=4)))
    store.put_bucket(Bucket("full", private=False, created_s=0.0, settings=Settings(quota_count=0)))
    store.close()
    with Emulator(data=tmp_path) as emulator:

        def by_form(bucket: str, data: bytes) -> int:
            return upload(emulator, emulator.upload_token(bucket, "k"), "k", data).status

        def in_parts(bucket: str, data: bytes) -> int:
            try:
                emulator.put_parts(bucket, "k", [data], emulator.upload_token(bucket, "k"), {})
            except EmulatorError as error:
                return error.status
            return 200

        for way in (by_form, in_parts):
            assert way("small", b"12345") == 403
            assert way("small", b"1234") == 200
            assert way("full", b"") == 403
            emulator.delete("small", "k")
        assert emulator.keys("full") == []


def stored(size_bytes: int) -> StoredObject:
    return StoredObject("k", "c", size_bytes, "hash", "mime", 1, 1)


@pytest.mark.parametrize(
    ("settings", "totals", "replaced", "size_bytes", "fits"),
    [
        (Settings(), Totals(10**9, 10**15), None, 10**12, True),
        (Settings(quota_count=3), Totals(2, 0), None, 1, True),
        (Settings(quota_count=3), Totals(3, 0), None, 1, False),
        (Settings(quota_count=3), Totals(3, 0), stored(1), 1, True),
        (Settings(quota_size_bytes=10), Totals(1, 6), None, 4, True),
        (Settings(quota_size_bytes=10), Totals(1, 6), None, 5, False),
        (Settings(quota_size_bytes=10), Totals(1, 6), stored(6), 10, True),
        (Settings(quota_size_bytes=10), Totals(1, 6), stored(6), 11, False),
    ],
)
def test_what_fits_a_quota(
    settings: Settings, totals: Totals, replaced: StoredObject | None, size_bytes: int, *, fits: bool
) -> None:
    def check() -> None:
        check_quota(settings, totals, replaced, size_bytes)

    assert _is_permitted(check) == fits


def _is_permitted(check: Callable[[], None]) -> bool:
    try:
        check()
    except KodoError:
        return False
    return True


def test_the_example_of_the_documents() -> None:
    """1 January 10:00 and 3 days: from 5 January 00:00 on."""
    uploaded = datetime(2015, 1, 1, 10, tzinfo=CHINA)
    assert expiry_s(uploaded.timestamp(), 3) == datetime(2015, 1, 5, tzinfo=CHINA).timestamp()


@given(now_s=st.floats(0, 4e9), days=st.integers(0, 40_000))
def test_days_end_at_midnight_in_china(now_s: float, days: int) -> None:
    end_s = expiry_s(now_s, days)
    assert 0 < end_s - now_s - days * 86_400 <= 86_400
    assert (end_s + 8 * 3600) % 86_400 == 0
