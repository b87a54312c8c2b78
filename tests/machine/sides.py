"""A folder and a bucket as people change them: by key, with the same few words for both.

What belongs here: what a person does to one side. What does not: when, and what must follow (`shared`).
"""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from kodokeep.model.key import decode, encode
from tests.e2e.kit import World

SPARE = "spare name"
"""Where a content waits while two others change places."""


class Side(Protocol):
    """Something that people change. What cannot be done where it would have to be is not done."""

    def contents(self) -> dict[str, bytes]:
        """Every key with its content."""

    def write(self, key: str, data: bytes) -> None:
        """Write a content, over what is there."""

    def remove(self, key: str) -> None:
        """Remove a key that is there."""

    def rename(self, key: str, target: str) -> None:
        """Give a key that is there another name, over what is there."""

    def rename_folder(self, folder: str, target: str) -> None:
        """Give all that is below `folder` another folder, if there is none of that name."""

    def touch(self, key: str, mtime_ns: int) -> None:
        """Change the time of a key that is there, and not its content."""


class FolderSide:
    """The folder of one machine."""

    def __init__(self, world: World) -> None:
        self.world = world

    def contents(self) -> dict[str, bytes]:
        return self.world.tree()

    def write(self, key: str, data: bytes) -> None:
        if (place := self._place(key)) is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    def remove(self, key: str) -> None:
        self._path(key).unlink()

    def rename(self, key: str, target: str) -> None:
        source, place = self._path(key), self._place(target)
        if place is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            source.rename(place)
            self._tidy(source.parent)

    def rename_folder(self, folder: str, target: str) -> None:
        source, place = self.world.folder / folder, self.world.folder / target
        if source.is_dir() and not os.path.lexists(place):
            source.rename(place)

    def touch(self, key: str, mtime_ns: int) -> None:
        os.utime(self._path(key), ns=(mtime_ns, mtime_ns))

    def _paths(self) -> dict[str, str]:
        return {decode(path): path for path in self.world.paths()}

    def _path(self, key: str) -> Path:
        return self.world.folder / self._paths()[key]

    def _place(self, key: str) -> Path | None:
        """Where the file of this key is, or could be; None if other names are in its way."""
        if (path := self._paths().get(key)) is not None:
            return self.world.folder / path
        places = (self.world.folder / path for path in _spellings(key))
        return next((place for place in places if self._is_free(place)), None)

    def _tidy(self, directory: Path) -> None:
        """Remove directories that hold nothing any more."""
        while directory != self.world.folder and not any(directory.iterdir()):
            directory.rmdir()
            directory = directory.parent

    def _is_free(self, place: Path) -> bool:
        above = place.relative_to(self.world.folder).parents
        return not os.path.lexists(place) and not any((self.world.folder / path).is_file() for path in above)


class BucketSide:
    """The bucket, changed by programs that nobody here knows. One view of it serves all who look."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._known: dict[str, bytes] = {}

    def contents(self) -> dict[str, bytes]:
        """Every content is fetched once; the hash of the listing tells it from then on."""
        items = self.world.emulator.page(self.world.bucket)["items"]
        if unknown := {item["key"] for item in items if item["hash"] not in self._known}:
            fetched = self.world.remote()
            self._known |= {item["hash"]: fetched[item["key"]] for item in items if item["key"] in unknown}
        return {item["key"]: self._known[item["hash"]] for item in items}

    def write(self, key: str, data: bytes) -> None:
        self.world.emulator.put(self.world.bucket, key, data)

    def remove(self, key: str) -> None:
        self.world.emulator.delete(self.world.bucket, key)

    def rename(self, key: str, target: str) -> None:
        self.world.emulator.move(self.world.bucket, key, target)

    def rename_folder(self, folder: str, target: str) -> None:
        keys = self.contents()
        if not any(key.startswith(f"{target}/") for key in keys):
            for key in keys:
                if key.startswith(f"{folder}/"):
                    self.rename(key, target + key.removeprefix(folder))

    def touch(self, key: str, mtime_ns: int) -> None:
        self.write(key, self.contents()[key])


def rotate(side: Side, keys: list[str]) -> None:
    """Each of these contents takes the next one's name, the last one the first one's."""
    before = side.contents()
    if len(set(keys)) < 2 or SPARE in before:
        return
    side.rename(keys[-1], SPARE)
    if SPARE in side.contents():
        for source, target in reversed(list(pairwise(keys))):
            side.rename(source, target)
        side.rename(SPARE, keys[0])


def shift(side: Side, keys: list[str], target: str) -> None:
    """A chain: the last one takes a new name, each other the name of the one after it."""
    for source, to in reversed(list(zip(keys, [*keys[1:], target], strict=True))):
        if source in side.contents():
            side.rename(source, to)


def _spellings(key: str) -> Iterator[str]:
    """The plain path, and some others that mean the same key where a file and a directory would have one name."""
    path = encode(key)
    yield path
    if not path.endswith("%%"):
        yield f"{path}%%"
    if "/" in path:
        yield path.replace("/", "%%/", 1)
