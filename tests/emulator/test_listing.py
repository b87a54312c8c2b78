"""Listings: order, markers, limits, delimiters."""

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodo_emulator.clock import Clock
from kodo_emulator.hosts.paging import Listing, decode_marker, encode_marker, read_page, successor
from kodo_emulator.net.turns import at_once
from kodo_emulator.store.aging import AgingStore
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, StoredObject
from tests.emulator.conftest import PUBLIC
from tests.emulator_process import Emulator, EmulatorError

letters = st.sampled_from("ab/\0\n\x7f中\ud7ff\ue000\uffff\U00010000\U0010ffff")
short_keys = st.text(letters, max_size=5)


def marker(key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps({"c": 0, "k": key}, separators=(",", ":")).encode()).decode()


def test_the_published_marker() -> None:
    assert encode_marker("dir/a.txt") == "eyJjIjowLCJrIjoiZGlyL2EudHh0In0="
    assert decode_marker("eyJjIjowLCJrIjoiZGlyL2EudHh0In0") == "dir/a.txt"


def test_pages_are_in_byte_order(emulator: Emulator) -> None:
    keys = ["", "/", "//", "a", "a/", "a//b", "a0", "中", "\ue000", "\U0001f600"]
    for key in reversed(keys):
        emulator.put(PUBLIC, key, b"x")
    assert emulator.keys(PUBLIC) == sorted(keys, key=str.encode) == keys
    page = emulator.page(PUBLIC, limit=3)
    assert [item["key"] for item in page["items"]] == keys[:3]
    assert decode_marker(page["marker"]) == "//"
    assert "marker" not in emulator.page(PUBLIC, limit=len(keys))


def test_a_marker_may_be_made_up_and_is_strictly_greater(emulator: Emulator) -> None:
    for key in ("a", "b", "c"):
        emulator.put(PUBLIC, key, b"x")
    for made_up, expected in (("a", ["b", "c"]), ("a\0", ["b", "c"]), ("", ["a", "b", "c"]), ("z", [])):
        assert [item["key"] for item in emulator.page(PUBLIC, marker=marker(made_up))["items"]] == expected
    page = emulator.page(PUBLIC, marker=marker("0"), prefix="b")
    assert [item["key"] for item in page["items"]] == ["b"]
    assert emulator.page(PUBLIC, marker=marker("b"), prefix="b") == {"items": []}


@pytest.mark.parametrize("bad", ["!", "e30=", "W10=", "bnVsbA==", "eyJrIjoxfQ==", "eyJrIjoiXHVkODAwIn0="])
def test_illegal_markers(emulator: Emulator, bad: str) -> None:
    with pytest.raises(EmulatorError, match="640"):
        emulator.page(PUBLIC, marker=bad)


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "1e3", "９"])
def test_illegal_limits(emulator: Emulator, limit: str) -> None:
    with pytest.raises(EmulatorError, match="400"):
        emulator.page(PUBLIC, limit=limit)


def test_post_and_form_and_empty_parameters(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "a", b"x")
    assert emulator.manage("POST", f"/list?bucket={PUBLIC}&marker=&delimiter=&prefix=")["items"]
    assert emulator.manage("POST", "/list", f"bucket={PUBLIC}&limit=1".encode())["items"]
    with pytest.raises(EmulatorError, match="631"):
        emulator.page("no-such-bucket")
    with pytest.raises(EmulatorError, match=r"400 .*unknown parameter: surprise"):
        emulator.page(PUBLIC, surprise=1)


def test_parts_are_shown_when_asked_for(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", bytes(2_000_000), parts=[1_500_000, 500_000])
    assert "parts" not in emulator.page(PUBLIC)["items"][0]
    assert emulator.page(PUBLIC, needparts="true")["items"][0]["parts"] == [1_500_000, 500_000]


def test_a_delimiter_hides_what_is_below(emulator: Emulator) -> None:
    for key in ("a", "d/1", "d/2/x", "d/2/y", "d/3", "e/1", "f"):
        emulator.put(PUBLIC, key, b"x")
    first = emulator.page(PUBLIC, delimiter="/", limit=2)
    assert ([item["key"] for item in first["items"]], first["commonPrefixes"]) == (["a"], ["d/"])
    assert decode_marker(first["marker"]) == "d/3"
    second = emulator.page(PUBLIC, delimiter="/", limit=2, marker=first["marker"])
    assert ([item["key"] for item in second["items"]], second["commonPrefixes"]) == (["f"], ["e/"])
    assert "marker" not in second
    below = emulator.page(PUBLIC, delimiter="/", prefix="d/")
    assert ([item["key"] for item in below["items"]], below["commonPrefixes"]) == (["d/1", "d/3"], ["d/2/"])
    longer = emulator.page(PUBLIC, delimiter="/2/")
    assert longer["commonPrefixes"] == ["d/2/"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> DiskStore:
    store = DiskStore(tmp_path_factory.mktemp("store"), sync=False)
    store.put_bucket(Bucket("b", private=False, created_s=0))
    return store


@given(
    keys=st.sets(short_keys, max_size=20),
    prefix=st.one_of(st.just(""), short_keys),
    delimiter=st.one_of(st.sampled_from(["", "/", "b/"]), st.text(letters, max_size=3)),
    limit=st.integers(1, 4),
    begin=st.none() | short_keys,
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_pages_together_are_the_listing(
    store: DiskStore, keys: set[str], prefix: str, delimiter: str, limit: int, begin: str | None
) -> None:
    """From the start, or from a place that need not be a key, nor have the prefix."""
    for stored in store.scan("b", "", None, 1000):
        store.delete("b", stored.key)
    for key in keys:
        store.put("b", StoredObject(key, store.contents.small.hold(b""), 0, "h", "m", 1, 1))
    items: list[str] = []
    prefixes: list[str] = []
    after = begin
    while True:
        page = at_once(read_page(AgingStore(store, Clock()), Listing("b", prefix, delimiter, after, limit)))
        assert 1 <= len(page) <= limit or page.next_after is None
        items += [stored.key for stored in page.items]
        prefixes += page.prefixes
        if page.next_after is None:
            break
        assert after is None or page.next_after.encode() > after.encode()
        after = page.next_after
    matching = sorted((key for key in keys if key.startswith(prefix)), key=str.encode)
    matching = [key for key in matching if begin is None or key.encode() > begin.encode()]
    grouped = {key: key[len(prefix) :].find(delimiter) if delimiter else -1 for key in matching}
    assert items == [key for key in matching if grouped[key] < 0]
    hidden = [key[: len(prefix) + at + len(delimiter)] for key, at in grouped.items() if at >= 0]
    assert prefixes == list(dict.fromkeys(hidden))


@given(prefix=short_keys, other=short_keys)
def test_successor_is_the_smallest_text_above_a_prefix(prefix: str, other: str) -> None:
    end = successor(prefix)
    if end is None:
        assert not prefix.strip("\U0010ffff")
    else:
        assert (other.encode() < end.encode()) == (other.encode() < prefix.encode() or other.startswith(prefix))
