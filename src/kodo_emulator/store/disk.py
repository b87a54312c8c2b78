"""The store that survives: metadata and small contents in SQLite, larger contents as plain files (`contents.py`).

The row is the commit: a content is complete on disk before a row names it, and is removed after no row does. What a
crash leaves in between is unnamed and swept when the store opens next. An object is one document, so that a page of a
listing costs a thousand small decodings and not fifteen thousand columns.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from kodo_emulator.store.blocking import join_contents
from kodo_emulator.store.contents import Contents, IncomingContent
from kodo_emulator.store.files import ContentFiles
from kodo_emulator.store.interface import Bucket, Part, StoredObject, Totals, Upload
from kodo_emulator.store.schema import open_database, transaction
from kodo_emulator.store.small import MOST_BYTES

_SLICE_ROWS = 100

_BUCKETS = "SELECT id, document FROM buckets"
_ADD_BUCKET = "INSERT INTO buckets (name, document, count, size_bytes) VALUES (?, ?, 0, 0) RETURNING id"
_CHANGE_BUCKET = "UPDATE buckets SET document = ? WHERE id = ?"
_TOTALS = "SELECT count, size_bytes FROM buckets WHERE id = ?"
_ADD_TO_TOTALS = "UPDATE buckets SET count = count + ?, size_bytes = size_bytes + ? WHERE id = ?"
_FIND = "SELECT document FROM objects WHERE bucket = ? AND key = ?"
_FIND_PREVIOUS = "SELECT document FROM previous WHERE bucket = ? AND key = ?"
_SCAN = "SELECT document FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"
_LAST_KEY = "SELECT key FROM objects WHERE bucket = ? AND key < ? ORDER BY key DESC LIMIT 1"
_PUT = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?)"
_PUT_PREVIOUS = "INSERT OR REPLACE INTO previous VALUES (?, ?, ?)"
_DELETE = "DELETE FROM objects WHERE bucket = ? AND key = ?"
_DELETE_PREVIOUS = "DELETE FROM previous WHERE bucket = ? AND key = ?"
_FIND_UPLOAD = """
SELECT uploads.id, buckets.name, key, created_s FROM uploads JOIN buckets ON buckets.id = bucket WHERE uploads.id = ?
"""
_OLD_UPLOADS = """
SELECT uploads.id, buckets.name, key, created_s FROM uploads JOIN buckets ON buckets.id = bucket
WHERE substr(uploads.id, 1, ?) = ? AND created_s < ? LIMIT ?
"""
_DELETE_MANY = "DELETE FROM {0} WHERE bucket = ? AND key IN ({1}) RETURNING document"
_DELETE_SLICE = """
DELETE FROM {0} WHERE bucket = ?1 AND key IN (SELECT key FROM {0} WHERE bucket = ?1 LIMIT ?2) RETURNING document
"""

# In SQLite every BLOB sorts after every TEXT, so this is above all keys.
_ABOVE_ALL_KEYS: Final = b""


class StoreInUseError(Exception):
    """Another process has the data directory open."""


@dataclass(slots=True)
class _Change:
    """What a transaction adds to totals, by bucket id, and the contents that got a first row or lost their last."""

    totals: dict[int, tuple[int, int]] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    doomed: list[str] = field(default_factory=list)

    def count(self, bucket: int, objects: int, size_bytes: int) -> None:
        before_objects, before_bytes = self.totals.get(bucket, (0, 0))
        self.totals[bucket] = before_objects + objects, before_bytes + size_bytes


class DiskStore:
    """A `Store` in a directory, which one process at a time may open.

    `sync=False` leaves it to the system when bytes reach the disk: a killed process loses nothing, a power cut may.

    Raises:
        StoreInUseError, StoreFormatError: when it cannot be opened.
    """

    def __init__(self, root: Path, *, sync: bool = True) -> None:
        root.mkdir(parents=True, exist_ok=True)
        with ExitStack() as opened:
            self._lock = _lock_directory(root)
            opened.callback(os.close, self._lock)
            files = ContentFiles(root, sync=sync)
            self._db = open_database(root / "kodo.db", files.shards, sync=sync)
            opened.callback(self._db.close)
            self._contents = Contents(self._db, files)
            self._close = opened.pop_all().close
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(StoredObject).decode
        rows = [(number, msgspec.json.decode(document, type=Bucket)) for number, document in self._db.execute(_BUCKETS)]
        self._buckets = {bucket.name: bucket for _, bucket in rows}
        self._ids = {bucket.name: number for number, bucket in rows}

    def close(self) -> None:
        self._contents.close()
        self._close()

    def buckets(self) -> Sequence[Bucket]:
        return sorted(self._buckets.values(), key=lambda bucket: bucket.name)

    def bucket(self, name: str) -> Bucket | None:
        return self._buckets.get(name)

    def put_bucket(self, bucket: Bucket) -> None:
        document = msgspec.json.encode(bucket)
        if bucket.name in self._ids:
            self._db.execute(_CHANGE_BUCKET, (document, self._ids[bucket.name]))
        else:
            self._ids[bucket.name] = self._db.execute(_ADD_BUCKET, (bucket.name, document)).fetchone()[0]
        self._buckets[bucket.name] = bucket

    def drop_bucket(self, name: str) -> None:
        """A small bucket is gone at once, of a large one `tidy` removes what is in it."""
        with transaction(self._db):
            self._db.execute("INSERT INTO dropped VALUES (?)", (self._ids[name],))
            self._db.execute("DELETE FROM buckets WHERE id = ?", (self._ids[name],))
        del self._buckets[name], self._ids[name]
        self.tidy()

    def tidy(self) -> bool:
        if self._contents.ledger.sweep():
            return True
        row = self._db.execute("SELECT bucket FROM dropped LIMIT 1").fetchone()
        if row is None:
            return False
        with self._changing() as change:
            done = self._remove_slice(row[0], change)
            if done:
                self._db.execute("DELETE FROM dropped WHERE bucket = ?", row)
        return self._contents.ledger.sweep() or not done

    def totals(self, bucket: str) -> Totals:
        row = self._db.execute(_TOTALS, (self._ids.get(bucket),)).fetchone()
        return Totals(*row) if row else Totals()

    def port(self, listener: str) -> int:
        row = self._db.execute("SELECT port FROM ports WHERE listener = ?", (listener,)).fetchone()
        return row[0] if row else 0

    def keep_port(self, listener: str, port: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO ports VALUES (?, ?)", (listener, port))

    def forget_port(self, listener: str) -> None:
        self._db.execute("DELETE FROM ports WHERE listener = ?", (listener,))

    def find(self, bucket: str, key: str) -> StoredObject | None:
        row = self._db.execute(_FIND, (self._ids.get(bucket), key)).fetchone()
        return self._decode(row[0]) if row else None

    def find_previous(self, bucket: str, key: str) -> StoredObject | None:
        row = self._db.execute(_FIND_PREVIOUS, (self._ids.get(bucket), key)).fetchone()
        return self._decode(row[0]) if row else None

    def scan(self, bucket: str, start: str, end: str | None, limit: int) -> Sequence[StoredObject]:
        above = _ABOVE_ALL_KEYS if end is None else end
        rows = self._db.execute(_SCAN, (self._ids.get(bucket), start, above, limit)).fetchall()
        return [self._decode(document) for (document,) in rows]

    def last_key_before(self, bucket: str, end: str | None) -> str | None:
        above = _ABOVE_ALL_KEYS if end is None else end
        row = self._db.execute(_LAST_KEY, (self._ids.get(bucket), above)).fetchone()
        return row[0] if row else None

    def receive(self) -> IncomingContent:
        return self._contents.receive()

    @property
    def contents(self) -> Contents:
        """For those who fill a store from outside (`load.py`)."""
        return self._contents

    def put(self, bucket: str, stored: StoredObject) -> None:
        self.put_many(bucket, (stored,))

    def put_many(self, bucket: str, many: Sequence[StoredObject]) -> None:
        """Put all of them in one transaction."""
        number = self._ids[bucket]
        with self._changing() as change:
            for stored in many:
                change.named.append(stored.content)
                self._put(number, stored, change)

    def update(self, bucket: str, stored: StoredObject) -> None:
        self._db.execute(_PUT, (self._ids[bucket], stored.key, self._encode(stored)))

    def copy_content(self, stored: StoredObject) -> str:
        return self._contents.copy(stored.content)

    def move(self, source: tuple[str, str], target_bucket: str, stored: StoredObject) -> None:
        source_id, source_key = self._ids[source[0]], source[1]
        with self._changing() as change:
            self._put(self._ids[target_bucket], stored, change)
            self._remove(source_id, source_key, change, keep_content=True)

    def delete(self, bucket: str, key: str) -> None:
        with self._changing() as change:
            self._remove(self._ids[bucket], key, change)

    def revise(self, bucket: str, changed: Sequence[StoredObject], gone: Sequence[str]) -> None:
        number = self._ids[bucket]
        with self._changing() as change:
            self._db.executemany(_PUT, [(number, stored.key, self._encode(stored)) for stored in changed])
            for removed in self._delete_rows("objects", number, gone):
                change.count(number, -1, -removed.size_bytes)
                change.doomed.append(removed.content)
            change.doomed += [removed.content for removed in self._delete_rows("previous", number, gone)]

    def open(self, content: str) -> BinaryIO:
        return self._contents.open(content)

    def add_upload(self, upload: Upload) -> None:
        row = (upload.id, self._ids[upload.bucket], upload.key, upload.created_s)
        self._db.execute("INSERT INTO uploads VALUES (?, ?, ?, ?)", row)

    def find_upload(self, upload_id: str) -> Upload | None:
        row = self._db.execute(_FIND_UPLOAD, (upload_id,)).fetchone()
        return Upload(*row) if row else None

    def old_uploads(self, id_prefix: str, before_s: float, limit: int) -> Sequence[Upload]:
        rows = self._db.execute(_OLD_UPLOADS, (len(id_prefix), id_prefix, before_s, limit))
        return [Upload(*row) for row in rows.fetchall()]

    def put_part(self, upload_id: str, part: Part) -> None:
        place = (upload_id, part.number)
        with self._changing() as change:
            change.named.append(part.content)
            rows = self._db.execute("SELECT content FROM parts WHERE upload = ? AND number = ?", place)
            change.doomed += [content for (content,) in rows]
            self._db.execute(
                "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)",
                (*place, part.size_bytes, part.etag, part.content, part.put_time_s),
            )

    def parts(self, upload_id: str) -> Sequence[Part]:
        rows = self._db.execute(
            "SELECT number, size_bytes, etag, content, put_time_s FROM parts WHERE upload = ? ORDER BY number",
            (upload_id,),
        )
        return [Part(*row) for row in rows]

    async def join(self, parts: Sequence[Part]) -> str:
        joined = self.receive()
        openers = [self._contents.opener(part.content) for part in parts]
        if sum(part.size_bytes for part in parts) <= MOST_BYTES:
            for opener in openers:
                joined.write(opener().read())
            return await joined.seal()
        joined.begin_file()
        return await join_contents(openers, joined)

    def drop_content(self, content: str) -> None:
        self._contents.discard(content)

    def drop_upload(self, upload_id: str) -> None:
        with self._changing() as change:
            self._remove_upload(upload_id, change)

    @contextmanager
    def _changing(self) -> Iterator[_Change]:
        """One transaction, and what follows from it: contents without a row lose their files."""
        change = _Change()
        with transaction(self._db):
            yield change
            self._db.executemany(_ADD_TO_TOTALS, [(*added, number) for number, added in change.totals.items()])
            self._contents.note(change.named, change.doomed)
        self._contents.noted(change.named, change.doomed)

    def _put(self, bucket: int, stored: StoredObject, change: _Change) -> None:
        """Write the row of an object; the one that was there becomes the previous one."""
        place = (bucket, stored.key)
        replaced = self._db.execute(_FIND, place).fetchone()
        if replaced is None:
            change.count(bucket, 1, stored.size_bytes)
        else:
            self._doom_previous(place, change)
            self._db.execute(_PUT_PREVIOUS, (*place, replaced[0]))
            change.count(bucket, 0, stored.size_bytes - self._decode(replaced[0]).size_bytes)
        self._db.execute(_PUT, (*place, self._encode(stored)))

    def _remove(self, bucket: int, key: str, change: _Change, *, keep_content: bool = False) -> None:
        """Remove an object and the one that it replaced."""
        place = (bucket, key)
        row = self._db.execute(_FIND, place).fetchone()
        if row is None:
            return
        stored = self._decode(row[0])
        if not keep_content:
            change.doomed.append(stored.content)
        change.count(bucket, -1, -stored.size_bytes)
        self._db.execute(_DELETE, place)
        self._doom_previous(place, change)
        self._db.execute(_DELETE_PREVIOUS, place)

    def _delete_rows(self, table: str, bucket: int, keys: Sequence[str]) -> list[StoredObject]:
        """Delete all of these rows with one statement, and give what they said."""
        statement = _DELETE_MANY.format(table, ",".join("?" * len(keys)))
        rows = self._db.execute(statement, (bucket, *keys)).fetchall()
        return [self._decode(document) for (document,) in rows]

    def _doom_previous(self, place: tuple[int, str], change: _Change) -> None:
        row = self._db.execute(_FIND_PREVIOUS, place).fetchone()
        if row is not None:
            change.doomed.append(self._decode(row[0]).content)

    def _remove_upload(self, upload_id: str, change: _Change) -> None:
        change.doomed += [part.content for part in self.parts(upload_id)]
        self._db.execute("DELETE FROM parts WHERE upload = ?", (upload_id,))
        self._db.execute("DELETE FROM uploads WHERE id = ?", (upload_id,))

    def _remove_slice(self, bucket: int, change: _Change) -> bool:
        """Remove some of what a dropped bucket held; whether that was the end of it."""
        for table in ("objects", "previous"):
            rows = self._db.execute(_DELETE_SLICE.format(table), (bucket, _SLICE_ROWS)).fetchall()
            change.doomed += [self._decode(document).content for (document,) in rows]
            if len(rows) == _SLICE_ROWS:
                return False
        upload = self._db.execute("SELECT id FROM uploads WHERE bucket = ? LIMIT 1", (bucket,)).fetchone()
        if upload:
            self._remove_upload(upload[0], change)
        return upload is None


def _lock_directory(root: Path) -> int:
    descriptor = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreInUseError(f"{root} is in use by another kodo-emulator") from error
    return descriptor
