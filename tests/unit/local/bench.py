"""A workbench for the folder's tests: real files, and a world that can be stopped before any disk operation."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kodokeep.local.folder import LocalFolder
from kodokeep.local.rename import Rename, rename_no_replace
from kodokeep.local.spot import stamp_of
from kodokeep.local.workshop import Seams
from kodokeep.model.entry import RemoteEntry, Stamp
from kodokeep.model.outcome import Placement

RUN = "20261122T030000Z"
MTIME_NS = 1_700_000_000_123_456_700


class Crash(Exception):
    """The process dies here. No code of the tool may catch it."""


@dataclass
class World:
    """Hears of every operation; `stop_before` names the number of the one that no longer happens."""

    stop_before: int | None = None
    operations: list[str] = field(default_factory=list)

    def checkpoint(self, operation: str) -> None:
        if self.stop_before == len(self.operations):
            raise Crash(operation)
        self.operations.append(operation)


def halved(world: World) -> Rename:
    """A rename in two steps, between which the world may end."""

    def rename(source_fd: int, source: str, target_fd: int, target: str) -> None:
        os.link(source, target, src_dir_fd=source_fd, dst_dir_fd=target_fd, follow_symlinks=False)
        world.checkpoint("between-link-and-unlink")
        os.unlink(source, dir_fd=source_fd)

    return rename


def _is_private(fd: int) -> bool:
    return ".kodokeep" in Path(f"/proc/self/fd/{fd}").readlink().parts


def across_devices(source_fd: int, source: str, target_fd: int, target: str) -> None:
    """A tree on another device than `.kodokeep`."""
    if _is_private(source_fd) != _is_private(target_fd):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    rename_no_replace(source_fd, source, target_fd, target)


def case_blind(source_fd: int, source: str, target_fd: int, target: str) -> None:
    """A disk that takes `a` and `A` for one name, so that a file is in its own way."""
    if source != target and source.casefold() == target.casefold() and os.path.sameopenfile(source_fd, target_fd):
        raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
    rename_no_replace(source_fd, source, target_fd, target)


class Bench:
    """A folder with helpers. Contents are text."""

    def __init__(self, base: Path) -> None:
        self.root = base / "folder"
        self.private = self.root / ".kodokeep"

    @contextmanager
    def open(self, world: World | None = None, rename: Rename = rename_no_replace) -> Iterator[LocalFolder]:
        """The folder as one process has it."""
        seams = Seams((world or World()).checkpoint, rename)
        with LocalFolder.open(str(self.root), create=True, seams=seams) as folder:
            yield folder

    def write(self, path: str, content: str) -> Path:
        """A file of the tree, made by somebody else."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return file

    def stamp(self, path: str) -> Stamp:
        """What the walk would have seen."""
        found = (self.root / path).lstat()
        return stamp_of(found)

    def placement(self, folder: LocalFolder, path: str, content: str | None) -> Placement:
        """What a run would plan with the tree as it is: `content` arrives, or None does."""
        temp, inode = None, 0
        if content is not None:
            file = Path(folder.temp_for(RemoteEntry(path, len(content), "hash of " + content, MTIME_NS)))
            file.write_text(content)
            temp, inode = file.name, folder.temp_inode(str(file))
        expected = self.stamp(path) if (self.root / path).exists() else None
        history = folder.history_location(RUN, path) if expected else None
        return Placement(path, temp, inode, MTIME_NS, expected, history)

    def move(self, source: str, path: str, stamp: Stamp | None = None) -> Placement:
        """What a run would plan to give a file another name; `stamp` is what was seen of it before it was parked."""
        inode = (self.root / source).lstat().st_ino if stamp is None else 0
        return Placement(path, None, inode, 0, None, None, source, stamp or self.stamp(source))

    def tree(self) -> dict[str, str]:
        """All files outside `.kodokeep`."""
        return {path: text for path, text in _files(self.root).items() if not path.startswith(".kodokeep/")}

    def history(self) -> dict[str, str]:
        """All files of history, relative to `.kodokeep`."""
        return {path: text for path, text in _files(self.private).items() if path.startswith("history/")}

    def parked(self) -> list[str]:
        """The contents of all parked files."""
        return [text for path, text in _files(self.private / "tmp").items() if path.endswith(".parked")]

    def temps(self) -> list[str]:
        """The contents of all temp files."""
        return [text for path, text in _files(self.private / "tmp").items() if path.endswith(".part")]


def _files(top: Path) -> dict[str, str]:
    return {str(path.relative_to(top)): path.read_text() for path in top.rglob("*") if path.is_file()}
