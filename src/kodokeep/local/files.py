"""Changing the tree: files come into place and leave for history, and nothing is ever overwritten (rules 1, 3, 9, 13).

What belongs here: performing one placement in an undisturbed run. What does not: how a file moves (`moves`), and
cleaning up after a crash (`settle`).
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kodokeep.local.dirs import Blocked, Directories, split
from kodokeep.local.failures import raise_if_full
from kodokeep.local.moves import Moves, SourceChanged
from kodokeep.local.probe import DiskClock
from kodokeep.local.spot import Spot, is_file, spot_of, stamp_of, unchanged_by_rename
from kodokeep.model.entry import Stamp
from kodokeep.model.key import OWN_DIRECTORY
from kodokeep.model.outcome import Placed, PlacedKind, Placement

GONE = "the file is gone"
CHANGED = "the file changed since it was looked at"
CHANGED_WHILE_MOVED = "the file changed in the moment it was moved"
IN_THE_WAY = "something that is no regular file is in the way"
TAKEN = "the place was taken meanwhile"
TAKEN_AND_KEPT = f"{TAKEN}; the old content stays in history"


class Stale(Exception):
    """The tree is not what was seen; the message says where it differs."""


@dataclass(frozen=True, slots=True)
class Place:
    """The open spots of one placement: the file's in the tree, its old content's in history, the new one's in `tmp`."""

    target: Spot
    history: Spot | None
    temp: Spot | None


def told(root: str, perform: Callable[[Placement], Placed], placement: Placement) -> Placed:
    """What became of a placement, whatever went wrong with it. Raises FolderFull, which concerns all files."""
    try:
        return perform(placement)
    except Stale as stale:
        return Placed(PlacedKind.STALE, detail=str(stale))
    except SourceChanged:
        return Placed(PlacedKind.STALE, detail="the file changed while it was copied")
    except Blocked as blocked:
        return Placed(PlacedKind.STALE, detail=f"{blocked.filename}: a symlink or a file is in the way")
    except OSError as error:
        raise_if_full(root, error)
        return Placed(PlacedKind.FAILED, detail=error.strerror or str(error))


class Files:
    """Performs placements. Remembers what it placed until `forget_placed`, for the last look at each file."""

    def __init__(self, directories: Directories, tmp_fd: int, moves: Moves, clock: DiskClock) -> None:
        self._directories = directories
        self._tmp_fd = tmp_fd
        self._moves = moves
        self._clock = clock
        self._placed: dict[str, tuple[int, Stamp]] = {}
        self._newest_ctime_ns = 0

    def place(self, placement: Placement) -> Placed:
        """Perform one placement. Raises FolderFull; the tree is as before then, as with STALE and FAILED."""
        return told(self._directories.root, self._place, placement)

    def settle_clock(self) -> None:
        """Wait until what was placed just now is older than the disk's clock can tell; 20 ms or nothing at all."""
        if self._placed:
            self._clock.settle(self._newest_ctime_ns)

    def restamp(self, path: str) -> Placed | None:
        """The last look at a placed file, after the sync; None if there is no file any more, or no answer."""
        try:
            found = self._directories.lstat(path)
        except OSError:
            return None
        if not is_file(found):
            return None
        stamp = stamp_of(found)
        # Whoever changed the file since it was placed must be noticed: a racy record makes the next run hash it.
        untouched = self._placed.get(path) == (found.st_ino, stamp)
        return Placed(PlacedKind.DONE, stamp, racy=not (untouched and self._clock.aged(stamp.ctime_ns)))

    def forget_placed(self) -> None:
        """The batch is over."""
        self._placed.clear()

    @contextmanager
    def opened(self, placement: Placement) -> Iterator[Place]:
        """The spots of a placement; makes the directories of history. Raises FileNotFoundError, Blocked, OSError."""
        temp = None if placement.temp is None else Spot(self._tmp_fd, placement.temp)
        parent, name = split(placement.path)
        with self._directories.open_dir(parent) as dir_fd:
            target = Spot(dir_fd, name)
            if placement.history is None:
                yield Place(target, None, temp)
                return
            location = f"{OWN_DIRECTORY}/{placement.history}"
            self._moves.checkpoint("make-history-directories")
            self._directories.make_dirs(split(location)[0])
            with spot_of(self._directories, location) as history:
                yield Place(target, history, temp)

    def prepare(self, placement: Placement, temp: Spot) -> os.stat_result:
        """Give the temp its time, and see that it is the verified one. Raises OSError if it is not."""
        self._moves.checkpoint("set-mtime")
        temp.set_mtime(placement.mtime_ns)
        self._moves.durability.file_written(temp.dir_fd, temp.name)
        found = temp.lstat()
        if found is None or not is_file(found) or found.st_ino != placement.temp_inode:
            raise FileNotFoundError(errno.ENOENT, "the downloaded file is gone", temp.name)
        return found

    def enter(self, placement: Placement, place: Place, before: os.stat_result) -> Placed:
        """Move the prepared temp into its place. Raises Stale if that is taken, OSError."""
        assert place.temp is not None
        try:
            self._moves.move(place.temp, place.target, "rename-into-place")
        except FileExistsError:
            raise Stale(TAKEN) from None
        self._moves.durability.name_changed(self._directories, placement.path)
        after = place.target.lstat()
        if after is None:
            raise Stale("the file vanished as soon as it was placed")
        untouched = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        return self.arrived(placement.path, after, known=untouched)

    def is_known(self, path: str, found: os.stat_result) -> bool:
        """True if a file about to be moved surely holds what its stamp stands for: it was placed in this batch, or its
        last change is so old that another one could not hide. Look at it again after this.
        """
        stamp = stamp_of(found)
        return self._placed.get(path) == (found.st_ino, stamp) or self._clock.surely_aged(stamp.ctime_ns)

    def arrived(self, path: str, found: os.stat_result, *, known: bool) -> Placed:
        """A file is at its place, and what it holds is `known` or not; `restamp` has the last word."""
        stamp = stamp_of(found)
        if known:
            self._placed[path] = found.st_ino, stamp
        self._newest_ctime_ns = max(self._newest_ctime_ns, stamp.ctime_ns)
        return Placed(PlacedKind.DONE, stamp, racy=True)

    def leave(self, placement: Placement, place: Place) -> None:
        """Move what stands at the place into history, if it is what was seen (capture, then check).

        Raises Stale, with the tree as before; SourceChanged; OSError.
        """
        assert place.history is not None
        seen = place.target.lstat()
        if seen is None:
            raise Stale(GONE)
        if not is_file(seen):
            raise Stale(IN_THE_WAY)
        if placement.expected is None or not stamp_of(seen).agrees(placement.expected):
            raise Stale(CHANGED)
        self._moves.durability.file_written(place.target.dir_fd, place.target.name)
        try:
            copied = self._capture(place.target, place.history, shared=seen.st_nlink > 1)
        except FileNotFoundError:
            if place.target.lstat() is None:
                raise Stale(GONE) from None
            raise
        captured = place.history.lstat()
        if not copied and (captured is None or not unchanged_by_rename(seen, captured)):
            self.put_back(place)
            raise Stale(CHANGED_WHILE_MOVED)
        self._moves.durability.name_changed(self._directories, f"{OWN_DIRECTORY}/{placement.history}")
        self._moves.durability.name_changed(self._directories, placement.path)

    def _capture(self, target: Spot, history: Spot, *, shared: bool) -> bool:
        """True if that made a copy: what has other names, too, must not change in history by an edit under one."""
        if not shared:
            return self._moves.move(target, history, "rename-to-history")
        self._moves.copy_away(target, history)
        return True

    def left(self, placement: Placement) -> Placed:
        """The outcome of a removal; directories that it emptied go with it."""
        self._moves.checkpoint("remove-empty-parents")
        self._directories.remove_empty_parents(placement.path)
        return Placed(PlacedKind.DONE)

    def put_back(self, place: Place) -> None:
        """Undo `leave`. Raises Stale if the place is taken meanwhile: the old content then stays in history."""
        assert place.history is not None
        try:
            self._moves.move(place.history, place.target, "put-back")
        except FileExistsError:
            raise Stale(TAKEN_AND_KEPT) from None

    def _place(self, placement: Placement) -> Placed:
        if placement.expected is None:
            self._directories.make_dirs(split(placement.path)[0])
        with self.opened(placement) as place:
            return self._perform(placement, place)

    def _perform(self, placement: Placement, place: Place) -> Placed:
        before = None if place.temp is None else self.prepare(placement, place.temp)
        if placement.expected is not None:
            self.leave(placement, place)
        if before is None:
            return self.left(placement)
        try:
            return self.enter(placement, place, before)
        except (Stale, OSError):
            if placement.expected is not None:
                self.put_back(place)
            raise
