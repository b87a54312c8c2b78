"""Putting many objects into a disk store that no server runs on. Where they come from: `load.py`, `synthesize.py`."""

import os
from collections.abc import Iterable

from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import StoredObject

_BATCH = 5_000


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
    while store.tidy():
        pass
    count = len(batch)
    batch.clear()
    return count


def _key(stored: StoredObject) -> str:
    return stored.key
