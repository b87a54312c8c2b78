"""Any key that Kodo allows goes through: uploaded, listed, stat'ed, downloaded, deleted."""

from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError, b64url

HOSTILE = [
    *("", "/", "//", "///a", "a//b", ".", "..", "../..", "a/../b", "./a", "a/./b", "a/.."),
    *("%2F", "%", "%zz", "a%2Fb", "?", "a?b=c", "#", "a#b", "\\", "a\\b", 'a\\b\\c"hello'),
    *(" ", "a b", "+", "a+b", "&", "a&token=x:y", ":", "a:b", "é", "e\u0301", "中文/图.png", "\U0001f600"),
    *("\0", "\n", "\r\n", "\x7f", "a\tb", "x" * 750, "中" * 250, "a" * 300 + "/b"),
    *("list", "stat/x", "_emulator/log", "buckets", "con"),
]


@st.composite
def legal_keys(draw: st.DrawFn) -> str:
    alphabet = st.one_of(st.sampled_from("/.%?#\\ab:&+ "), st.characters(exclude_categories=["Cs"]))
    key = draw(st.text(alphabet, max_size=40)) * draw(st.sampled_from([1, 1, 1, 20]))
    return key.encode()[:750].decode(errors="ignore")


def round_trip(emulator: Emulator, key: str) -> None:
    data = b"content of " + key.encode()
    emulator.put(PUBLIC, key, data)
    assert emulator.stat(PUBLIC, key)["fsize"] == len(data)
    assert emulator.keys(PUBLIC) == [key]
    for safe in ("", "/"):
        assert fetch(f"{emulator.domain(PUBLIC)}/{quote(key, safe=safe)}").body == data
    assert fetch(emulator.url(PUBLIC, key, origin=True)).body == data
    emulator.delete(PUBLIC, key)


@pytest.mark.parametrize("key", HOSTILE)
def test_hostile_keys(emulator: Emulator, key: str) -> None:
    round_trip(emulator, key)


@given(key=legal_keys())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_legal_key(emulator: Emulator, key: str) -> None:
    round_trip(emulator, key)


def test_multipart_keeps_hostile_keys(emulator: Emulator) -> None:
    for key in ("", "a//b", "../x", "中", "k" * 750):
        emulator.put(PRIVATE, key, b"x", parts=[1])
    assert emulator.keys(PRIVATE) == ["", "../x", "a//b", "k" * 750, "中"]


def test_illegal_keys(emulator: Emulator) -> None:
    with pytest.raises(EmulatorError, match=r"400 .*key too long"):
        emulator.put(PUBLIC, "x" * 751, b"")
    with pytest.raises(EmulatorError, match=r"400 .*key too long"):
        emulator.stat(PUBLIC, "x" * 751)
    with pytest.raises(EmulatorError, match=r"400 .*key must be utf8 encoding"):
        emulator.manage("POST", f"/stat/{b64url(PUBLIC.encode() + b':' + bytes([255]))}")
    answer = fetch(f"{emulator.domain(PUBLIC)}/{quote_from_bytes(bytes([0xC3, 0x28]))}")
    assert (answer.status, answer.error()) == (400, "key must be utf8 encoding")
