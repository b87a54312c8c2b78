"""Fills a disk store from a directory tree.

The objects have no md5, which the cloud promises for form uploads alone (protocol §3.1): it would take longer than all
the rest.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.entry import decode_key
from kodo_emulator.protocol.etag import Etag
from kodo_emulator.protocol.mime import DEFAULT_MIME, type_of_name
from kodo_emulator.store import copying
from kodo_emulator.store.copying import Copied, Job, Result
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.filling import fill
from kodo_emulator.store.interface import StoredObject
from kodo_emulator.store.small import MOST_BYTES

_GROUP_FILES = 64
_GROUP_BYTES = 4 * 1024 * 1024
_JOBS_AT_ONCE = 2


class BadFileError(Exception):
    """A file whose path cannot be a key, or that cannot be taken."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the tree and its content in the store; `copied` is None until a copier has done its work."""

    key: str
    path: str
    content: str
    size_bytes: int
    copied: Copied | None = None


def load_tree(store: DiskStore, bucket: str, tree: Path, prefix: str, clock: Clock, *, link: bool) -> int:
    """Put every file below `tree`; keys are `prefix` and the relative path. Symbolic links are not followed.

    Raises:
        BadFileError: before anything of its batch is put.
    """
    files = (
        _receive(store, _checked(prefix + key), entry.path, entry.stat(follow_symlinks=False).st_size)
        for key, entry in _walk(tree)
    )
    copied = _copy_all(store, _grouped(files), link=link)
    return fill(store, bucket, (_object(file, done, clock) for file, done in copied))


def _object(file: _File, copied: Copied, clock: Clock) -> StoredObject:
    mime = type_of_name(file.key) or DEFAULT_MIME
    now = clock.ticks()
    return StoredObject(file.key, file.content, copied.size_bytes, copied.etag, mime, now, now)


def _walk(tree: Path) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Keys of regular files, in the order the file system gives them."""
    folders = [("", str(tree))]
    while folders:
        prefix, folder = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append((f"{prefix}{entry.name}/", entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield prefix + entry.name, entry


def _checked(key: str) -> str:
    try:
        return decode_key(os.fsencode(key))
    except KodoError as error:
        raise BadFileError(f"{key!r} cannot be a key: {error.message}") from error


def _receive(store: DiskStore, key: str, path: str, size_bytes: int) -> _File:
    """A small file is taken at once, of a larger one the name of its content is given out."""
    if size_bytes > MOST_BYTES:
        return _File(key, path, store.contents.ledger.new_name(), size_bytes)
    data = Path(path).read_bytes()
    etag = Etag()
    etag.update(data)
    return _File(key, path, store.contents.small.hold(data), 0, Copied(etag.text(), len(data)))


def _grouped(files: Iterable[_File]) -> Iterator[list[_File]]:
    """Groups that are worth a job."""
    group: list[_File] = []
    size_bytes = 0
    for file in files:
        group.append(file)
        size_bytes += file.size_bytes
        if len(group) == _GROUP_FILES or size_bytes >= _GROUP_BYTES:
            yield group
            group, size_bytes = [], 0
    yield group


class _Copier:
    """A process that does jobs."""

    def __init__(self, closing: ExitStack) -> None:
        command = [sys.executable, "-m", copying.__name__]
        self._process = closing.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))

    def begin(self, job: Job) -> None:
        assert self._process.stdin
        self._process.stdin.write(msgspec.json.encode(job) + b"\n")
        self._process.stdin.flush()

    def end(self) -> Result:
        """The result of the job that was begun first."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        return msgspec.json.decode(line, type=Result) if line else Result(error="a copying process ended")


def _copy_all(store: DiskStore, groups: Iterable[list[_File]], *, link: bool) -> Iterator[tuple[_File, Copied]]:
    """Every file, when it is copied. Copiers take turns; few jobs wait, so that their pipes never fill up."""
    with ExitStack() as closing:
        copiers = [_Copier(closing) for _ in range(os.cpu_count() or 1)]
        running: deque[tuple[_Copier, list[_File]]] = deque()
        for number, group in enumerate(groups):
            copier = copiers[number % len(copiers)]
            copier.begin(_job(store, group, link=link))
            running.append((copier, group))
            if len(running) == _JOBS_AT_ONCE * len(copiers):
                yield from _ended(*running.popleft())
        for copier, group in running:
            yield from _ended(copier, group)


def _job(store: DiskStore, group: list[_File], *, link: bool) -> Job:
    path = store.contents.files.path
    larger = [file for file in group if not file.copied]
    return Job(tuple((os.fsencode(file.path), os.fsencode(path(file.content))) for file in larger), link)


def _ended(copier: _Copier, group: list[_File]) -> Iterator[tuple[_File, Copied]]:
    result = copier.end()
    if result.error:
        raise BadFileError(result.error)
    copied = iter(result.copied)
    for file in group:
        yield file, file.copied or next(copied)
