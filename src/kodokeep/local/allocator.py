"""The allocator: the one place that gives out paths for new files (rule 7).

A segment of a key goes where its directory already is, else to its plainest spelling that the file system itself
reports free; whoever comes second takes the next spelling, and nothing is renamed for it.
Not here: how keys are spelled (`model.key`), and writing the files (`local.files`).
"""

import errno
import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from kodokeep.local.dirs import Blocked, Directories, split
from kodokeep.model.key import NAME_MAX_BYTES, NotAKey, check_key, decode, spellings

_SHORTEST_NAME_MAX_BYTES = 32
_LIKELY_SPELLINGS = 4  # looked at for an existing directory; one spelled otherwise is walked as one with it (rule 8)
_MOST_SPELLINGS = 1000  # a segment that has so many of its spellings taken finds no place
_REMEMBERED_DIRECTORIES = 1000
_REMEMBERED_LISTINGS = 16
_REMEMBERED_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class NameRules:
    """Which names a file system keeps: how long, and if two spellings are always two files (`exact`)."""

    max_bytes: int
    exact: bool


def probe_names(directories: Directories, scratch: str) -> NameRules:
    """Find out by trying in the directory `scratch`, which is made if it is missing. Raises OSError."""
    name = unicodedata.normalize("NFC", "probé")
    directories.make_dirs(scratch)
    with directories.open_dir(scratch) as fd:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd))
    twins = (name.upper(), unicodedata.normalize("NFD", name))
    twin_is_there = any(_lstat(directories, f"{scratch}/{twin}") for twin in twins)
    exact = name in directories.names(scratch) and not twin_is_there
    with directories.open_dir(scratch) as fd:
        os.unlink(name, dir_fd=fd)
        return NameRules(_name_max(fd), exact)


class Allocator:
    """Gives out paths, each once until `forget_claims`. For one thread, under the folder's lock.

    Shares its `Directories` with whoever removes directories, so that none is taken for present which is gone.
    """

    def __init__(self, directories: Directories, rules: NameRules) -> None:
        self._directories = directories
        self._rules = rules
        self._claims: set[str] = set()
        self._resolved: dict[str, str] = {}  # from what keys begin with to the directory they go to
        self._listings: dict[str, frozenset[str]] = {}

    def allocate(self, key: str, recorded: str | None) -> str:
        """A path for a new file of `key`; its directories are made.

        `recorded` is the path in state: it is given out again if it is free, or holds this key's file already.
        Raises NotAKey, FileExistsError if every spelling is taken, OSError.
        """
        check_key(key)
        if recorded is not None and self._is_usable(key, recorded):
            path = recorded
        else:
            above, slash, name = key.rpartition("/")
            path = self._first_free(self._directory(above) if slash else "", name)
        self._claims.add(self._identity(path))
        return path

    def forget_claims(self) -> None:
        """What was given out is on the disk by now, or is not wanted any more."""
        self._claims.clear()
        self._resolved.clear()
        self._listings.clear()

    def _is_usable(self, key: str, recorded: str) -> bool:
        try:
            if decode(recorded) != key or any(map(self._is_claimed, _upwards(recorded))):
                return False
            status = _lstat(self._directories, recorded)
            if status is None:
                return self._make_parent(recorded)
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
        for spelling in islice(spellings(segment, self._rules.max_bytes), _LIKELY_SPELLINGS):
            path = _join(parent, spelling)
            if self._is_directory(path):
                return path
        path = self._first_free(parent, segment)
        self._directories.make_dirs(path)
        return path

    def _first_free(self, parent: str, segment: str) -> str:
        for spelling in islice(spellings(segment, self._rules.max_bytes), _MOST_SPELLINGS):
            path = _join(parent, spelling)
            if self._is_free(path):
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
            if self._is_claimed(path) or _lstat(self._directories, path) is not None:
                return False
            return self._make_parent(path)
        except Blocked:
            return False

    def _make_parent(self, path: str) -> bool:
        """Make the directories above a path; False if they turn out to be others that the disk takes for them."""
        parent, _ = split(path)
        self._directories.make_dirs(parent)
        return self._is_spelled(parent)

    def _is_claimed(self, path: str) -> bool:
        return self._identity(path) in self._claims

    def _identity(self, path: str) -> str:
        """What two paths have in common that could be one file."""
        if self._rules.exact:
            return path
        return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())

    def _is_spelled(self, path: str) -> bool:
        """True if every name of an existing path is on the disk in just this spelling."""
        return self._rules.exact or all(map(self._is_listed, _upwards(path)))

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


def _name_max(fd: int) -> int:
    try:
        probed = os.fpathconf(fd, "PC_NAME_MAX")
    except OSError:
        return NAME_MAX_BYTES
    return min(max(probed, _SHORTEST_NAME_MAX_BYTES), NAME_MAX_BYTES)
