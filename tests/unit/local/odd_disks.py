"""Disks that take two names for one, or show another name than was written, laid over the disk that is there."""

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kodokeep.local.dirs import Directories


def fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


class CaseBlind(Directories):
    """Directories of a disk that keeps case and normalisation but cannot tell them apart."""

    def on_disk(self, path: str) -> str:
        found = Path(self.root)
        for name in filter(None, path.split("/")):
            entries = found.iterdir() if found.is_dir() else iter(())
            found = next((entry for entry in entries if fold(entry.name) == fold(name)), found / name)
        return "" if found == Path(self.root) else str(found.relative_to(self.root))

    @contextmanager
    def open_dir(self, path: str) -> Iterator[int]:
        with super().open_dir(self.on_disk(path)) as fd:
            yield fd

    def lstat(self, path: str) -> os.stat_result:
        return super().lstat(self.on_disk(path))

    def make_dirs(self, path: str) -> None:
        super().make_dirs(self.on_disk(path))


class LowerCase(CaseBlind):
    """A disk that moreover shows every name in lower case, as lowntfs-3g does with `ignore_case`."""

    def names(self, path: str) -> list[str]:
        return [name.lower() for name in super().names(path)]


class Decomposing(Directories):
    """A disk that stores names decomposed, as HFS+ does."""

    def names(self, path: str) -> list[str]:
        return [unicodedata.normalize("NFD", name) for name in super().names(path)]
