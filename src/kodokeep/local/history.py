"""History: where replaced and removed files go, `.kodokeep/history/<run>/<path>` (rule 11).

What belongs here: finding free places and listing what is there. What does not: moving files (`files`), and what a
file of history is a version of (`state`).
"""

import re
import stat
from collections.abc import Iterator
from itertools import accumulate, count

from kodokeep.local.dirs import Blocked, Directories
from kodokeep.local.spot import stamp_of
from kodokeep.model.key import OWN_DIRECTORY, is_reserved

HISTORY = "history"


class History:
    """Gives out places below `.kodokeep/history`, each once. All locations are relative to `.kodokeep`."""

    def __init__(self, directories: Directories) -> None:
        self._directories = directories
        self._claimed: set[str] = set()
        self._claimed_parents: set[str] = set()

    def location(self, run: str, path: str) -> str:
        """A place for what `path` holds, claimed until `forget_claims`. Raises OSError if the disk does not answer."""
        for twin in count(1):
            location = f"{HISTORY}/{_run_directory(run, twin)}/{path}"
            if self._is_free(location):
                self._claimed.add(location)
                self._claimed_parents.update(_parents(location))
                return location
        raise AssertionError("count() has no end")

    def forget_claims(self) -> None:
        """The claimed places are filled, or were not needed: the disk itself answers from now on."""
        self._claimed.clear()
        self._claimed_parents.clear()

    def unrecorded(self, run: str) -> Iterator[tuple[str, str, int, int]]:
        """All files of a run, twins included: (location, tree path, size_bytes, mtime_ns).

        Locations are as `location` gives them, whatever case the disk shows.
        """
        twins = re.compile(re.escape(run) + r"(~[0-9]+)?", re.IGNORECASE)
        found = {run + (match[1] or "") for match in map(twins.fullmatch, self._names(HISTORY)) if match}
        for name in sorted(found):
            yield from self._files_below(f"{HISTORY}/{name}")

    def _is_free(self, location: str) -> bool:
        if location in self._claimed or location in self._claimed_parents:
            return False
        if not self._claimed.isdisjoint(_parents(location)):
            return False
        try:
            self._directories.lstat(f"{OWN_DIRECTORY}/{location}")
        except FileNotFoundError:
            return True
        except Blocked:
            return False
        return False

    def _names(self, location: str) -> list[str]:
        try:
            return self._directories.names(f"{OWN_DIRECTORY}/{location}")
        except FileNotFoundError:
            return []

    def _files_below(self, top: str) -> Iterator[tuple[str, str, int, int]]:
        pending = [top]
        while pending:
            directory = pending.pop()
            for name in sorted(self._names(directory)):
                if not _is_text(name):
                    continue  # a person's: no key is spelled like this
                location = f"{directory}/{name}"
                found = self._directories.lstat(f"{OWN_DIRECTORY}/{location}")
                if stat.S_ISDIR(found.st_mode):
                    pending.append(location)
                elif stat.S_ISREG(found.st_mode) and not is_reserved(name):
                    size_bytes, mtime_ns = stamp_of(found)[:2]
                    yield location, location[len(top) + 1 :], size_bytes, mtime_ns


def _is_text(name: str) -> bool:
    """True if a name is UTF-8; Python puts surrogates for bytes that are not."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _run_directory(run: str, twin: int) -> str:
    return run if twin == 1 else f"{run}~{twin}"


def _parents(location: str) -> list[str]:
    """The directories above a location."""
    *directories, _ = accumulate(location.split("/"), "{}/{}".format)
    return directories
