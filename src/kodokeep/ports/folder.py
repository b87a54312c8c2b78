"""The local side: what is asked of a folder."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from kodokeep.model.entry import LocalContent, LocalEntry, Obstacle, RemoteEntry, Stamp
from kodokeep.model.outcome import Placed, Placement
from kodokeep.ports.source import Source


class Folder(Protocol):
    """The local side: the tree and the files of `.kodokeep`. All paths are relative and `/`-separated."""

    def walk(self, prefix: str, mounts: frozenset[str]) -> Iterator[LocalEntry | Obstacle]:
        """The tree in key order, restricted to keys under `prefix`. `mounts` are the mount points known from state.

        Entries of one key come next to each other, the plainest path first. Raises FolderUnusable if the root cannot
        be read.
        """

    def mounts_seen(self) -> frozenset[str]:
        """Paths of directories on another device than their parent, as met by the last complete walk."""

    def content(self, path: str, parts: tuple[int, ...]) -> LocalContent | None:
        """Hash a file: v1 qetag, md5 and, if `parts` is not empty and sums up to the size, the v2 qetag.

        None if the file is gone, no regular file, or changed while it was read. Raises OSError if it cannot be read.
        """

    def temp_for(self, remote: RemoteEntry) -> str:
        """Absolute path of the temp file for this very content of this key; the same in every run."""

    def drop_temps(self, keep: Iterable[str]) -> None:
        """Remove every temp file, and every upload's progress, but those named (absolute paths)."""

    def open_source(self, path: str, stamp: Stamp) -> Source | None:
        """A file of the tree to be uploaded; None if it is not there, or not what was seen.

        Raises OSError if it cannot be read.
        """

    def progress_for(self, key: str, stamp: Stamp) -> str:
        """Absolute path of the progress file of an upload of this very content to this key; the same in every run."""

    def copy_to_temp(self, path: str, temp: str) -> LocalContent | None:
        """Copy a file of the tree into a temp file (absolute path, replaced), hashing what is copied; no hard link.

        None if the file is gone, unreadable, or changed meanwhile. Raises FolderFull.
        """

    def parking_path(self, key: str) -> str:
        """Where below the folder (a path of `.kodokeep/tmp`) the file that leaves `key` waits while a cycle of renames
        is gone through.
        """

    def recover_parked(self, run: str) -> Iterator[tuple[str, str, int, int]]:
        """Move into `history/<run>` what still waits at a parking path, durably, and tell it as `unrecorded_history`.

        To be called while no batch is open: what waits then never reached its new place, nor its old one.
        Raises FolderFull, FolderUnusable.
        """

    def free_bytes(self) -> int:
        """Bytes that may still be written to the folder's file system."""

    def partial_bytes(self) -> int:
        """Bytes of the disk that unfinished downloads of earlier runs hold, and which need not be found again."""

    def allocate(self, key: str, recorded: str | None, leaving: str | None = None) -> str:
        """The tree path for a new file of `key` (rule 7); claims it until `forget_claims`. Makes its directories.

        `recorded` is the path in state, reused if it is free or already this key's. `leaving` is the path of the file
        that is to be moved there: on a disk that ignores case, `A` is free for the file that leaves `a`.
        """

    def history_location(self, run: str, path: str) -> str:
        """A free place below `.kodokeep` for what `path` holds (rule 11); claimed until `forget_claims`."""

    def forget_claims(self) -> None:
        """A batch is over: the disk itself now answers what is free."""

    def sync(self) -> None:
        """Make everything written and renamed so far durable."""

    def temp_inode(self, temp: str) -> int:
        """The inode of a temp file (absolute path, as of `temp_for`)."""

    def inode(self, path: str) -> int:
        """The inode of a file of the tree that is to be moved; 0 if it is gone."""

    def place(self, placement: Placement) -> Placed:
        """Perform one placement: no-replace where absence was seen, else capture-then-check (rule 9)."""

    def settle_clock(self) -> None:
        """Wait, a few milliseconds at most, until files placed just now are older than the disk's clock can tell."""

    def restamp(self, path: str) -> Placed | None:
        """Stat a placed file once more (rule 13): DONE with stamp and racy; None if it is gone."""

    def has_tree_file(self, path: str) -> bool:
        """True if there is a file at this path of the tree, spelled just so."""

    def settle(self, placement: Placement) -> Placed:
        """Finish or undo a placement that a crash interrupted (rule 10), in the order of the batch.

        DONE with a stamp: the new file is in place. DONE without: the old file left as planned, or went on from where
        it was parked. STALE: undone, the tree is as before. One with a `source` is finished if it can be.
        """

    def has_file(self, location: str) -> bool:
        """True if there is a file at this place below `.kodokeep`."""

    def unrecorded_history(self, run: str) -> Iterator[tuple[str, str, int, int]]:
        """Files below `history/<run>` and its `~N` twins: (location, tree path, size_bytes, mtime_ns).

        Raises FolderUnusable.
        """
