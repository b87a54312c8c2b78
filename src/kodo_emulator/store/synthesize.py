"""Fills a disk store with made-up objects, for benchmarks: the same options make the same contents."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

from kodo_emulator.clock import Clock
from kodo_emulator.protocol.etag import Etag
from kodo_emulator.protocol.policy import DEFAULT_MIME
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.files import write_all
from kodo_emulator.store.filling import fill
from kodo_emulator.store.interface import StoredObject
from kodo_emulator.store.small import MOST_BYTES


@dataclass(frozen=True, slots=True)
class Made:
    """What to synthesize: sizes in bytes; `per_folder` 0 puts all keys at the top."""

    count: int
    min_bytes: int
    max_bytes: int
    per_folder: int
    seed: int = 0


def synthesize(store: DiskStore, bucket: str, made: Made, clock: Clock) -> int:
    """Put objects with repeatable random contents."""
    return fill(store, bucket, _make_objects(store, made, clock))


def _make_objects(store: DiskStore, made: Made, clock: Clock) -> Iterator[StoredObject]:
    numbers = random.Random(made.seed)  # noqa: S311 -- repeatable on purpose
    for number in range(made.count):
        folder = f"{number // made.per_folder:06d}/" if made.per_folder else ""
        data = numbers.randbytes(numbers.randint(made.min_bytes, made.max_bytes))
        etag = Etag()
        etag.update(data)
        now = clock.ticks()
        yield StoredObject(
            key=f"{folder}{number:08d}.bin",
            content=_keep(store, data),
            size_bytes=len(data),
            hash=etag.text(),
            mime=DEFAULT_MIME,
            put_time=now,
            last_modify=now,
            md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        )


def _keep(store: DiskStore, data: bytes) -> str:
    if len(data) <= MOST_BYTES:
        return store.contents.small.hold(data)
    content = store.contents.ledger.new_name()
    with store.contents.files.create(content) as file:
        write_all(file, data)
    return content
