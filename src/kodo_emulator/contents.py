"""Content files below the data directory: names, durable arrival, removal. What they mean is in `store_disk.py`.

A content is named `session/shard/number`: a session is one opening of the data directory, so names never repeat and
need no search; shards keep directories small and new files next to each other.
"""

import asyncio
import errno
import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path

_SHARD_FILES = 1000
_HELD_BYTES = 1024 * 1024


class ContentFiles:
    """The files under `root`; `sync` says whether sealing waits for the disk."""

    def __init__(self, root: Path, session: int, *, sync: bool) -> None:
        self.sync = sync
        self._root = root / "contents"
        self._incoming = root / "incoming"
        self._session = session
        self._numbers = itertools.count()
        self._known_shards: set[str] = set()
        shutil.rmtree(self._incoming, ignore_errors=True)
        self._incoming.mkdir()
        self._root.mkdir(exist_ok=True)

    def path(self, content: str) -> str:
        """A plain text: building a Path would cost more than opening the file."""
        return f"{self._root}/{content}"

    def incoming_path(self) -> Path:
        return self._incoming / f"{next(self._numbers)}"

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
        Path(self.path(content)).unlink()

    def names(self) -> Iterator[str]:
        """Every content on disk."""
        for directory, _, files in os.walk(self._root):
            shard = os.path.relpath(directory, self._root)
            for number in files:
                yield f"{shard}/{number}"


class IncomingFile:
    """A content that arrives; small ones stay in memory until they are sealed."""

    def __init__(self, files: ContentFiles) -> None:
        self._files = files
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._path: Path | None = None
        self._file: FileIO | None = None
        self._name: str | None = None

    def write(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes >= _HELD_BYTES:
            self._spill()

    async def seal(self) -> str:
        self._name = self._files.new_name()
        if self._files.sync:
            await asyncio.to_thread(self._settle, self._name)
        else:
            self._settle(self._name)
        return self._name

    def discard(self) -> None:
        self._held.clear()
        if self._file:
            self._file.close()
            self._file = None
        if self._name:
            self._files.remove(self._name)
        elif self._path:
            self._path.unlink()
        self._name = self._path = None

    def _spill(self) -> None:
        if self._file is None:
            self._path = self._files.incoming_path()
            self._file = FileIO(self._path, "xb")
        for data in self._held:
            write_all(self._file, data)
        self._held.clear()
        self._held_bytes = 0

    def _settle(self, name: str) -> None:
        self._spill()
        assert self._file is not None
        assert self._path is not None
        if self._files.sync:
            os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        target = self._path.rename(self._files.path(name))
        if self._files.sync:
            sync_directory(target.parent)


def join_files(files: ContentFiles, contents: Sequence[str]) -> str:
    """A new content made of others, one after the other. It blocks for as long as the disk copies."""
    path, name = files.incoming_path(), files.new_name()
    with FileIO(path, "xb") as joined:
        for content in contents:
            with files.open(content) as source:
                shutil.copyfileobj(source, joined, 1024 * 1024)
        if files.sync:
            os.fsync(joined.fileno())
    target = path.rename(files.path(name))
    if files.sync:
        sync_directory(target.parent)
    return name


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
