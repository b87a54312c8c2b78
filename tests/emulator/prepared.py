"""Emulators whose buckets and objects are there before the server starts, with whatever only a store can be told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, StoredObject
from tests.emulator_process import Emulator

CREATED_S = 1_700_000_000.0
PUT_TICKS = 17_000_000_000_000_000


@contextmanager
def prepared(
    data: Path, *buckets: Bucket, objects: tuple[tuple[str, StoredObject, bytes], ...] = ()
) -> Iterator[Emulator]:
    """A running emulator on a data directory that is made first; `objects` are bucket, object and content."""
    store = DiskStore(data, sync=False)
    for bucket in buckets:
        store.put_bucket(bucket)
    for name, stored, content in objects:
        keep(store, name, stored, content)
    store.close()
    with Emulator(data=data) as emulator:
        yield emulator


def keep(store: DiskStore, bucket: str, stored: StoredObject, content: bytes) -> None:
    incoming = store.receive()
    incoming.write(content)
    document = {name: getattr(stored, name) for name in stored.__struct_fields__}
    store.put(bucket, StoredObject(**{**document, "content": incoming.settle(), "size_bytes": len(content)}))


def described(key: str, **fields: Any) -> StoredObject:
    """An object that has no content yet."""
    facts = {"hash": "Fqr0xh3cxeii2r7eDztILNmuqUNN", "mime": "text/plain", "put_time": PUT_TICKS, **fields}
    return StoredObject(key=key, content="", size_bytes=0, last_modify=PUT_TICKS, **facts)
