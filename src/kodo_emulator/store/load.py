"""Fills a disk store without a server: from a directory tree, or with made-up objects for benchmarks."""

import hashlib
import mimetypes
import os
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.protocol.etag import Etag
from kodo_emulator.protocol.policy import DEFAULT_MIME
from kodo_emulator.store.contents import write_all
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import StoredObject

_BATCH = 5_000
_PIECE_BYTES = 1024 * 1024


class BadFileError(Exception):
    """A file whose path cannot be a key."""


@dataclass(frozen=True, slots=True)
class Made:
    """What to synthesize: sizes in bytes; `per_folder` 0 puts all keys at the top."""

    count: int
    min_bytes: int
    max_bytes: int
    per_folder: int
    seed: int = 0


@dataclass(slots=True)
class _Digests:
    etag: Etag = field(default_factory=Etag)
    md5: "hashlib._Hash" = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))
    size_bytes: int = 0

    def update(self, data: bytes) -> None:
        self.etag.update(data)
        self.md5.update(data)
        self.size_bytes += len(data)


def load_tree(store: DiskStore, bucket: str, tree: Path, prefix: str, clock: Clock, *, link: bool) -> int:
    """Put every file below `tree`; keys are `prefix` and the relative path. Symbolic links are not followed.

    Raises:
        BadFileError: before anything of its batch is put.
    """
    files = ((prefix + key, path) for key, path in _walk(tree))
    objects = (_take_file(store, key, path, clock, link=link) for key, path in files)
    return _put_in_batches(store, bucket, objects)


def synthesize(store: DiskStore, bucket: str, made: Made, clock: Clock) -> int:
    """Put objects with repeatable random contents."""
    return _put_in_batches(store, bucket, _make_objects(store, made, clock))


def _put_in_batches(store: DiskStore, bucket: str, objects: Iterable[StoredObject]) -> int:
    batch: list[StoredObject] = []
    count = 0
    for stored in objects:
        batch.append(stored)
        if len(batch) == _BATCH:
            count += _put_batch(store, bucket, batch)
    return count + _put_batch(store, bucket, batch)


def _put_batch(store: DiskStore, bucket: str, batch: list[StoredObject]) -> int:
    if store.files.sync:
        os.sync()  # One flush for the batch: an fsync for each small file costs far more.
    store.put_many(bucket, batch)
    count = len(batch)
    batch.clear()
    return count


def _walk(tree: Path) -> Iterator[tuple[str, str]]:
    """Keys and paths of regular files, in the order the file system gives them."""
    folders = [("", str(tree))]
    while folders:
        prefix, folder = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append((f"{prefix}{entry.name}/", entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield _checked(prefix + entry.name), entry.path


def _checked(key: str) -> str:
    try:
        return decode_key(os.fsencode(key))
    except KodoError as error:
        raise BadFileError(f"{key!r} cannot be a key: {error.message}") from error


def _take_file(store: DiskStore, key: str, path: str, clock: Clock, *, link: bool) -> StoredObject:
    content = store.new_name()
    digests = _Digests()
    if link:
        os.link(path, store.files.path(content), follow_symlinks=False)
        with store.files.open(content) as source:
            _digest(source, digests, None)
    else:
        with FileIO(path) as source, store.files.create(content) as copy:
            _digest(source, digests, copy)
    mime = mimetypes.guess_type(key)[0] or DEFAULT_MIME
    return _object(key, content, mime, digests, clock)


def _digest(source: FileIO, digests: _Digests, copy: FileIO | None) -> None:
    while data := source.read(_PIECE_BYTES):
        digests.update(data)
        if copy:
            write_all(copy, data)


def _make_objects(store: DiskStore, made: Made, clock: Clock) -> Iterator[StoredObject]:
    numbers = random.Random(made.seed)  # noqa: S311 -- repeatable on purpose
    for number in range(made.count):
        folder = f"{number // made.per_folder:06d}/" if made.per_folder else ""
        content = store.new_name()
        digests = _Digests()
        data = numbers.randbytes(numbers.randint(made.min_bytes, made.max_bytes))
        digests.update(data)
        with store.files.create(content) as file:
            write_all(file, data)
        yield _object(f"{folder}{number:08d}.bin", content, DEFAULT_MIME, digests, clock)


def _object(key: str, content: str, mime: str, digests: _Digests, clock: Clock) -> StoredObject:
    now = clock.ticks()
    return StoredObject(
        key=key,
        content=content,
        size_bytes=digests.size_bytes,
        hash=digests.etag.text(),
        mime=mime,
        put_time=now,
        last_modify=now,
        md5=digests.md5.hexdigest(),
    )
