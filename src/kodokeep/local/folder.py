"""The folder of a pair: everything that a run asks of the local side, put together from this room's parts.

What belongs here: wiring, and preparing the folder. What does not: how anything is done, which is in the parts.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from kodokeep.errors import FolderUnusable
from kodokeep.local.content import hash_file
from kodokeep.local.copies import copy_to_temp
from kodokeep.local.dirs import Directories
from kodokeep.local.failures import raise_if_full
from kodokeep.local.files import told
from kodokeep.local.history import HISTORY
from kodokeep.local.links import Astray, Links
from kodokeep.local.parked import TMP, parked, parking_path
from kodokeep.local.sources import FileSource, open_source
from kodokeep.local.spot import is_file, stamp_of
from kodokeep.local.temps import drop_temps, progress_name, temp_bytes, temp_inode, temp_name
from kodokeep.local.walk import Walk
from kodokeep.local.workshop import Seams, Workshop, furnish
from kodokeep.model.entry import LocalContent, LocalEntry, Obstacle, RemoteEntry, Stamp
from kodokeep.model.key import NAME_MAX_BYTES, OWN_DIRECTORY, encode
from kodokeep.model.options import Symlinks
from kodokeep.model.outcome import Placed, PlacedKind, Placement


class LocalFolder:
    """`ports.Folder` over a directory. For one thread, and for changes only under the folder's lock."""

    def __init__(
        self, root: str, directories: Directories | None, workshop: Workshop | None, closing: ExitStack
    ) -> None:
        """Use `open`. Without directories the folder does not exist and is empty."""
        self.root = root
        self._directories = directories
        self._workshop = workshop
        self._closing = closing
        self._walk: Walk | None = None
        self._links: Links | None = None

    @classmethod
    def open(
        cls,
        root: str,
        *,
        create: bool,
        portable_names: bool = False,
        symlinks: Symlinks = Symlinks.SKIP,
        seams: Seams | None = None,
    ) -> Self:
        """Open a folder. `create` makes it and its `.kodokeep` where they are missing; without it nothing is written,
        a missing folder is empty, and only `walk`, `mounts_seen`, `content` and `free_bytes` work.

        With `portable_names` new files get names that Windows can hold, too; a disk that refuses others needs no such
        wish. Raises FolderUnusable, FolderFull.
        """
        with ExitStack() as closing:
            if create:
                _make(root)
            elif not os.path.lexists(root):
                return cls(root, None, None, closing.pop_all())
            directories = closing.enter_context(Directories(root))
            workshop = furnish(directories, seams or Seams(), closing, portable=portable_names) if create else None
            folder = cls(root, directories, workshop, closing.pop_all())
        if symlinks is Symlinks.FOLLOW:
            folder._links = Links(root)
        return folder

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
        self._walk = Walk(
            self._directories,
            prefix=prefix,
            mounts=mounts,
            name_max=NAME_MAX_BYTES if self._workshop is None else self._workshop.names.rules.max_bytes,
            spill_directory=None if self._workshop is None else f"{self.root}/{TMP}",
            links=self._links,
        )
        return iter(self._walk)

    def mounts_seen(self) -> frozenset[str]:
        """As in `ports.Folder`."""
        return frozenset() if self._walk is None else self._walk.mounts_seen

    def content(self, path: str, parts: tuple[int, ...]) -> LocalContent | None:
        """As in `ports.Folder`. Always racy in a folder that is only looked at: reading its clock is a write."""
        if self._directories is None:
            return None
        clock = None if self._workshop is None else self._workshop.clock
        real = self._real(path)
        return None if real is None else hash_file(self._directories, real, parts, clock)

    def temp_for(self, remote: RemoteEntry) -> str:
        """As in `ports.Folder`."""
        return f"{self.root}/{TMP}/{temp_name(remote)}"

    def drop_temps(self, keep: Iterable[str]) -> None:
        """As in `ports.Folder`."""
        drop_temps(self._shop.tmp_fd, keep)

    def open_source(self, path: str, stamp: Stamp) -> FileSource | None:
        """As in `ports.Folder`."""
        real = self._real(path)
        return None if real is None else open_source(self._opened, real, stamp, self._shop.clock)

    def progress_for(self, key: str, stamp: Stamp) -> str:
        """As in `ports.Folder`."""
        return f"{self.root}/{TMP}/{progress_name(key, stamp)}"

    def copy_to_temp(self, path: str, temp: str) -> LocalContent | None:
        """As in `ports.Folder`."""
        real = self._real(path)
        return None if real is None else copy_to_temp(self._opened, real, temp, self._shop.clock)

    def parking_path(self, key: str) -> str:
        """As in `ports.Folder`."""
        return parking_path(key, self._shop.names.rules.max_bytes)

    def free_bytes(self) -> int:
        """As in `ports.Folder`; of what is reserved for root nothing is counted."""
        with self._opened.open_dir("") as fd:
            found = os.fstatvfs(fd)
        return found.f_bavail * found.f_frsize

    def partial_bytes(self) -> int:
        """As in `ports.Folder`."""
        return temp_bytes(self._shop.tmp_fd)

    def allocate(self, key: str, recorded: str | None, leaving: str | None = None) -> str:
        """As in `ports.Folder`. Where the disk refuses, the plainest path: placing there then tells why.

        Raises FolderFull.
        """
        try:
            return self._shop.allocator.allocate(key, recorded, leaving)
        except OSError as error:
            raise_if_full(self.root, error)
            return encode(key, self._shop.names.spelling)

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

    def inode(self, path: str) -> int:
        """As in `ports.Folder`."""
        try:
            return self._opened.lstat(path).st_ino
        except OSError:
            return 0

    def place(self, placement: Placement) -> Placed:
        """As in `ports.Folder`. Raises FolderFull."""
        if placement.source is not None:
            return told(self.root, self._shop.relocator.place, placement)
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

    def has_tree_file(self, path: str) -> bool:
        """As in `ports.Folder`."""
        return self._shop.allocator.has_file(path)

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

    def recover_parked(self, run: str) -> Iterator[tuple[str, str, int, int]]:
        """As in `ports.Folder`. Raises FolderFull, FolderUnusable."""
        try:
            waiting = list(parked(self._opened))
        except OSError as error:
            raise FolderUnusable(f"{self.root}: cannot read {TMP}: {error.strerror}") from error
        recovered = [found for path, key in waiting if (found := self._recover(run, path, key))]
        if recovered:
            self.sync()
            self._shop.history.forget_claims()
        yield from recovered

    def _recover(self, run: str, path: str, key: str) -> tuple[str, str, int, int] | None:
        """None if it cannot be moved; it then waits for the next run."""
        try:
            stamp = stamp_of(self._opened.lstat(path))
            tree_path = self._shop.names.plainest(key)
        except OSError:
            return None
        location = self.history_location(run, tree_path)
        placed = self.place(Placement(f"{OWN_DIRECTORY}/{location}", None, 0, 0, None, None, path, stamp))
        if placed.kind is not PlacedKind.DONE:
            return None
        return location, tree_path, stamp.size_bytes, stamp.mtime_ns

    def _real(self, path: str) -> str | None:
        """Where a path of the tree leads through symlinks that are followed; None if it leads nowhere any more."""
        if self._links is None:
            return path
        try:
            return self._links.real(path)
        except Astray:
            return None

    @property
    def _shop(self) -> Workshop:
        assert self._workshop is not None, "the folder was opened to be looked at only"
        return self._workshop

    @property
    def _opened(self) -> Directories:
        assert self._directories is not None, "the folder does not exist"
        return self._directories


def _make(root: str) -> None:
    try:
        Path(root).mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        hint = "choose another folder for this bucket, or move what is there"
        raise FolderUnusable(f"{root}: a file is where the folder should be", hint=hint) from None
    except OSError as error:
        raise FolderUnusable(f"{root}: cannot create the folder: {error.strerror}") from error
