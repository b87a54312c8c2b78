"""Listings: complete or an error, whatever the server does."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kodokeep.errors import KodoError, ListingBroken, ListingUnordered, Unreachable
from kodokeep.kodo.bucket import KodoBucket, Tuning
from kodokeep.kodo.retry import Retry
from kodokeep.model.options import TransportOptions
from tests.emulator_process import Emulator
from tests.integration.kodo.conftest import NEVER, PUBLIC, World, content
from tests.integration.kodo.stub import stub

COUNT = 2500
KEYS = [f"{number:05}" for number in range(COUNT)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A bucket of three pages."""
    with Emulator(PUBLIC) as running:
        running.put(PUBLIC, KEYS[0], b"x")
        for key in KEYS[1:]:
            running.copy(PUBLIC, KEYS[0], key)
        yield running


@pytest.fixture
def many(filled: Emulator, tmp_path: Path) -> Iterator[World]:
    filled.clear_log()
    yield World(filled, "", tmp_path)
    filled.clear_faults()


def keys(bucket: KodoBucket, prefix: str = "") -> list[str]:
    return [entry.key for entry in bucket.listing(prefix, NEVER)]


def pages(world: World) -> int:
    return len(world.requests_of("rsf"))


def test_all_pages_are_listed(many: World) -> None:
    assert keys(many.bucket()) == KEYS
    assert pages(many) == 3


def test_a_prefix_restricts(many: World) -> None:
    assert keys(many.bucket(), "001") == KEYS[100:200]
    assert keys(many.bucket(), "x") == []


def test_the_next_page_is_fetched_ahead_and_no_more(many: World) -> None:
    entries = many.bucket().listing("", NEVER)
    next(entries)
    for _ in range(999):
        next(entries)
    assert pages(many) <= 2
    entries.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kodo")]


def test_an_empty_page_is_not_the_end(many: World) -> None:
    many.emulator.faults([{"host": "rsf", "list_empty_page": True, "nth": [1, 3, 4]}])
    assert keys(many.bucket()) == KEYS


def test_a_stuck_marker_is_an_error(many: World) -> None:
    many.emulator.faults([{"host": "rsf", "list_stuck_marker": True, "nth": 2}])
    with pytest.raises(ListingBroken, match="does not advance"):
        keys(many.bucket())


def test_a_repeated_key_is_an_error(many: World) -> None:
    many.emulator.faults([{"host": "rsf", "list_duplicate": True, "nth": 2}])
    with pytest.raises(ListingBroken, match="twice") as caught:
        keys(many.bucket())
    assert not isinstance(caught.value, ListingUnordered)


def test_disorder_is_an_error_of_its_own_and_can_be_listed_anyway(many: World) -> None:
    many.emulator.faults([{"host": "rsf", "list_disorder": True}])
    with pytest.raises(ListingUnordered):
        keys(many.bucket())
    entries = list(many.bucket().unordered_listing("", NEVER))
    assert sorted(entry.key for entry in entries) == KEYS


@pytest.mark.parametrize(
    "fault",
    [{"status": 599}, {"status": 429}, {"reset_at": 0}, {"truncate_at": 500}, {"json_error_200": True}],
    ids=str,
)
def test_a_page_that_fails_is_asked_for_again(many: World, fault: dict[str, Any]) -> None:
    many.emulator.faults([{"host": "rsf", "nth": [2, 3], **fault}])
    assert keys(many.bucket()) == KEYS
    assert pages(many) == 5


@pytest.mark.parametrize("fault", [{"status": 503}, {"reset_at": 0}, {"truncate_at": 500}], ids=str)
def test_a_page_that_never_comes_is_an_error(many: World, fault: dict[str, Any]) -> None:
    many.emulator.faults([{"host": "rsf", "nth": list(range(2, 50)), **fault}])
    bucket = many.bucket()
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        keys(bucket)
    assert bucket.requests == 1 + 1 + 7  # discovery, the good page, all attempts at the next


ITEM = {"key": "a", "fsize": 1, "hash": "F", "putTime": 1}

BROKEN_PAGES = [
    b"<html>sign in, please</html>",
    b'{"error": "something"}',
    b'{"error": "something", "items": []}',
    b"{}",
    b"null",
    b"[]",
    b"",
    b'{"items": [{"key": "\\ud800", "fsize": 1}]}',
    b'{"items": [{"key": "\xff", "fsize": 1}]}',
    b'{"items": [{"key": "a"}]}',
    b'{"items": [{"fsize": 1}]}',
    b'{"items": [{"key": "a", "fsize": -1}]}',
    b'{"items": [{"key": "a", "fsize": 1, "putTime": 99999999999999999}]}',
    b'{"items": [], "marker": 7}',
    json.dumps({"items": [ITEM, ITEM]}).encode(),
]


@pytest.mark.parametrize("body", BROKEN_PAGES, ids=repr)
def test_an_unreadable_page_is_an_error(world: World, body: bytes) -> None:
    with stub(200, body) as uc:
        bucket = world.bucket(options=TransportOptions(uc_host=uc))
        with pytest.raises(ListingBroken):
            list(bucket.listing("", NEVER))


def test_keys_outside_of_the_prefix_are_an_error(world: World) -> None:
    world.emulator.faults([{"host": "rsf", "status": 200, "body": json.dumps({"items": [ITEM]})}])
    with pytest.raises(ListingBroken):
        list(world.bucket().listing("b", NEVER))


@pytest.mark.parametrize("status", [400, 403, 419, 612, 640])
def test_a_refusal_is_not_asked_for_again(world: World, status: int) -> None:
    world.emulator.faults([{"host": "rsf", "status": status}])
    with pytest.raises(KodoError, match=str(status)):
        list(world.bucket().listing("", NEVER))
    assert pages(world) == 1


def test_an_empty_listing_may_hold_null(world: World) -> None:
    world.emulator.faults([{"host": "rsf", "status": 200, "body": '{"items": null, "marker": "", "new": [1]}'}])
    assert list(world.bucket().listing("", NEVER)) == []


def test_an_entry_says_what_the_bucket_has(world: World) -> None:
    mib = 1024 * 1024
    key = world.put("a b", content(3 * mib), parts=[2 * mib, mib], mime="text/x-test", metadata={"who": "me"})
    world.emulator.status(PUBLIC, key, disabled=True)
    (entry,) = world.entries()
    stat = world.emulator.stat(PUBLIC, key)
    assert (entry.key, entry.size_bytes, entry.hash) == (key, 3 * mib, stat["hash"])
    assert (entry.mime, entry.metadata, entry.parts) == ("text/x-test", (("who", "me"),), (2 * mib, mib))
    assert entry.put_time_ns == stat["putTime"] * 100
    assert entry.disabled
    assert world.bucket().stat(key) == entry
    assert world.bucket().stat(key + "x") is None


def test_fields_may_be_missing_or_null(world: World) -> None:
    items = [{"key": "a", "fsize": 1}, {"key": "b", "fsize": 2, "hash": None, "type": None, "x-qn-meta": None}]
    world.emulator.faults([{"host": "rsf", "status": 200, "body": json.dumps({"items": items})}])
    assert [(entry.key, entry.size_bytes, entry.storage_type) for entry in world.bucket().listing("", NEVER)] == [
        ("a", 1, 0),
        ("b", 2, 0),
    ]


def test_closing_during_a_back_off_does_not_wait_for_it(world: World) -> None:
    waiting = threading.Event()

    def pause(_seconds: float, cancel: threading.Event) -> bool:
        waiting.set()
        return cancel.wait()

    first = {"host": "rsf", "nth": 1, "status": 200, "body": json.dumps({"items": [ITEM], "marker": "m"})}
    world.emulator.faults([first, {"host": "rsf", "nth": 2, "status": 599}])
    entries = world.bucket(tuning=Tuning(retry=Retry(pause=pause))).listing("", NEVER)
    next(entries)
    waiting.wait()
    entries.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kodo")]
