"""What an opening of the disk store looks at, after a clean end and after a crash."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kodo_emulator.store import ledger
from kodo_emulator.store.interface import Part, Upload
from kodo_emulator.store.small import MOST_BYTES
from tests.emulator.stores import Kept, named

FILE = bytes(MOST_BYTES + 1)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    monkeypatch.setattr(ledger, "SHARD_FILES", 4)
    kept = Kept("disk", tmp_path)
    yield kept
    kept.close()


def stray(root: Path, neighbour: str) -> str:
    """A content beside another one that nothing names."""
    name = f"{neighbour.rpartition('/')[0]}/stray"
    (root / "contents" / name).touch()
    return name


def noted(root: Path) -> dict[str, int]:
    """How much is noted of what an opening would have to look at; the store must be closed."""
    db = sqlite3.connect(root / "kodo.db")
    counts = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ledger.TABLES}
    db.close()
    return counts


def test_a_crash_costs_a_look_at_open_shards_only(kept: Kept, tmp_path: Path) -> None:
    objects = [kept.put("a", f"{number}", FILE) for number in range(10)]
    in_full_shard, in_open_shard = stray(tmp_path, objects[0].content), stray(tmp_path, objects[9].content)
    kept.reopen(cleanly=False)
    assert kept.contents() == named(*objects) | {in_full_shard}, in_open_shard


def test_a_shard_is_open_while_a_content_of_it_waits(kept: Kept, tmp_path: Path) -> None:
    waiting = kept.content(FILE)
    objects = [kept.put("a", f"{number}", FILE) for number in range(10)]
    assert waiting in kept.contents()
    kept.reopen(cleanly=False)
    assert kept.contents() == named(*objects)


def test_a_clean_end_leaves_nothing_to_look_at(kept: Kept, tmp_path: Path) -> None:
    for number in range(10):
        kept.put("a", f"{number % 3}", FILE)
    kept.store.delete("a", "0")
    kept.end(cleanly=True)
    assert noted(tmp_path) == dict.fromkeys(ledger.TABLES, 0)
    kept.begin()


def test_what_is_noted_does_not_grow(kept: Kept, tmp_path: Path) -> None:
    for number in range(100):
        kept.put("a", f"{number % 3}", FILE)
    kept.end(cleanly=False)
    counts = noted(tmp_path)
    assert counts["doomed"] <= 1
    assert counts["shards"] <= 2
    assert counts["named"] <= 2 * ledger.SHARD_FILES
    kept.begin()


def test_a_doomed_content_goes_at_the_next_opening(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash right after the commit: the row is gone, the file is not."""
    first = kept.put("a", "k", FILE)
    monkeypatch.setattr(kept.store.contents.files, "remove", lambda content: None)
    kept.store.delete("a", "k")
    assert kept.contents() == named(first)
    kept.reopen(cleanly=False)
    assert kept.contents() == set()


def test_many_doomed_contents_go_bit_by_bit(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many parts an upload has, dropping it does not keep the server busy, nor does the opening after it."""
    monkeypatch.setattr(ledger, "_SLICE_FILES", 2)
    kept.store.add_upload(Upload("id", "a", "k", 0))
    for number in range(1, 9):
        kept.store.put_part("id", Part(number, len(FILE), "etag", kept.content(FILE), 0))
    kept.store.drop_upload("id")
    for cleanly in (False, True):
        assert len(kept.contents()) >= 4
        kept.reopen(cleanly=cleanly)
    kept.tidy()
    assert kept.contents() == set()
