"""Fills a disk store with made-up objects, for benchmarks: the same options make the same contents."""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kodo_emulator.clock import Clock
from kodo_emulator.protocol.etag import Etag
from kodo_emulator.protocol.mime import DEFAULT_MIME
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.files import write_all
from kodo_emulator.store.filling import fill
from kodo_emulator.store.interface import StoredObject
from kodo_emulator.store.small import MOST_BYTES

_PIECE_BYTES = 1024 * 1024


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
        size_bytes = numbers.randint(made.min_bytes, made.max_bytes)
        etag, md5 = Etag(), hashlib.md5(usedforsecurity=False)
        content = _make_content(store, _random_pieces(numbers, size_bytes), size_bytes, (etag.update, md5.update))
        now = clock.ticks()
        yield StoredObject(
            key=f"{folder}{number:08d}.bin",
            content=content,
            size_bytes=size_bytes,
            hash=etag.text(),
            mime=DEFAULT_MIME,
            put_time=now,
            last_modify=now,
            md5=md5.hexdigest(),
        )


def _random_pieces(numbers: random.Random, size_bytes: int) -> Iterator[bytes]:
    for start in range(0, size_bytes, _PIECE_BYTES):
        yield numbers.randbytes(min(_PIECE_BYTES, size_bytes - start))


def _make_content(
    store: DiskStore, pieces: Iterator[bytes], size_bytes: int, readers: Sequence[Callable[[bytes], None]]
) -> str:
    """Keep a content and show it to readers."""
    if size_bytes <= MOST_BYTES:
        data = b"".join(pieces)
        for read in readers:
            read(data)
        return store.contents.small.hold(data)
    content = store.contents.ledger.new_name()
    with store.contents.files.create(content) as file:
        for data in pieces:
            write_all(file, data)
            for read in readers:
                read(data)
    return content
