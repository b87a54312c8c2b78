"""Twins: names that differ in case or Unicode normalisation only, on a disk that does tell them apart.

Where portable names are wanted such a disk does not answer whether a name has a twin, so its directories are read.
"""

import os
from array import array
from bisect import bisect_left
from collections import OrderedDict

from kodokeep.local.dirs import Directories, split
from kodokeep.local.names import folded

_FRESH = 10_000
_MOST_DIRECTORIES = 100
_MOST_NAMES = 1_000_000  # of all directories but the one that is read last


class Twins:
    """Which names directories hold, case and normalisation aside: 8 bytes for each name of those used lately.

    A name that has gone meanwhile still counts, which costs somebody an escape; one that somebody else made meanwhile
    does not.
    """

    def __init__(self, directories: Directories) -> None:
        self._directories = directories
        self._known: OrderedDict[str, _Hashes] = OrderedDict()

    def has(self, path: str) -> bool:
        """True if the directory of a path holds, or held, a name that some disk takes for the path's own."""
        parent, name = split(path)
        return hash(folded(name)) in self._of(parent)

    def add(self, path: str) -> None:
        """A path was given out, directories above it included."""
        while path:
            parent, name = split(path)
            known = self._known.get(parent)
            if known is not None:
                known.add(hash(folded(name)))
            path = parent

    def _of(self, directory: str) -> "_Hashes":
        known = self._known.get(directory)
        if known is not None:
            self._known.move_to_end(directory)
            return known
        while self._known and (len(self._known) >= _MOST_DIRECTORIES or self._names() > _MOST_NAMES):
            self._known.popitem(last=False)
        known = self._known[directory] = self._read(directory)
        return known

    def _names(self) -> int:
        return sum(map(len, self._known.values()))

    def _read(self, directory: str) -> "_Hashes":
        hashes = _Hashes()
        try:
            with self._directories.open_fresh(directory) as fd, os.scandir(fd) as entries:
                for entry in entries:
                    hashes.add(hash(folded(entry.name)))
        except FileNotFoundError:
            pass
        return hashes


class _Hashes:
    """A set of 64-bit numbers as a few sorted arrays, each at least twice as long as the next."""

    def __init__(self) -> None:
        self._runs: list[array[int]] = []
        self._fresh: set[int] = set()

    def __len__(self) -> int:
        return sum(map(len, self._runs)) + len(self._fresh)

    def __contains__(self, number: int) -> bool:
        return number in self._fresh or any(_holds(run, number) for run in self._runs)

    def add(self, number: int) -> None:
        if number in self:
            return
        self._fresh.add(number)
        if len(self._fresh) >= _FRESH:
            run = array("q", sorted(self._fresh))
            self._fresh.clear()
            while self._runs and len(self._runs[-1]) < 2 * len(run):
                run = array("q", sorted(run + self._runs.pop()))
            self._runs.append(run)


def _holds(run: "array[int]", number: int) -> bool:
    position = bisect_left(run, number)
    return position < len(run) and run[position] == number
