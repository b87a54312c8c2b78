"""The folder of a pair: everything that a run asks of the local side, put together from this room's parts.

What belongs here: wiring, and preparing the folder. What does not: how anything is done, which is in the parts.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Self

from kodokeep.errors import FolderUnusable
from kodokeep.local.allocator import Allocator, NameRules, probe_names
from kodokeep.local.content import hash_file
from kodokeep.local.dirs import Blocked, Directories
from kodokeep.local.durability import Checkpoint, Durability, durability_of, no_checkpoint
from kodokeep.local.failures import raise_if_full
from kodokeep.local.files import Files
from kodokeep.local.history import HISTORY, History
from kodokeep.local.moves import Moves
from kodokeep.local.probe import DiskClock
from kodokeep.local.rename import Rename, rename_no_replace
from kodokeep.local.settle import Settler
from kodokeep.local.spot import is_file
from kodokeep.local.temps import PROBE, drop_temps, temp_bytes, temp_inode, temp_name
from kodokeep.local.walk import Walk
from kodokeep.model.entry import LocalContent, LocalEntry, Obstacle, RemoteEntry
from kodokeep.model.key import OWN_DIRECTORY, encode
from kodokeep.model.outcome import Placed, Placement

TMP = f"{OWN_DIRECTORY}/tmp"  # noqa: S108 (the folder's own, not the system's)


@dataclass(frozen=True, slots=True)
class Seams:
    """Where tests reach in: the world can be stopped before each disk operation, and renames can be made to fail."""

    checkpoint: Checkpoint = no_checkpoint
    rename: Rename = rename_no_replace


@dataclass(frozen=True, slots=True)
class _Workshop:
    """What changing the folder takes; it needs `.kodokeep`, so a folder that is only looked at has none."""

    tmp_fd: int
    rules: NameRules
    clock: DiskClock
    durability: Durability
    files: Files
    settler: Settler
    allocator: Allocator
    history: History


class LocalFolder:
    """`ports.Folder` over a directory. For one thread, and for changes only under the folder's lock."""

    def __init__(
        self, root: str, directories: Directories | None, workshop: _Workshop | None, closing: ExitStack
    ) -> None:
        """Use `open`. Without directories the folder does not exist and is empty."""
        self.root = root
        self._directories = directories
        self._workshop = workshop
        self._closing = closing
        self._walk: Walk | None = None

    @classmethod
    def open(cls, root: str, *, create: bool, seams: Seams | None = None) -> Self:
        """Open a folder. `create` makes it and its `.kodokeep` where they are missing; without it nothing is written,
        a missing folder is empty, and only `walk`, `mounts_seen`, `content` and `free_bytes` work.

        Raises FolderUnusable, FolderFull.
        """
        with ExitStack() as closing:
            if create:
                _make(root)
            elif not os.path.lexists(root):
                return cls(root, None, None, closing.pop_all())
            directories = closing.enter_context(Directories(root))
            workshop = _furnish(directories, seams or Seams(), closing) if create else None
            return cls(root, directories, workshop, closing.pop_all())

    def close(self) -> None:
        """Close every file that is held open."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def walk(self, prefix: str, mounts: frozenset[str]) -> Iterator[LocalEntry | Obstacle]:
        """As in `ports.Folder`."""
        if self._directories is None:
            return iter(())
        if self._workshop is None:
            self._walk = Walk(self._directories, prefix=prefix, mounts=mounts)
        else:
            spill, name_max = f"{self.root}/{TMP}", self._workshop.rules.max_bytes
            self._walk = Walk(self._directories, prefix=prefix, mounts=mounts, name_max=name_max, spill_directory=spill)
        return iter(self._walk)

    def mounts_seen(self) -> frozenset[str]:
        """As in `ports.Folder`."""
        return frozenset() if self._walk is None else self._walk.mounts_seen

    def content(self, path: str, parts: tuple[int, ...]) -> LocalContent | None:
        """As in `ports.Folder`. Always racy in a folder that is only looked at: reading its clock is a write."""
        if self._directories is None:
            return None
        clock = None if self._workshop is None else self._workshop.clock
        return hash_file(self._directories, path, parts, clock)

    def temp_for(self, remote: RemoteEntry) -> str:
        """As in `ports.Folder`."""
        return f"{self.root}/{TMP}/{temp_name(remote)}"

    def drop_temps(self, keep: Iterable[str]) -> None:
        """As in `ports.Folder`."""
        drop_temps(self._shop.tmp_fd, keep)

    def free_bytes(self) -> int:
        """As in `ports.Folder`; of what is reserved for root nothing is counted."""
        with self._opened.open_dir("") as fd:
            found = os.fstatvfs(fd)
        return found.f_bavail * found.f_frsize

    def partial_bytes(self) -> int:
        """As in `ports.Folder`."""
        return temp_bytes(self._shop.tmp_fd)

    def allocate(self, key: str, recorded: str | None) -> str:
        """As in `ports.Folder`. Where the disk refuses, the plainest path: placing there then tells why.

        Raises FolderFull.
        """
        try:
            return self._shop.allocator.allocate(key, recorded)
        except OSError as error:
            raise_if_full(self.root, error)
            return encode(key, self._shop.rules.max_bytes)

    def history_location(self, run: str, path: str) -> str:
        """As in `ports.Folder`. Where the disk refuses, the plainest place: moving there then tells why."""
        try:
            return self._shop.history.location(run, path)
        except OSError:
            return f"{HISTORY}/{run}/{path}"

    def forget_claims(self) -> None:
        """As in `ports.Folder`."""
        self._shop.allocator.forget_claims()
        self._shop.history.forget_claims()
        self._shop.files.forget_placed()

    def sync(self) -> None:
        """As in `ports.Folder`. Raises FolderFull, FolderUnusable if the disk cannot write."""
        try:
            self._shop.durability.sync()
        except OSError as error:
            raise_if_full(self.root, error)
            raise FolderUnusable(f"{self.root}: the disk cannot write: {error.strerror}") from error
        self._opened.forget()  # what somebody moved away meanwhile must not take part in the next batch

    def temp_inode(self, temp: str) -> int:
        """As in `ports.Folder`; 0 if the file is gone, which placing it then tells."""
        try:
            return temp_inode(temp)
        except OSError:
            return 0

    def place(self, placement: Placement) -> Placed:
        """As in `ports.Folder`. Raises FolderFull."""
        return self._shop.files.place(placement)

    def settle_clock(self) -> None:
        """As in `ports.Folder`."""
        self._shop.files.settle_clock()

    def restamp(self, path: str) -> Placed | None:
        """As in `ports.Folder`."""
        return self._shop.files.restamp(path)

    def settle(self, placement: Placement) -> Placed:
        """As in `ports.Folder`. Raises FolderFull."""
        return self._shop.settler.settle(placement)

    def has_file(self, location: str) -> bool:
        """As in `ports.Folder`."""
        try:
            return is_file(self._opened.lstat(f"{OWN_DIRECTORY}/{location}"))
        except OSError:
            return False

    def unrecorded_history(self, run: str) -> Iterator[tuple[str, str, int, int]]:
        """As in `ports.Folder`."""
        try:
            yield from self._shop.history.unrecorded(run)
        except OSError as error:
            raise FolderUnusable(f"{self.root}: cannot read what is in history: {error.strerror}") from error

    @property
    def _shop(self) -> _Workshop:
        assert self._workshop is not None, "the folder was opened to be looked at only"
        return self._workshop

    @property
    def _opened(self) -> Directories:
        assert self._directories is not None, "the folder does not exist"
        return self._directories


def overlapping(folders: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of names whose folders are one directory or one inside the other, by whatever path (rule 4)."""
    chains = {name: _ancestry(Path(folder)) for name, folder in folders.items()}
    return [
        (one, other)
        for one, other in combinations(folders, 2)
        if chains[one][0] in chains[other] or chains[other][0] in chains[one]
    ]


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


def _make(root: str) -> None:
    try:
        Path(root).mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        hint = "choose another folder for this bucket, or move what is there"
        raise FolderUnusable(f"{root}: a file is where the folder should be", hint=hint) from None
    except OSError as error:
        raise FolderUnusable(f"{root}: cannot create the folder: {error.strerror}") from error


def _furnish(directories: Directories, seams: Seams, closing: ExitStack) -> _Workshop:
    """Make `.kodokeep` and everything that works in it; proves on the way that the folder can be written."""
    root = directories.root
    try:
        for name in (TMP, f"{OWN_DIRECTORY}/{HISTORY}", f"{OWN_DIRECTORY}/runs"):
            directories.make_dirs(name)
        with directories.open_dir(TMP) as fd:
            tmp_fd = os.dup(fd)
        closing.callback(os.close, tmp_fd)
        clock = DiskClock(tmp_fd)
        closing.callback(clock.close)
        rules = _probe_names(directories, tmp_fd)
    except Blocked as blocked:
        hint = f"remove it; {OWN_DIRECTORY} must be a directory of its own"
        raise FolderUnusable(f"{root}: {blocked.filename} is a file or a symlink", hint=hint) from None
    except OSError as error:
        raise_if_full(root, error)
        raise FolderUnusable(f"{root}: cannot write into the folder: {error.strerror}") from error
    with directories.open_dir("") as root_fd:
        durability = durability_of(root_fd)
    closing.callback(durability.close)
    files = Files(directories, tmp_fd, Moves(seams.rename, durability, seams.checkpoint), clock)
    settler = Settler(directories, files)
    allocator = Allocator(directories, rules)
    return _Workshop(tmp_fd, rules, clock, durability, files, settler, allocator, History(directories))


def _probe_names(directories: Directories, tmp_fd: int) -> NameRules:
    """Probe in a directory of our own: the lock is not held yet, so another process may be probing, too."""
    scratch = f"{PROBE}{os.getpid()}"
    rules = probe_names(directories, f"{TMP}/{scratch}")
    directories.invalidate(f"{TMP}/{scratch}")
    os.rmdir(scratch, dir_fd=tmp_fd)
    return rules
