"""The store that forgets: everything in memory, for tests and demonstrations. It never touches a disk."""

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO, FileIO
from typing import BinaryIO

from sortedcontainers import SortedDict

from kodo_emulator.store.blocking import join_contents
from kodo_emulator.store.files import write_all
from kodo_emulator.store.interface import Bucket, Part, StoredObject, Totals, Upload

_HELD_BYTES = 16 * 1024 * 1024
_SLICE_OBJECTS = 1000


class _LargeContent:
    """A memory file: it grows without being copied, and many can read it at once."""

    def __init__(self) -> None:
        self._descriptor = os.memfd_create("kodo-content")

    def __del__(self) -> None:
        os.close(self._descriptor)

    def append(self, data: bytes) -> None:
        with FileIO(self._descriptor, "ab", closefd=False) as file:
            write_all(file, data)

    def open(self) -> FileIO:
        return FileIO(f"/proc/self/fd/{self._descriptor}")  # An opening of its own, with a position of its own.


_Content = bytes | _LargeContent


@dataclass(slots=True)
class _Held:
    """A bucket and what is in it. Python orders texts by code points, which is the byte order of their UTF-8."""

    bucket: Bucket
    objects: SortedDict = field(default_factory=SortedDict)
    previous: dict[str, StoredObject] = field(default_factory=dict)
    size_bytes: int = 0


class IncomingBytes:
    """A content that arrives; a large one moves to a memory file, so that joining its pieces needs no second copy."""

    def __init__(self, contents: dict[str, _Content], name: str) -> None:
        self._contents = contents
        self._name = name
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._large: _LargeContent | None = None

    def write(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes >= _HELD_BYTES:
            self._large = self._large or _LargeContent()
            self._spill(self._large)

    async def seal(self) -> str:
        return self.settle()

    def settle(self) -> str:
        """`seal`, without an event loop."""
        if self._large:
            self._spill(self._large)
        self._contents[self._name] = self._large or b"".join(self._held)
        self._held.clear()
        return self._name

    def discard(self) -> None:
        self._contents.pop(self._name, None)

    def _spill(self, large: _LargeContent) -> None:
        for data in self._held:
            large.append(data)
        self._held.clear()
        self._held_bytes = 0


class MemoryStore:
    """A `Store` that ends with the process."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Held] = {}
        self._dropped: list[_Held] = []
        self._contents: dict[str, _Content] = {}
        self._names = map(str, itertools.count())
        self._uploads: dict[str, Upload] = {}
        self._parts: dict[str, dict[int, Part]] = {}
        self._ports: dict[str, int] = {}

    def buckets(self) -> Sequence[Bucket]:
        return [self._buckets[name].bucket for name in sorted(self._buckets)]

    def bucket(self, name: str) -> Bucket | None:
        held = self._buckets.get(name)
        return held.bucket if held else None

    def put_bucket(self, bucket: Bucket) -> None:
        self._buckets.setdefault(bucket.name, _Held(bucket)).bucket = bucket

    def drop_bucket(self, name: str) -> None:
        self._dropped.append(self._buckets.pop(name))
        for upload in [upload for upload in self._uploads.values() if upload.bucket == name]:
            self.drop_upload(upload.id)
        self.tidy()

    def tidy(self) -> bool:
        if not self._dropped:
            return False
        held = self._dropped[-1]
        for objects in (held.objects, held.previous):
            for _ in range(min(_SLICE_OBJECTS, len(objects))):
                _, stored = objects.popitem()
                del self._contents[stored.content]
        if not held.objects and not held.previous:
            self._dropped.pop()
        return bool(self._dropped)

    def totals(self, bucket: str) -> Totals:
        held = self._buckets.get(bucket)
        return Totals(len(held.objects), held.size_bytes) if held else Totals()

    def port(self, listener: str) -> int:
        return self._ports.get(listener, 0)

    def keep_port(self, listener: str, port: int) -> None:
        self._ports[listener] = port

    def forget_port(self, listener: str) -> None:
        self._ports.pop(listener, None)

    def find(self, bucket: str, key: str) -> StoredObject | None:
        held = self._buckets.get(bucket)
        return held.objects.get(key) if held else None

    def find_previous(self, bucket: str, key: str) -> StoredObject | None:
        held = self._buckets.get(bucket)
        return held.previous.get(key) if held else None

    def scan(self, bucket: str, start: str, end: str | None, limit: int) -> Sequence[StoredObject]:
        held = self._buckets.get(bucket)
        if held is None or (end is not None and end <= start):
            return []
        keys = held.objects.irange(start, end, inclusive=(True, False))
        return [held.objects[key] for key in itertools.islice(keys, limit)]

    def last_key_before(self, bucket: str, end: str | None) -> str | None:
        held = self._buckets.get(bucket)
        keys: Iterator[str] = (
            held.objects.irange(None, end, inclusive=(True, False), reverse=True) if held else iter(())
        )
        return next(keys, None)

    def receive(self) -> IncomingBytes:
        return IncomingBytes(self._contents, next(self._names))

    def put(self, bucket: str, stored: StoredObject) -> None:
        held = self._buckets[bucket]
        replaced = held.objects.get(stored.key)
        if replaced:
            self._forget_previous(held, stored.key)
            held.previous[stored.key] = replaced
            held.size_bytes -= replaced.size_bytes
        held.objects[stored.key] = stored
        held.size_bytes += stored.size_bytes

    def update(self, bucket: str, stored: StoredObject) -> None:
        self._buckets[bucket].objects[stored.key] = stored

    def copy_content(self, stored: StoredObject) -> str:
        name = next(self._names)
        self._contents[name] = self._contents[stored.content]
        return name

    def move(self, source: tuple[str, str], target_bucket: str, stored: StoredObject) -> None:
        self.put(target_bucket, stored)
        self._remove(*source)

    def delete(self, bucket: str, key: str) -> None:
        removed = self._remove(bucket, key)
        if removed:
            del self._contents[removed.content]

    def revise(self, bucket: str, changed: Sequence[StoredObject], gone: Sequence[str]) -> None:
        for stored in changed:
            self.update(bucket, stored)
        for key in gone:
            self.delete(bucket, key)

    def open(self, content: str) -> BinaryIO:
        found = self._contents.get(content)
        if found is None:
            raise FileNotFoundError(content)
        return BytesIO(found) if isinstance(found, bytes) else found.open()

    def add_upload(self, upload: Upload) -> None:
        self._uploads[upload.id] = upload

    def find_upload(self, upload_id: str) -> Upload | None:
        return self._uploads.get(upload_id)

    def old_uploads(self, id_prefix: str, before_s: float, limit: int) -> Sequence[Upload]:
        uploads = self._uploads.values()
        found = (upload for upload in uploads if upload.id.startswith(id_prefix) and upload.created_s < before_s)
        return list(itertools.islice(found, limit))

    def put_part(self, upload_id: str, part: Part) -> None:
        parts = self._parts.setdefault(upload_id, {})
        replaced = parts.get(part.number)
        parts[part.number] = part
        if replaced:
            del self._contents[replaced.content]

    def parts(self, upload_id: str) -> Sequence[Part]:
        parts = self._parts.get(upload_id, {})
        return [parts[number] for number in sorted(parts)]

    async def join(self, parts: Sequence[Part]) -> str:
        return await join_contents([partial(self.open, part.content) for part in parts], self.receive())

    def drop_content(self, content: str) -> None:
        self._contents.pop(content, None)

    def drop_upload(self, upload_id: str) -> None:
        self._uploads.pop(upload_id, None)
        for part in self._parts.pop(upload_id, {}).values():
            del self._contents[part.content]

    def _remove(self, bucket: str, key: str) -> StoredObject | None:
        """Remove an object and the one that it replaced; the content of the latter goes, too."""
        held = self._buckets[bucket]
        removed: StoredObject | None = held.objects.pop(key, None)
        if removed:
            held.size_bytes -= removed.size_bytes
            self._forget_previous(held, key)
        return removed

    def _forget_previous(self, held: _Held, key: str) -> None:
        forgotten = held.previous.pop(key, None)
        if forgotten:
            del self._contents[forgotten.content]
