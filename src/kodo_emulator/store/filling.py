"""Putting many objects into a disk store that no server runs on. Where they come from: `load.py`, `synthesize.py`."""

import hashlib
import os
from collections.abc import Iterable

from kodo_emulator.clock import Clock
from kodo_emulator.protocol.etag import BLOCK_BYTES, Etag
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import StoredObject

_BATCH = 5_000


class Digests:
    """What is known of a content once it was read.

    There is an md5 up to one block only: the cloud promises it for form uploads alone (protocol §3.1), and for large
    files it would take longer than all the rest.
    """

    def __init__(self) -> None:
        self._etag = Etag()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size_bytes = 0

    def update(self, data: bytes | memoryview) -> None:
        self._etag.update(data)
        self.size_bytes += len(data)
        if self.size_bytes <= BLOCK_BYTES:
            self._md5.update(data)

    @property
    def etag(self) -> str:
        return self._etag.text()

    @property
    def md5(self) -> str | None:
        return self._md5.hexdigest() if self.size_bytes <= BLOCK_BYTES else None


def new_object(key: str, content: str, mime: str, digests: Digests, clock: Clock) -> StoredObject:
    """An object that was put just now."""
    now = clock.ticks()
    return StoredObject(key, content, digests.size_bytes, digests.etag, mime, now, now, md5=digests.md5)


def fill(store: DiskStore, bucket: str, objects: Iterable[StoredObject]) -> int:
    """Put objects in batches; gives their number."""
    batch: list[StoredObject] = []
    count = 0
    for stored in objects:
        batch.append(stored)
        if len(batch) == _BATCH:
            count += _put_batch(store, bucket, batch)
    return count + _put_batch(store, bucket, batch)


def _put_batch(store: DiskStore, bucket: str, batch: list[StoredObject]) -> int:
    if store.contents.files.sync:
        os.sync()  # One flush for the batch: an fsync for each small file costs far more.
    batch.sort(key=_key)  # Neighbours in the table, whatever the order of the file system.
    store.put_many(bucket, batch)
    count = len(batch)
    batch.clear()
    return count


def _key(stored: StoredObject) -> str:
    return stored.key
