"""The names that the folder's file system keeps: found out by trying, because no disk tells (rules 7, 14).

What belongs here: probing, and which spellings of a segment this disk can hold and shows again as they were written.
What does not: how keys are spelled (`model.key`), and which name is free (`local.allocator`).
"""

import os
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from kodokeep.local.dirs import Directories, split
from kodokeep.local.failures import is_full
from kodokeep.model.key import NAME_MAX_BYTES, NotAKey, Spelling, decode, spellings
from kodokeep.model.windows import is_refused

_SHORTEST_NAME_MAX_BYTES = 32
_MOST_SPELLINGS = 100  # of a segment that a disk which changes names is asked for
_REMEMBERED_NAMES = 10_000
_FOR_WINDOWS = ("probe:", "probe.", "con")
_SURELY_KEPT = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


@dataclass(frozen=True, slots=True)
class NameRules:
    """Which names a file system keeps: how long, if two spellings are always two files (`exact`), and if a name is
    listed as it was written (`keeps`). `portable`: no name that Windows could not hold, and no twins, is given out.
    """

    max_bytes: int
    exact: bool
    keeps: bool = True
    portable: bool = False


def folded(text: str) -> str:
    """What two names have in common that some disk takes for one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def probe_names(directories: Directories, scratch: str, *, portable: bool = False) -> NameRules:
    """Find out by trying in the directory `scratch`, which is made if it is missing and is empty again afterwards.

    A disk that refuses what Windows refuses gets portable names, asked for or not. Raises OSError.
    """
    name = unicodedata.normalize("NFC", "Probé")
    directories.make_dirs(scratch)
    keeps = all(listed_as(directories, scratch, each) == each for each in (name, "PROBE"))
    refuses = any(listed_as(directories, scratch, each) != each for each in _FOR_WINDOWS)
    twins = (name.upper(), name.lower(), unicodedata.normalize("NFD", name))
    exact = keeps and not _has_twin(directories, scratch, name, twins)
    with directories.open_dir(scratch) as fd:
        return NameRules(_name_max(fd), exact, keeps, portable or refuses)


def listed_as(directories: Directories, scratch: str, name: str) -> str | None:
    """How the disk lists a file of this name, tried in an empty directory; None if it refuses the name.

    Raises OSError if that is for want of room.
    """
    with directories.open_dir(scratch) as fd:
        try:
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd))
        except OSError as error:
            if is_full(error):
                raise
            return None
        try:
            return next(iter(directories.names(scratch)), None)
        finally:
            os.unlink(name, dir_fd=fd)


class Names:
    """The names of one folder. For one thread, under the folder's lock."""

    def __init__(self, directories: Directories, rules: NameRules, scratch: str) -> None:
        """`scratch` is the path of a directory that is made for every trial and removed after it."""
        self.rules = rules
        self._directories = directories
        self._scratch = scratch
        self.spelling = Spelling(rules.max_bytes, rules.portable)
        self._listed = lru_cache(_REMEMBERED_NAMES)(self._try)

    def spellings(self, segment: str) -> Iterator[str]:
        """The ways to spell one segment of a key, from plain to exotic, as this disk shows them. Raises OSError."""
        if self.rules.keeps:
            return spellings(segment, self.spelling)
        return self._kept_spellings(segment)

    def plainest(self, key: str) -> str:
        """The first choice for a key, whatever stands there. Raises NotAKey, OSError."""
        return "/".join(next(self.spellings(segment), segment) for segment in key.split("/"))

    def can_hold(self, path: str) -> bool:
        """True if every name of a path may be given out, and would be shown as it is written. Raises OSError."""
        names = path.split("/")
        if self.rules.portable and any(map(is_refused, names)):
            return False
        return self.rules.keeps or all(self._listed(name) == name for name in names)

    def identity(self, path: str) -> str:
        """What two paths have in common that could be one file."""
        return path if self.rules.exact and not self.rules.portable else folded(path)

    def _kept_spellings(self, segment: str) -> Iterator[str]:
        """First with those characters escaped that the disk changes one by one, then with all that could be."""
        seen = set()
        for escaped in (self._changed(segment), frozenset(segment) - _SURELY_KEPT):
            how = Spelling(self.rules.max_bytes, self.rules.portable, escaped)
            for spelled in islice(spellings(segment, how), _MOST_SPELLINGS):
                shown = self._shown(spelled)
                if shown not in seen and _reads(shown, segment):
                    seen.add(shown)
                    yield shown

    def _changed(self, segment: str) -> frozenset[str]:
        trials = ((char, f"a{char}a") for char in set(segment) - _SURELY_KEPT)
        return frozenset(char for char, name in trials if self._listed(name) != name)

    def _shown(self, spelled: str) -> str:
        """A spelling as the disk lists it; it may write the digits of an escape in the other case."""
        return "/".join(self._listed(name) or "" for name in spelled.split("/"))

    def _try(self, name: str) -> str | None:
        if name in ("", ".", "..") or "\0" in name or "/" in name:
            return None
        parent, scratch = split(self._scratch)
        self._directories.make_dirs(self._scratch)
        try:
            return listed_as(self._directories, self._scratch, name)
        finally:
            self._directories.invalidate(self._scratch)
            with self._directories.open_dir(parent) as fd, suppress(OSError):
                os.rmdir(scratch, dir_fd=fd)


def _reads(path: str, segment: str) -> bool:
    try:
        return decode(path) == segment
    except NotAKey:
        return False


def _has_twin(directories: Directories, scratch: str, name: str, twins: tuple[str, ...]) -> bool:
    with directories.open_dir(scratch) as fd:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd))
        try:
            return any(_stands(directories, f"{scratch}/{twin}") for twin in twins)
        finally:
            os.unlink(name, dir_fd=fd)


def _stands(directories: Directories, path: str) -> bool:
    try:
        directories.lstat(path)
    except FileNotFoundError:
        return False
    return True


def _name_max(fd: int) -> int:
    try:
        probed = os.fpathconf(fd, "PC_NAME_MAX")
    except OSError:
        return NAME_MAX_BYTES
    return min(max(probed, _SHORTEST_NAME_MAX_BYTES), NAME_MAX_BYTES)
