"""Content files below the data directory: made, linked, removed. Names are given out in `ledger.py`."""

import errno
import logging
import os
import shutil
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

_log = logging.getLogger(__name__)

_COPY_BYTES = 1024 * 1024


class ContentFiles:
    """The files below `root`; `sync` says whether what arrives waits for the disk."""

    def __init__(self, root: Path, *, sync: bool) -> None:
        self.sync = sync
        self._root = root / "contents"
        self._root.mkdir(exist_ok=True)

    def path(self, content: str) -> str:
        """A plain text: building a Path would cost more than opening the file."""
        return f"{self._root}/{content}"

    def make_shard(self, shard: str) -> None:
        directory = self._root / shard
        directory.mkdir(parents=True, exist_ok=True)
        if self.sync:
            sync_directory(directory.parent)
            sync_directory(self._root)

    def open(self, content: str) -> FileIO:
        return FileIO(self.path(content))

    def create(self, content: str) -> FileIO:
        return FileIO(self.path(content), "xb")

    def finish(self, file: FileIO, content: str) -> None:
        """Close a created file once it is as durable as it has to be."""
        with file:
            if self.sync:
                os.fsync(file.fileno())
        self._sync_names(content)

    def link(self, content: str, name: str) -> None:
        """Another name of the same file; a copy where the file system's limit of links is reached."""
        try:
            os.link(self.path(content), self.path(name))
        except OSError as error:
            if error.errno != errno.EMLINK:
                raise
            with self.open(content) as source, self.create(name) as copy:
                shutil.copyfileobj(source, copy, _COPY_BYTES)
                self.finish(copy, name)
        else:
            self._sync_names(name)

    def remove(self, content: str) -> None:
        """Remove a content that nothing names. What cannot be removed stays: the operation it belonged to is done."""
        try:
            os.unlink(self.path(content))  # noqa: PTH108 -- a Path would cost more than the removal
        except FileNotFoundError:
            pass
        except OSError as error:
            _log.warning("content %s was not removed: %s", content, error)

    def names(self, shard: str) -> list[str]:
        """Every content of a shard that is on disk."""
        try:
            return [f"{shard}/{path.name}" for path in (self._root / shard).iterdir()]
        except FileNotFoundError:
            return []

    def shards(self) -> Iterator[str]:
        """Every shard that is on disk."""
        for session in self._root.iterdir():
            for shard in session.iterdir():
                yield f"{session.name}/{shard.name}"

    def _sync_names(self, content: str) -> None:
        if self.sync:
            sync_directory(Path(self.path(content)).parent)


def write_all(file: FileIO, data: bytes | memoryview) -> None:
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
