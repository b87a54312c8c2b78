"""Reading directories: what stands in the tree becomes rows that sort in the order of the keys (rules 2, 4, 8).

One scan reads all directories whose names decode to the same prefix, continuations included, as if they were one.
Not here: how scans follow each other (`local.walk`).
"""

import os
import stat
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from kodokeep.errors import FolderUnusable
from kodokeep.local.dirs import Directories
from kodokeep.local.spot import stamp_of
from kodokeep.model.entry import ObstacleKind, Stamp
from kodokeep.model.key import OWN_DIRECTORY, NotAKey, decode_directory, decode_name, fits, is_continuation


class Rank(IntEnum):
    """What a row says, in the order in which the rows of one key are told."""

    BARRIER = 0  # an obstacle for every key that begins with this one
    OBSTACLE = 1  # an obstacle for the key itself
    CONTINUATION = 2  # a directory whose entries are the subtree's own
    DIRECTORY = 3
    FILE = 4


class Row(NamedTuple):
    """One fact about the tree. A directory's key is what the keys below it begin with."""

    key: str
    rank: Rank
    path: str
    stamp: Stamp | None = None
    kind: ObstacleKind | None = None
    detail: str = ""


class Subtree(NamedTuple):
    """All directories whose keys begin with `prefix`."""

    prefix: str
    paths: tuple[str, ...]


class _Place(NamedTuple):
    """The directory that is being read: what its entries' paths and keys begin with, and its device."""

    base: str
    prefix: str
    device: int


class Scanner:
    """Reads subtrees. `mounts` are the mount points met so far, each with the device of the directory it stands in."""

    def __init__(self, directories: Directories, prefix: str, skip: frozenset[str]) -> None:
        """What no key under `prefix` depends on is left out; paths in `skip` are not looked at."""
        self.mounts: dict[str, int] = {}
        self._directories = directories
        self._prefix = prefix
        self._skip = skip | {OWN_DIRECTORY}

    def rows(self, subtree: Subtree) -> Iterator[Row]:
        """A row for everything that stands in a subtree, in no order.

        What cannot be read becomes an obstacle; only the folder itself raises, FolderUnusable.
        """
        pending = [(path, subtree.prefix) for path in subtree.paths]
        while pending:
            path, prefix = pending.pop()
            for row in self._read(path, prefix):
                if self._prefix and not self._concerns_prefix(row):
                    continue
                if row.rank is Rank.CONTINUATION:
                    pending.append((row.path, row.key))
                else:
                    yield row

    def _concerns_prefix(self, row: Row) -> bool:
        if row.key.startswith(self._prefix):
            return True
        return row.rank not in (Rank.OBSTACLE, Rank.FILE) and self._prefix.startswith(row.key)

    def _read(self, path: str, prefix: str) -> Iterator[Row]:
        try:
            with self._directories.open_fresh(path) as fd, os.scandir(fd) as entries:
                place = _Place(f"{path}/" if path else "", prefix, os.fstat(fd).st_dev)
                if self.mounts.get(path) == place.device:
                    yield Row(prefix, Rank.BARRIER, path, None, ObstacleKind.VANISHED_MOUNT, "unmounted just now")
                    return
                for entry in entries:
                    yield from self._rows_of(entry, place)
        except OSError as error:
            if not path:
                raise FolderUnusable(f"cannot read the folder: {_reason(error)}") from error
            yield Row(prefix, Rank.BARRIER, path, None, ObstacleKind.UNREADABLE, _reason(error))

    def _rows_of(self, entry: os.DirEntry[str], place: _Place) -> Iterable[Row]:
        path = place.base + entry.name
        if path in self._skip:
            return ()
        try:
            key = place.prefix + decode_name(entry.name)
        except NotAKey as reason:
            return (_not_a_key(place.prefix + entry.name, path, str(reason)),)
        if not fits(key):
            return (_not_a_key(key, path, "too long for a key"),)
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            return self._unknown(key, entry, place, ObstacleKind.UNREADABLE, _reason(error))
        return self._rows_of_kind(key, entry, place, status)

    def _rows_of_kind(self, key: str, entry: os.DirEntry[str], place: _Place, status: os.stat_result) -> Iterable[Row]:
        path = place.base + entry.name
        if stat.S_ISREG(status.st_mode):
            return (Row(key, Rank.FILE, path, stamp_of(status)),)
        if stat.S_ISDIR(status.st_mode):
            return (self._directory(path, entry.name, place, status.st_dev),)
        if stat.S_ISLNK(status.st_mode):
            return self._unknown(key, entry, place, ObstacleKind.SYMLINK, "a symlink is not followed")
        return (Row(key, Rank.OBSTACLE, path, None, ObstacleKind.SPECIAL, "no regular file"),)

    def _directory(self, path: str, name: str, place: _Place, device: int) -> Row:
        key = place.prefix + decode_directory(name)
        if not fits(key):
            return _not_a_key(key, path, "too long for a key")
        if device != place.device:
            self.mounts[path] = place.device
        return Row(key, Rank.CONTINUATION if is_continuation(name) else Rank.DIRECTORY, path)

    def _unknown(
        self, key: str, entry: os.DirEntry[str], place: _Place, kind: ObstacleKind, detail: str
    ) -> Iterable[Row]:
        """Something that may stand for a key, or for all keys below it."""
        path = place.base + entry.name
        prefix = place.prefix + decode_directory(entry.name)
        return Row(key, Rank.OBSTACLE, path, None, kind, detail), Row(prefix, Rank.BARRIER, path, None, kind, detail)


def _not_a_key(key: str, path: str, detail: str) -> Row:
    return Row(_printable(key), Rank.OBSTACLE, _printable(path), None, ObstacleKind.NOT_A_KEY, detail)


def _printable(text: str) -> str:
    """A text without the surrogates that Python puts for bytes that are not UTF-8."""
    return text.encode(errors="backslashreplace").decode()


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
