"""Fills a disk store from a directory tree. Threads read, hash and write the files, as all of that waits or counts."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.protocol.mime import DEFAULT_MIME, type_of_name
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.files import ContentFiles, write_all
from kodo_emulator.store.filling import Digests, fill, new_object
from kodo_emulator.store.interface import StoredObject
from kodo_emulator.store.small import MOST_BYTES

_PIECE_BYTES = 1024 * 1024
_GROUP_FILES = 64
_GROUP_BYTES = 4 * 1024 * 1024


class BadFileError(Exception):
    """A file whose path cannot be a key."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the tree; `content` is empty for one that becomes a small content."""

    key: str
    path: str
    size_bytes: int
    content: str


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file whose bytes were taken; `data` has those of a small one."""

    file: _File
    digests: Digests
    data: bytes = b""


def load_tree(store: DiskStore, bucket: str, tree: Path, prefix: str, clock: Clock, *, link: bool) -> int:
    """Put every file below `tree`; keys are `prefix` and the relative path. Symbolic links are not followed.

    Raises:
        BadFileError: before anything of its batch is put.
    """
    files = (
        _File(prefix + key, path, size_bytes, store.contents.ledger.new_name() if size_bytes > MOST_BYTES else "")
        for key, path, size_bytes in _walk(tree)
    )
    taken = _take_all(_grouped(files), store.contents.files, link=link)
    return fill(store, bucket, (_object(store, one, clock) for one in taken))


def _object(store: DiskStore, taken: _Taken, clock: Clock) -> StoredObject:
    key = taken.file.key
    content = taken.file.content or store.contents.small.hold(taken.data)
    return new_object(key, content, type_of_name(key) or DEFAULT_MIME, taken.digests, clock)


def _walk(tree: Path) -> Iterator[tuple[str, str, int]]:
    """Keys, paths and sizes of regular files, in the order the file system gives them."""
    folders = [("", str(tree))]
    while folders:
        prefix, folder = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append((f"{prefix}{entry.name}/", entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield _checked(prefix + entry.name), entry.path, entry.stat(follow_symlinks=False).st_size


def _checked(key: str) -> str:
    try:
        return decode_key(os.fsencode(key))
    except KodoError as error:
        raise BadFileError(f"{key!r} cannot be a key: {error.message}") from error


def _grouped(files: Iterable[_File]) -> Iterator[list[_File]]:
    """Groups that are worth a thread's turn."""
    group: list[_File] = []
    size_bytes = 0
    for file in files:
        group.append(file)
        size_bytes += file.size_bytes
        if len(group) == _GROUP_FILES or size_bytes >= _GROUP_BYTES:
            yield group
            group, size_bytes = [], 0
    yield group


def _take_all(groups: Iterable[list[_File]], contents: ContentFiles, *, link: bool) -> Iterator[_Taken]:
    threads = os.cpu_count() or 1
    running: deque[Future[list[_Taken]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for group in groups:
                running.append(pool.submit(partial(_take_group, group, contents, link=link)))
                if len(running) > 2 * threads:
                    yield from running.popleft().result()
            while running:
                yield from running.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _take_group(group: Sequence[_File], contents: ContentFiles, *, link: bool) -> list[_Taken]:
    buffer = memoryview(bytearray(_PIECE_BYTES))
    return [_take(file, contents, buffer, link=link) for file in group]


def _take(file: _File, contents: ContentFiles, buffer: memoryview, *, link: bool) -> _Taken:
    digests = Digests()
    if not file.content:
        data = Path(file.path).read_bytes()
        digests.update(data)
        return _Taken(file, digests, data)
    if link:
        os.link(file.path, contents.path(file.content), follow_symlinks=False)
        with contents.open(file.content) as source:
            _read(source, digests, buffer, None)
    else:
        with FileIO(file.path) as source, contents.create(file.content) as copy:
            _read(source, digests, buffer, copy)
    return _Taken(file, digests)


def _read(source: FileIO, digests: Digests, buffer: memoryview, copy: FileIO | None) -> None:
    while size_bytes := source.readinto(buffer):
        data = buffer[:size_bytes]
        digests.update(data)
        if copy:
            write_all(copy, data)
