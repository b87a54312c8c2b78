"""What lies in a folder: two pairs may share none, and no state may be a file of one (rule 4)."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path


def overlapping(folders: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of names whose folders are one directory or one inside the other, by whatever path (rule 4)."""
    chains = {name: _ancestry(Path(folder)) for name, folder in folders.items()}
    return [
        (one, other)
        for one, other in combinations(folders, 2)
        if chains[one][0] in chains[other] or chains[other][0] in chains[one]
    ]


def lies_in(path: str, folder: str) -> bool:
    """True if a path is the folder or below it, by whatever path."""
    return _ancestry(Path(folder))[0] in _ancestry(Path(path))


def _ancestry(folder: Path) -> list[tuple[int, int, str]]:
    """A directory and all above it, each as device, inode and what of the path below does not exist yet."""
    resolved = folder.resolve()
    return [_identified(directory) for directory in (resolved, *resolved.parents)]


def _identified(directory: Path) -> tuple[int, int, str]:
    missing = ""
    while True:
        try:
            found = directory.stat()
        except OSError:
            missing = f"{directory.name}/{missing}"
            directory = directory.parent
        else:
            return found.st_dev, found.st_ino, missing
