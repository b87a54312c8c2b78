"""Content files below the data directory: names, durable arrival, removal. What they mean is in `disk.py`.

A content is named `session/shard/number`: a session is one opening of the data directory, so names never repeat and
need no search; shards keep directories small and new files next to each other.
"""

import asyncio
import errno
import itertools
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from io import FileIO
from pathlib import Path

_log = logging.getLogger(__name__)

_SHARD_FILES = 1000
_HELD_BYTES = 1024 * 1024
_COPY_BYTES = 1024 * 1024


class ContentFiles:
    """The files below `root`; `sync` says whether what arrives waits for the disk."""

    def __init__(self, root: Path, session: int, *, sync: bool) -> None:
        self.sync = sync
        self._root = root / "contents"
        self._session = session
        self._numbers = itertools.count()
        self._known_shards: set[str] = set()
        self._root.mkdir(exist_ok=True)

    def path(self, content: str) -> str:
        """A plain text: building a Path would cost more than opening the file."""
        return f"{self._root}/{content}"

    def new_name(self) -> str:
        """A name that was never used, in a directory that exists."""
        number = next(self._numbers)
        shard = f"{self._session}/{number // _SHARD_FILES}"
        if shard not in self._known_shards:
            directory = self._root / shard
            directory.mkdir(parents=True, exist_ok=True)
            if self.sync:
                sync_directory(directory.parent)
                sync_directory(self._root)
            self._known_shards.add(shard)
        return f"{shard}/{number}"

    def open(self, content: str) -> FileIO:
        return FileIO(self.path(content))

    def create(self, content: str) -> FileIO:
        return FileIO(self.path(content), "xb")

    def finish(self, file: FileIO, content: str) -> None:
        """Close a created file once it is as durable as it has to be."""
        with file:
            if self.sync:
                os.fsync(file.fileno())
        if self.sync:
            sync_directory(Path(self.path(content)).parent)

    def link(self, content: str) -> str:
        """Another name of the same file; a copy where the file system's limit of links is reached."""
        name = self.new_name()
        try:
            os.link(self.path(content), self.path(name))
        except OSError as error:
            if error.errno != errno.EMLINK:
                raise
            shutil.copyfile(self.path(content), self.path(name))
        if self.sync:
            sync_directory(Path(self.path(name)).parent)
        return name

    def remove(self, content: str) -> None:
        """Remove a content that nothing names. What cannot be removed stays: the operation it belonged to is done."""
        try:
            Path(self.path(content)).unlink()
        except OSError as error:
            _log.warning("content %s was not removed: %s", content, error)

    def names(self) -> Iterator[str]:
        """Every content on disk."""
        for directory, _, files in os.walk(self._root):
            shard = os.path.relpath(directory, self._root)
            for number in files:
                yield f"{shard}/{number}"


class IncomingFile:
    """A content that arrives; a small one stays in memory until it is sealed.

    It is written under its final name at once, since no row knows that name before the content is complete.
    """

    def __init__(self, files: ContentFiles) -> None:
        self._files = files
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._name: str | None = None
        self._file: FileIO | None = None

    def write(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes >= _HELD_BYTES:
            self._spill()

    async def seal(self) -> str:
        if self._files.sync:
            return await finish_in_thread(self.settle)
        return self.settle()

    def discard(self) -> None:
        if self._file:
            self._file.close()
        if self._name:
            self._files.remove(self._name)

    def settle(self) -> str:
        """`seal`, blocking."""
        self._spill()
        assert self._file is not None
        assert self._name is not None
        self._files.finish(self._file, self._name)
        return self._name

    def _spill(self) -> None:
        if self._file is None:
            self._name = self._files.new_name()
            self._file = self._files.create(self._name)
        for data in self._held:
            write_all(self._file, data)
        self._held.clear()
        self._held_bytes = 0


def join_files(files: ContentFiles, contents: Sequence[str], joined: IncomingFile) -> str:
    """Make `joined` of other contents, one after the other. It blocks for as long as the disk copies."""
    for content in contents:
        with files.open(content) as source:
            while data := source.read(_COPY_BYTES):
                joined.write(data)
    return joined.settle()


async def finish_in_thread(work: Callable[[], str]) -> str:
    """The result of something that blocks.

    A caller that is cancelled goes on when the thread has ended, so that it can clear away what the thread left.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def write_all(file: FileIO, data: bytes) -> None:
    """Write all of `data`: an unbuffered file may take less at a time."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]


def sync_directory(path: Path) -> None:
    """Make names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
