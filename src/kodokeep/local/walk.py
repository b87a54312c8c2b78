"""The walk: all files of the tree as entries, in the byte order of their keys, in constant memory (rules 2, 8).

Subtree by subtree: scan it, sort its rows, tell them, and enter the next one where its keys have their place.
Not here: reading directories (`local.scan`), sorting large ones (`local.spill`).
"""

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter, itemgetter

from kodokeep.local.dirs import Directories, split
from kodokeep.local.links import Links
from kodokeep.local.scan import NO_MOUNT, ROOT, Rank, Row, Scanner, Subtree
from kodokeep.local.spill import Sorter
from kodokeep.model.entry import LocalEntry, Obstacle, ObstacleKind
from kodokeep.model.key import NAME_MAX_BYTES, NotAKey, Spelling, decode_directory, encode


class Walk:
    """One walk over the tree; iterate it once.

    Yields in key order; of one key first the obstacles, then its files, the plainest path first. A symlink is two
    obstacles, for the key and for everything below it; so is an entry that vanishes while it is looked at. A directory
    that cannot be read, and a mount point in `mounts` that is none any more, is one for everything below it, which
    begins with the obstacle's key. Raises FolderUnusable if the folder itself cannot be read, FolderFull if a large
    directory cannot be sorted on disk.
    """

    def __init__(
        self,
        directories: Directories,
        *,
        prefix: str = "",
        mounts: frozenset[str] = frozenset(),
        name_max: int = NAME_MAX_BYTES,
        spill_directory: str | None = None,
        links: Links | None = None,
    ) -> None:
        """`spill_directory` holds the temporary file of a large directory, None is the system's place for such.

        With `links` symlinks are followed that stay in the folder.
        """
        self._prefix = prefix
        self._name_max = name_max
        self._spill_directory = spill_directory
        self._vanished = [path for path in sorted(mounts) if not _is_mount(directories, path)]
        self._scanner = Scanner(directories, prefix, frozenset(self._vanished), links)

    @property
    def mounts_seen(self) -> frozenset[str]:
        """Mount points met so far, and the vanished ones: a forgotten one would be an ordinary directory next time."""
        return frozenset(self._scanner.mounts) | frozenset(self._vanished)

    def __iter__(self) -> Iterator[LocalEntry | Obstacle]:
        vanished = list(self._vanished_obstacles())
        if not vanished:
            return self._tree()
        vanished.sort(key=attrgetter("key"))
        return heapq.merge(vanished, self._tree(), key=attrgetter("key"))

    def _vanished_obstacles(self) -> Iterator[Obstacle]:
        for path in self._vanished:
            try:
                key = "".join(map(decode_directory, path.split("/")))
            except NotAKey:
                continue
            if key.startswith(self._prefix) or self._prefix.startswith(key):
                kind = ObstacleKind.VANISHED_MOUNT
                yield Obstacle(key, path, kind, NO_MOUNT, covers_prefix=True)

    def _tree(self) -> Iterator[LocalEntry | Obstacle]:
        """All subtrees, each entered at its place; a stack, since a tree may be deeper than Python's own."""
        open_subtrees = [self._subtree(Subtree("", (ROOT,)))]
        while open_subtrees:
            for item in open_subtrees[-1]:
                if isinstance(item, Subtree):
                    open_subtrees.append(self._subtree(item))
                    break
                yield item
            else:
                open_subtrees.pop()

    def _subtree(self, subtree: Subtree) -> Iterator[LocalEntry | Obstacle | Subtree]:
        """What one subtree tells itself, and the subtrees to enter."""
        with Sorter(Row, self._spill_directory) as rows:
            for row in self._scanner.rows(subtree):
                rows.add(row)
            for key, same_key in groupby(rows.sorted(), itemgetter(0)):
                yield from self._told(key, list(same_key))

    def _told(self, key: str, rows: list[Row]) -> Iterable[LocalEntry | Obstacle | Subtree]:
        """The rows of one key as items of the walk."""
        first = rows[0]
        if len(rows) == 1 and first.stamp is not None:
            return (LocalEntry(key, first.path, first.stamp, first.real is not None),)
        obstacles = [
            Obstacle(key, row.path, row.kind, row.detail, row.rank is Rank.BARRIER, row.echo)
            for row in rows
            if row.kind is not None
        ]
        directories = tuple(row.directory for row in rows if row.rank is Rank.DIRECTORY)
        subtrees = [Subtree(key, directories)] if directories else []
        return [*obstacles, *subtrees, *self._files(key, rows)]

    def _files(self, key: str, rows: list[Row]) -> list[LocalEntry]:
        """The files of one key, each once (a directory that changes meanwhile may name one twice), plainest first."""
        files = {
            row.path: LocalEntry(key, row.path, row.stamp, row.real is not None)
            for row in rows
            if row.stamp is not None
        }
        if len(files) > 1:
            plainest = encode(key, Spelling(self._name_max))
            return sorted(files.values(), key=lambda entry: (entry.path != plainest, len(entry.path), entry.path))
        return list(files.values())


def _is_mount(directories: Directories, path: str) -> bool:
    """True if a path is on another device than the directory it stands in (rule 2)."""
    parent, _ = split(path)
    try:
        return directories.lstat(path).st_dev != directories.lstat(parent).st_dev
    except OSError:
        return False  # gone, or dead
