"""What every store promises, asked of each."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kodo_emulator.store import disk, ledger, memory
from kodo_emulator.store.interface import Bucket, Part, Settings, Totals, Upload
from tests.emulator.stores import KINDS, Kept, in_byte_order, named
from tests.emulator.vectors import MIB, content

KEYS = ("", "\0", "a", "a\0", "a/b", "a/", "b", "é", "中", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff")


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    kept = Kept(request.param, tmp_path)
    yield kept
    kept.close()


def test_keys_are_in_the_order_of_their_bytes(kept: Kept) -> None:
    for key in KEYS[::-1]:
        kept.put("a", key, key.encode())
    ordered = in_byte_order(KEYS)
    assert kept.keys("a") == ordered
    assert kept.keys("b") == kept.keys("nowhere") == []
    for position, key in enumerate(ordered):
        assert kept.keys("a", key) == ordered[position:]
        assert kept.keys("a", key, None, 2) == ordered[position : position + 2]
        assert kept.keys("a", "", key) == ordered[:position]
        assert kept.store.last_key_before("a", key) == (ordered[position - 1] if position else None)
    assert kept.keys("a", "b", "a") == []
    assert kept.store.last_key_before("a", None) == "\U0010ffff"
    assert kept.store.last_key_before("b", None) is None


def test_a_replaced_object_is_the_previous_one(kept: Kept) -> None:
    first, second = kept.put("a", "k", b"1"), kept.put("a", "k", b"22")
    assert (kept.store.find("a", "k"), kept.store.find_previous("a", "k")) == (second, first)
    assert kept.read(first.content) == b"1"
    third = kept.put("a", "k", b"333")
    assert (kept.store.find("a", "k"), kept.store.find_previous("a", "k")) == (third, second)
    assert kept.contents() == named(second, third)
    kept.store.delete("a", "k")
    assert (kept.store.find("a", "k"), kept.store.find_previous("a", "k")) == (None, None)
    assert kept.contents() == set()
    kept.store.delete("a", "k")
    assert kept.store.totals("a") == Totals()


def test_an_update_replaces_nothing(kept: Kept) -> None:
    first, second = kept.put("a", "k", b"1"), kept.put("a", "k", b"22")
    changed = msgspec.structs.replace(second, mime="image/png", status=1)
    kept.store.update("a", changed)
    assert (kept.store.find("a", "k"), kept.store.find_previous("a", "k")) == (changed, first)
    assert kept.store.totals("a") == Totals(1, 2)


def test_many_are_revised_at_once(kept: Kept) -> None:
    for number in range(600):
        kept.put("a", f"{number:03}", bytes(3000 if number % 2 else 5000))
    kept.put("a", "000", b"again")
    other = kept.put("b", "000", b"of another bucket")
    changed = [msgspec.structs.replace(stored, kind=1) for stored in kept.store.scan("a", "500", None, 1000)]
    gone = [f"{number:03}" for number in range(500)]
    kept.store.revise("a", changed, [*gone, "missing"])
    assert kept.store.scan("a", "", None, 1000) == changed
    assert kept.store.totals("a") == Totals(100, sum(stored.size_bytes for stored in changed))
    while kept.store.tidy():
        pass  # Many files are removed in slices.
    assert kept.contents() == named(*changed, other)
    kept.store.revise("a", [], [])
    assert kept.store.scan("a", "", None, 1000) == changed


def test_a_move_keeps_the_content(kept: Kept) -> None:
    kept.put("a", "from", b"0")
    moved, target = kept.put("a", "from", b"1"), kept.put("b", "to", b"22")
    arrived = msgspec.structs.replace(moved, key="to")
    kept.store.move(("a", "from"), "b", arrived)
    assert (kept.store.find("b", "to"), kept.store.find_previous("b", "to")) == (arrived, target)
    assert (kept.store.find("a", "from"), kept.store.find_previous("a", "from")) == (None, None)
    assert kept.contents() == named(moved, target)
    assert kept.read(arrived.content) == b"1"
    assert (kept.store.totals("a"), kept.store.totals("b")) == (Totals(), Totals(1, 1))


@pytest.mark.parametrize("data", [b"data", bytes(5000)], ids=["small", "file"])
def test_a_copy_lives_on_its_own(kept: Kept, data: bytes) -> None:
    source = kept.put("a", "k", data)
    copy = kept.object("copy", data, kept.store.copy_content(source))
    kept.store.put("b", copy)
    kept.store.delete("a", "k")
    assert kept.read(copy.content) == data
    assert kept.contents() == named(copy)
    assert (kept.store.totals("a"), kept.store.totals("b")) == (Totals(), Totals(1, len(data)))


def test_totals(kept: Kept) -> None:
    for number in range(5):
        kept.put("a", f"{number % 2}", bytes(number))
    assert kept.store.totals("a") == Totals(2, 3 + 4)
    assert kept.store.totals("nowhere") == Totals()


@pytest.mark.parametrize("three", [b"ten", bytes(5000), bytes(20 * MIB)], ids=["small", "file", "large"])
def test_parts_are_joined(kept: Kept, three: bytes) -> None:
    upload = Upload("id", "a", None, 1.5)
    kept.store.add_upload(upload)
    for number, data in ((2, b"two"), (10, three), (1, b"wrong"), (1, b"one")):
        kept.store.put_part("id", Part(number, len(data), "etag", kept.content(data), 7))
    parts = kept.store.parts("id")
    assert [part.number for part in parts] == [1, 2, 10]
    assert (kept.store.find_upload("id"), kept.store.find_upload("other"), kept.store.parts("other")) == (
        upload,
        None,
        [],
    )
    joined = kept.run(kept.store.join(parts))
    kept.store.put("a", kept.object("k", b"onetwo" + three, joined))
    kept.store.drop_upload("id")
    assert (kept.store.find_upload("id"), kept.store.parts("id")) == (None, [])
    assert kept.read(joined) == b"onetwo" + three
    assert kept.contents() == {joined}


def test_what_nobody_takes_goes(kept: Kept) -> None:
    kept.store.drop_content(kept.content(b"sealed"))
    for pieces in ((), (b"held",), (bytes(2 * MIB),), (bytes(20 * MIB),)):
        incoming = kept.store.receive()
        for piece in pieces:
            incoming.write(piece)
        incoming.discard()
    sealed = kept.store.receive()
    kept.run(sealed.seal())
    sealed.discard()
    assert kept.contents() == set()


@pytest.mark.parametrize("size_bytes", [0, 1, 2 * MIB, 40 * MIB])
def test_a_content_has_many_readers(kept: Kept, size_bytes: int) -> None:
    data = content(size_bytes)
    stored = kept.object("k", data, kept.content(*(data[at : at + 7 * MIB] for at in range(0, size_bytes, 7 * MIB))))
    kept.store.put("a", stored)
    with kept.store.open(stored.content) as first, kept.store.open(stored.content) as second:
        first.seek(size_bytes // 2)
        assert second.read() == data
        kept.store.delete("a", "k")
        assert first.read() == data[size_bytes // 2 :]
    assert kept.contents() == set()


def test_a_dropped_bucket_takes_everything_with_it(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_SLICE_ROWS", 20)
    monkeypatch.setattr(ledger, "_SLICE_FILES", 7)
    monkeypatch.setattr(memory, "_SLICE_OBJECTS", 20)
    other = kept.put("b", "k", b"stays")
    for number in range(90):
        kept.put("a", f"{number:04d}", bytes(5000))
        if number % 2:
            kept.put("a", f"{number:04d}", b"xy")
    for name in ("first", "second"):
        kept.store.add_upload(Upload(name, "a", "k", 1))
        kept.store.put_part(name, Part(1, 1, "etag", kept.content(b"p"), 7))
    before = kept.contents()
    kept.store.drop_bucket("a")
    assert 60 <= len(kept.contents()) < len(before), "a large bucket does not go at once"
    assert [bucket.name for bucket in kept.store.buckets()] == ["b"]
    assert (kept.store.bucket("a"), kept.store.find_upload("first")) == (None, None)
    kept.store.put_bucket(Bucket("a", private=True, created_s=9))
    anew = kept.put("a", "0000", b"new")
    assert (kept.keys("a"), kept.store.totals("a")) == (["0000"], Totals(1, 3))
    assert kept.store.find_previous("a", "0000") is None
    kept.reopen(cleanly=False)
    kept.tidy()
    assert (kept.keys("a"), kept.store.totals("a"), kept.read(anew.content)) == (["0000"], Totals(1, 3), b"new")
    assert kept.contents() == named(other, anew)


def test_a_small_bucket_is_gone_at_once(kept: Kept) -> None:
    kept.put("a", "k", b"x")
    kept.store.drop_bucket("a")
    assert kept.contents() == set()


def test_a_bucket_can_be_changed(kept: Kept) -> None:
    kept.put("a", "k", b"x")
    changed = Bucket("a", private=True, created_s=3, settings=Settings(max_age_s=5))
    kept.store.put_bucket(changed)
    kept.reopen(cleanly=True)
    assert kept.store.bucket("a") == changed
    assert [bucket.name for bucket in kept.store.buckets()] == ["a", "b"]
    assert (kept.keys("a"), kept.store.totals("a")) == (["k"], Totals(1, 1))


def test_ports_are_remembered(kept: Kept) -> None:
    assert kept.store.port("main") == 0
    kept.store.keep_port("main", 1)
    kept.store.keep_port("main", 2)
    kept.reopen(cleanly=True)
    assert kept.store.port("main") == 2
