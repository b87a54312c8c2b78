"""The allocator: the one place that gives out paths for new files (rule 7).

A segment of a key goes where its directory already is, else to its plainest spelling that the file system itself
reports free; whoever comes second takes the next spelling, and nothing is renamed for it.
Not here: how keys are spelled (`model.key`), which names the disk keeps (`local.names`), and writing the files
(`local.files`).
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from kodokeep.local.dirs import Blocked, Directories, split
from kodokeep.local.names import Names
from kodokeep.local.twins import Twins
from kodokeep.model.key import NotAKey, check_key, decode

_LIKELY_SPELLINGS = 4  # looked at for an existing directory; one spelled otherwise is walked as one with it (rule 8)
_MOST_SPELLINGS = 1000  # a segment that has so many of its spellings taken finds no place
_REMEMBERED_DIRECTORIES = 1000
_REMEMBERED_LISTINGS = 16
_REMEMBERED_NAMES = 10_000


class Allocator:
    """Gives out paths, each once until `forget_claims`. For one thread, under the folder's lock.

    Shares its `Directories` with whoever removes directories, so that none is taken for present which is gone.
    """

    def __init__(self, directories: Directories, names: Names) -> None:
        self._directories = directories
        self._names = names
        self._twins = Twins(directories) if names.rules.portable and names.rules.exact else None
        self._given: list[str] = []  # in this batch
        self._leaving: str | None = None
        self._claims: set[str] = set()
        self._resolved: dict[str, str] = {}  # from what keys begin with to the directory they go to
        self._listings: dict[str, frozenset[str]] = {}

    def allocate(self, key: str, recorded: str | None, leaving: str | None = None) -> str:
        """A path for a new file of `key`; its directories are made.

        `recorded` is the path in state: it is given out again if it is free, or holds this key's file already.
        A file that came to just this key meanwhile is no reason for another path: placing there then tells of it.
        `leaving` is where the file is now, if it is to be moved: a twin of that path is free.
        Raises NotAKey, FileExistsError if every spelling is taken, OSError.
        """
        check_key(key)
        self._leaving = leaving
        if recorded is not None and self._is_usable(key, recorded):
            path = recorded
        else:
            above, slash, name = key.rpartition("/")
            path = self._first_free(self._directory(above) if slash else "", name, own=True)
        self._claims.add(self._names.identity(path))
        self._given.append(path)
        return path

    def forget_claims(self) -> None:
        """What was given out is on the disk by now, or is not wanted any more."""
        if self._twins is not None:
            for path in self._given:
                if self._is_anything(path):
                    self._twins.add(path)
        self._given.clear()
        self._claims.clear()
        self._resolved.clear()
        self._listings.clear()

    def has_file(self, path: str) -> bool:
        """True if there is a regular file at a path, and not just at another one that the disk takes for it."""
        try:
            status = _lstat(self._directories, path)
            return status is not None and stat.S_ISREG(status.st_mode) and self._is_spelled(path)
        except OSError:
            return False

    def _is_usable(self, key: str, recorded: str) -> bool:
        try:
            if decode(recorded) != key or any(map(self._is_claimed, _upwards(recorded))):
                return False
            status = _lstat(self._directories, recorded)
            if status is None:
                return self._names.can_hold(recorded) and self._make_parent(recorded)
        except (NotAKey, Blocked):
            return False
        return stat.S_ISREG(status.st_mode) and self._is_spelled(recorded)

    def _directory(self, above: str) -> str:
        """The directory for keys that begin with `above` and a slash; made if there is none."""
        known = self._resolved.get(above)
        if known is not None:
            with suppress(Blocked):  # something else stands there now
                self._directories.make_dirs(known)
                return known
        path = ""
        for segment in above.split("/"):
            path = self._child(path, segment)
        if len(self._resolved) >= _REMEMBERED_DIRECTORIES:
            self._resolved.clear()
        self._resolved[above] = path
        return path

    def _child(self, parent: str, segment: str) -> str:
        for spelling in islice(self._names.spellings(segment), _LIKELY_SPELLINGS):
            path = _join(parent, spelling)
            if self._is_directory(path):
                return path
        path = self._first_free(parent, segment)
        self._make_dirs(path)
        return path

    def _first_free(self, parent: str, segment: str, *, own: bool = False) -> str:
        for spelling in islice(self._names.spellings(segment), _MOST_SPELLINGS):
            path = _join(parent, spelling)
            if self._is_free(path) or (own and path != self._leaving and self.has_file(path)):
                return path
        raise FileExistsError(errno.EEXIST, "every spelling of the name is taken", _join(parent, segment))

    def _is_directory(self, path: str) -> bool:
        try:
            status = _lstat(self._directories, path)
        except Blocked:
            return False
        return status is not None and stat.S_ISDIR(status.st_mode) and self._is_spelled(path)

    def _is_free(self, path: str) -> bool:
        """True if nothing stands at a path; the directories above it are there then."""
        try:
            if self._is_claimed(path):
                return False
            if _lstat(self._directories, path) is not None and not self._is_leavings_twin(path):
                return False
            return not self._has_twin(path) and self._make_parent(path)
        except Blocked:
            return False

    def _has_twin(self, path: str) -> bool:
        """True if only a disk that tells twins apart could hold a path that is not there yet."""
        if self._twins is None or self._is_leavings_twin(path):
            return False
        return any(self._twins.has(part) for part in _upwards(path) if not self._is_anything(part))

    def _is_anything(self, path: str) -> bool:
        try:
            return _lstat(self._directories, path) is not None
        except Blocked:
            return False

    def _is_leavings_twin(self, path: str) -> bool:
        """True if a path is the other spelling of the name that the file to be moved has now, in its directory.

        Whether the disk agrees shows when it is moved, which replaces nothing (rule 9).
        """
        if self._leaving is None or path == self._leaving or split(path)[0] != split(self._leaving)[0]:
            return False
        return self._names.identity(path) == self._names.identity(self._leaving) and not self._is_listed(path)

    def _make_parent(self, path: str) -> bool:
        """Make the directories above a path; False if they turn out to be others that the disk takes for them."""
        parent, _ = split(path)
        self._make_dirs(parent)
        return self._is_spelled(parent)

    def _make_dirs(self, path: str) -> None:
        self._directories.make_dirs(path)
        if self._twins is not None:
            self._twins.add(path)

    def _is_claimed(self, path: str) -> bool:
        return self._names.identity(path) in self._claims

    def _is_spelled(self, path: str) -> bool:
        """True if every name of an existing path is on the disk in just this spelling."""
        return self._names.rules.exact or all(map(self._is_listed, _upwards(path)))

    def _is_listed(self, path: str) -> bool:
        parent, name = split(path)
        return name in self._listings.get(parent, ()) or name in self._list(parent)

    def _list(self, directory: str) -> frozenset[str]:
        names = frozenset(self._directories.names(directory))
        if len(self._listings) >= _REMEMBERED_LISTINGS:
            self._listings.clear()
        if len(names) <= _REMEMBERED_NAMES:
            self._listings[directory] = names
        return names


def _join(parent: str, spelling: str) -> str:
    return f"{parent}/{spelling}" if parent else spelling


def _upwards(path: str) -> Iterator[str]:
    """A path and all above it but the folder itself."""
    while path:
        yield path
        path, _ = split(path)


def _lstat(directories: Directories, path: str) -> os.stat_result | None:
    try:
        return directories.lstat(path)
    except FileNotFoundError:
        return None
