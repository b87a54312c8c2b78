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
from kodokeep.local.links import Astray, Links
from kodokeep.local.spot import stamp_of
from kodokeep.model.entry import ObstacleKind, Stamp
from kodokeep.model.key import OWN_DIRECTORY, NotAKey, decode_directory, decode_name, fits, is_continuation

NO_MOUNT = "was a mount point, and is none now"


class Rank(IntEnum):
    """What a row says, in the order in which the rows of one key are told."""

    BARRIER = 0  # an obstacle for every key that begins with this one
    OBSTACLE = 1  # an obstacle for the key itself
    CONTINUATION = 2  # a directory whose entries are the subtree's own
    DIRECTORY = 3
    FILE = 4


class Row(NamedTuple):
    """One fact about the tree. A directory's key is what the keys below it begin with.

    `real` is where the path leads through symlinks that are followed, None if there is none on the way. `echo`: as in
    `Obstacle`.
    """

    key: str
    rank: Rank
    path: str
    stamp: Stamp | None = None
    kind: ObstacleKind | None = None
    detail: str = ""
    real: str | None = None
    echo: bool = False

    @property
    def directory(self) -> "Directory":
        """The directory that the row is about."""
        return Directory(self.path, self.path if self.real is None else self.real)


class Directory(NamedTuple):
    """A directory: the path that those of its entries begin with, and the one it is opened by."""

    path: str
    real: str


class Subtree(NamedTuple):
    """All directories whose keys begin with `prefix`."""

    prefix: str
    directories: tuple[Directory, ...]


class _Place(NamedTuple):
    """The directory that is being read: what its entries' paths and keys begin with, and its device. `followed` if
    `real_base` differs from `base`.
    """

    base: str
    real_base: str
    prefix: str
    device: int
    followed: bool


ROOT = Directory("", "")
"""The folder itself."""


class Scanner:
    """Reads subtrees. `mounts` are the mount points met so far, each with the device of the directory it stands in."""

    def __init__(self, directories: Directories, prefix: str, skip: frozenset[str], links: Links | None = None) -> None:
        """What no key under `prefix` depends on is left out; paths in `skip`, of mounts that vanished, are not looked
        at. Symlinks are followed with `links`.
        """
        self.mounts: dict[str, int] = {}
        self._directories = directories
        self._prefix = prefix
        self._vanished = skip
        self._links = links

    def rows(self, subtree: Subtree) -> Iterator[Row]:
        """A row for everything that stands in a subtree, in no order.

        What cannot be read becomes an obstacle; only the folder itself raises, FolderUnusable.
        """
        pending = [(directory, subtree.prefix) for directory in subtree.directories]
        while pending:
            directory, prefix = pending.pop()
            for row in self._read(directory, prefix):
                if self._prefix and not self._concerns_prefix(row):
                    continue
                if row.rank is Rank.CONTINUATION:
                    pending.append((row.directory, row.key))
                else:
                    yield row

    def _concerns_prefix(self, row: Row) -> bool:
        if row.key.startswith(self._prefix):
            return True
        return row.rank not in (Rank.OBSTACLE, Rank.FILE) and self._prefix.startswith(row.key)

    def _read(self, directory: Directory, prefix: str) -> Iterator[Row]:
        path, real = directory
        try:
            with self._directories.open_fresh(real) as fd, os.scandir(fd) as entries:
                place = _Place(_base(path), _base(real), prefix, os.fstat(fd).st_dev, path != real)
                if self.mounts.get(real) == place.device:
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
        if path == OWN_DIRECTORY or path in self._vanished:
            return ()
        try:
            key = place.prefix + decode_name(entry.name)
        except NotAKey as reason:
            return (_not_a_key(place.prefix + entry.name, path, str(reason)),)
        if not fits(key):
            return (_not_a_key(key, path, "too long for a key"),)
        if self._vanished and place.real_base + entry.name in self._vanished:
            return self._unknown(key, entry, place, ObstacleKind.VANISHED_MOUNT, NO_MOUNT)
        try:
            status = entry.stat(follow_symlinks=False)
            return self._rows_of_kind(key, entry, place, status)
        except OSError as error:
            return self._unknown(key, entry, place, ObstacleKind.UNREADABLE, _reason(error))

    def _rows_of_kind(self, key: str, entry: os.DirEntry[str], place: _Place, status: os.stat_result) -> Iterable[Row]:
        path = place.base + entry.name
        real = place.real_base + entry.name if place.followed else None
        if stat.S_ISREG(status.st_mode):
            return (Row(key, Rank.FILE, path, stamp_of(status), None, "", real),)
        if stat.S_ISDIR(status.st_mode):
            if real is None and status.st_dev != place.device:
                self.mounts[path] = place.device
            return (_directory(path, entry.name, place, real),)
        if not stat.S_ISLNK(status.st_mode):
            return (Row(key, Rank.OBSTACLE, path, None, ObstacleKind.SPECIAL, "no regular file"),)
        if self._links is None:
            return self._unknown(key, entry, place, ObstacleKind.SYMLINK, "a symlink is not followed")
        try:
            return (self._followed(key, entry.name, place, self._links),)
        except Astray as astray:
            return self._unknown(key, entry, place, ObstacleKind.SYMLINK, str(astray))

    def _followed(self, key: str, name: str, place: _Place, links: Links) -> Row:
        """What a symlink leads to, in the link's own place. Raises Astray, OSError."""
        path = place.base + name
        real = links.real(place.real_base + name)
        if any(f"{real}/".startswith(f"{mount}/") for mount in self._vanished):
            raise Astray(f"a symlink into what {NO_MOUNT}")
        status = self._directories.lstat(real)
        if stat.S_ISREG(status.st_mode):
            return Row(key, Rank.FILE, path, stamp_of(status), real=real)
        if not stat.S_ISDIR(status.st_mode):
            raise Astray("a symlink to no regular file")
        links.refuse_loop(path, real)
        return _directory(path, name, place, real)

    def _unknown(
        self, key: str, entry: os.DirEntry[str], place: _Place, kind: ObstacleKind, detail: str
    ) -> Iterable[Row]:
        """Something that may stand for a key, or for all keys below it."""
        path = place.base + entry.name
        prefix = place.prefix + decode_directory(entry.name)
        here = Row(key, Rank.OBSTACLE, path, None, kind, detail)
        return here, Row(prefix, Rank.BARRIER, path, None, kind, detail, echo=True)


def _directory(path: str, name: str, place: _Place, real: str | None) -> Row:
    key = place.prefix + decode_directory(name)
    if not fits(key):
        return _not_a_key(key, path, "too long for a key")
    return Row(key, Rank.CONTINUATION if is_continuation(name) else Rank.DIRECTORY, path, real=real)


def _base(path: str) -> str:
    return f"{path}/" if path else ""


def _not_a_key(key: str, path: str, detail: str) -> Row:
    return Row(_printable(key), Rank.OBSTACLE, _printable(path), None, ObstacleKind.NOT_A_KEY, detail)


def _printable(text: str) -> str:
    """A text without the surrogates that Python puts for bytes that are not UTF-8."""
    return text.encode(errors="backslashreplace").decode()


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
