"""Data directories of earlier versions are taken over when they are opened."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from kodo_emulator.cli import main
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, Part, Totals, Upload
from kodo_emulator.store.schema import SCHEMA_VERSION

BUCKETS = {
    1: "CREATE TABLE buckets (name TEXT PRIMARY KEY, private INTEGER NOT NULL, created_s REAL NOT NULL) WITHOUT ROWID;",
    2: """CREATE TABLE buckets (
        name TEXT PRIMARY KEY, document BLOB NOT NULL, count INTEGER NOT NULL, size_bytes INTEGER NOT NULL
    ) WITHOUT ROWID;""",
}
OTHER_TABLES = """
CREATE TABLE objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
CREATE TABLE previous (
    bucket TEXT NOT NULL, key TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
CREATE TABLE uploads (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT, created_s REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, size_bytes INTEGER NOT NULL, etag TEXT NOT NULL,
    content TEXT NOT NULL, put_time_s INTEGER NOT NULL, PRIMARY KEY (upload, number)) WITHOUT ROWID;
CREATE TABLE ports (listener TEXT PRIMARY KEY, port INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE sessions (id INTEGER PRIMARY KEY, clean INTEGER NOT NULL);
"""


def document(key: str, content: str, size_bytes: int) -> bytes:
    """An object as version 1 wrote it: fifteen members, later ones are missing."""
    members = (key, content, size_bytes, "hash", "text/plain", 11, 12, 1, 0, None, "user", {"a": "b"}, [1], None, None)
    return msgspec.msgpack.encode(members)


def make_directory(root: Path, version: int, *, clean: bool) -> None:
    """Two objects, one of them replaced once, and an upload with a part; one content that nothing names."""
    for content in ("1/0/0", "1/0/1", "2/0/0", "2/0/1", "2/0/2"):
        path = root / "contents" / content
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    db = sqlite3.connect(root / "kodo.db")
    db.executescript(BUCKETS[version] + OTHER_TABLES)
    rows: dict[str, Sequence[Sequence[Any]]] = {
        "buckets": [("b", 1, 5.0), ("a", 0, 6.0)] if version == 1 else described_buckets(),
        "objects": [("b", "k", document("k", "2/0/0", 100)), ("a", "é", document("é", "1/0/1", 7))],
        "previous": [("b", "k", document("k", "1/0/0", 1))],
        "uploads": [("id", "b", None, 3.0)],
        "parts": [("id", 1, 4, "etag", "2/0/1", 9)],
        "ports": [("main", 1234)],
        "sessions": [(2, int(clean))],
    }
    for table, values in rows.items():
        db.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(values[0]))})", values)
    db.execute(f"PRAGMA user_version = {version}")
    db.commit()
    db.close()


def described_buckets() -> list[tuple[str, bytes, int, int]]:
    buckets = (Bucket("b", private=True, created_s=5.0), Bucket("a", private=False, created_s=6.0))
    return [(bucket.name, msgspec.json.encode(bucket), 0, 0) for bucket in buckets]


def contents(root: Path) -> set[str]:
    return {str(path.relative_to(root / "contents")) for path in (root / "contents").rglob("*") if path.is_file()}


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("clean", [True, False])
def test_an_earlier_version_is_taken_over(tmp_path: Path, version: int, clean: bool) -> None:
    make_directory(tmp_path, version, clean=clean)
    DiskStore(tmp_path, sync=False).close()
    store = DiskStore(tmp_path, sync=False)
    assert store.buckets() == [Bucket("a", private=False, created_s=6.0), Bucket("b", private=True, created_s=5.0)]
    assert (store.totals("a"), store.totals("b")) == (Totals(1, 7), Totals(1, 100))
    stored = store.find("b", "k")
    assert stored
    assert (stored.content, stored.kind, stored.end_user, stored.parts) == ("2/0/0", 1, "user", (1,))
    assert [stored.key for stored in store.scan("a", "", None, 9)] == ["é"]
    previous = store.find_previous("b", "k")
    assert previous
    assert previous.content == "1/0/0"
    assert store.find_upload("id") == Upload("id", "b", None, 3.0)
    assert store.parts("id") == [Part(1, 4, "etag", "2/0/1", 9)]
    assert store.port("main") == 1234
    orphans = {"2/0/2"} if clean else set()
    assert contents(tmp_path) == {"1/0/0", "1/0/1", "2/0/0", "2/0/1"} | orphans
    assert store.contents.ledger.new_name().partition("/")[0] not in {"1", "2"}
    store.close()


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    DiskStore(tmp_path).close()
    db = sqlite3.connect(tmp_path / "kodo.db")
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    result = CliRunner().invoke(main, ["serve", "--data", str(tmp_path)])
    assert (result.exit_code, f"has format {SCHEMA_VERSION + 1}" in result.output) == (2, True)


def test_a_failed_takeover_changes_nothing(tmp_path: Path) -> None:
    make_directory(tmp_path, 1, clean=True)
    db = sqlite3.connect(tmp_path / "kodo.db")
    db.execute("UPDATE objects SET document = x'ff' WHERE key = 'k'")
    db.commit()
    before = list(db.iterdump())
    db.close()
    for _ in range(2):  # The first failure lets go of the directory.
        result = CliRunner().invoke(main, ["serve", "--data", str(tmp_path)])
        assert (result.exit_code, "kodo.db cannot be read" in result.output) == (2, True)
    db = sqlite3.connect(tmp_path / "kodo.db")
    assert list(db.iterdump()) == before
    db.close()
