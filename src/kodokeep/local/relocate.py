"""Relocating: a file that is in the folder already gets another name there (`Placement.source`, rule 9).

What belongs here: one such move, undisturbed and after a crash. What does not: contents that arrive or leave
(`files`, `settle`), and how a file moves at all (`moves`).
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from kodokeep.local.dirs import Blocked, Directories, split
from kodokeep.local.files import CHANGED, CHANGED_WHILE_MOVED, GONE, IN_THE_WAY, TAKEN, Files, Stale
from kodokeep.local.moves import Moves, same_content, staged
from kodokeep.local.names import folded
from kodokeep.local.parked import is_parking, parking_path
from kodokeep.local.spot import Spot, is_alike, is_file, same_file, spot_of, stamp_of, unchanged_by_rename
from kodokeep.model.entry import Stamp
from kodokeep.model.key import NotAKey, decode
from kodokeep.model.outcome import Placed, PlacedKind, Placement


@dataclass(frozen=True, slots=True)
class _Way:
    """One move with its open spots; no source if there is not even its directory any more."""

    path: str
    source_path: str
    expected: Stamp
    inode: int
    target: Spot
    source: Spot | None

    def look(self) -> os.stat_result | None:
        """What has the old name."""
        return None if self.source is None else self.source.lstat()

    def is_expected(self, found: os.stat_result) -> bool:
        """True for the file just as it was seen; a parked one was moved since.

        The inode tells files apart that are equally long and old, where a rename leaves no trace in the stamp.
        """
        if is_parking(self.source_path):
            return is_alike(found, self.expected)
        return is_file(found) and stamp_of(found).agrees(self.expected) and self.inode in (0, found.st_ino)

    def is_edited(self, found: os.stat_result) -> bool:
        """True for the file with another content, given to it under its new name."""
        return is_file(found) and self.inode == found.st_ino

    def are_twins(self) -> bool:
        """True for two spellings of one name, which some disk takes for the same."""
        (directory, new), (old_directory, old) = split(self.path), split(self.source_path)
        return directory == old_directory and new != old and folded(new) == folded(old)


class Relocator:
    """Performs and settles placements with a source."""

    def __init__(self, directories: Directories, files: Files, moves: Moves, name_max: int) -> None:
        self._directories = directories
        self._files = files
        self._moves = moves
        self._name_max = name_max

    def place(self, placement: Placement) -> Placed:
        """Move the file. Raises Stale with the tree as before, SourceChanged, Blocked, OSError."""
        with self._opened(placement) as way:
            seen = way.look()
            if seen is None:
                raise Stale(GONE)
            if not is_file(seen):
                raise Stale(IN_THE_WAY)
            if not way.is_expected(seen):
                raise Stale(CHANGED)
            return self._move(way, seen)

    def settle(self, placement: Placement) -> Placed:
        """Finish the move after a crash if that can be: later ones of its batch may need its place.

        Raises as `place`.
        """
        with self._opened(placement) as way:
            staged(way.target).unlink()
            seen, now = way.look(), way.target.lstat()
            if way.are_twins():  # what a disk that takes them for one says of either means nothing, its list does
                seen, now = (
                    found if self._is_listed(path) else None
                    for found, path in ((seen, way.source_path), (now, way.path))
                )
            if now is not None:
                return self._settle_taken(way, seen, now)
            if seen is not None and way.is_expected(seen):
                return self._move(way, seen)
            if self._finish_detour(way):
                return self._arrived(way, known=False)
            if is_parking(way.path):
                # It has left its parking place already, or was gone before: the move that needs it tells.
                return Placed(PlacedKind.DONE)
            raise Stale(GONE if seen is None else CHANGED)

    def _settle_taken(self, way: _Way, seen: os.stat_result | None, now: os.stat_result) -> Placed:
        """Something has the new name: the file, which may still have its old one where a move takes two steps."""
        if not is_alike(now, way.expected) and not (seen is None and way.is_edited(now)):
            raise Stale(TAKEN)
        if seen is not None and (same_file(seen, now) or way.is_expected(seen)):
            assert way.source is not None
            if not same_content(way.source, way.target):
                raise Stale(TAKEN)
            self._moves.durability.sync_device(way.target.dir_fd)
            self._moves.checkpoint("remove-original")
            way.source.unlink()
        return self._arrived(way, known=False)

    @contextmanager
    def _opened(self, placement: Placement) -> Iterator[_Way]:
        assert placement.source is not None
        assert placement.source_stamp is not None
        assert placement.expected is None, "a moved file replaces nothing"
        self._directories.make_dirs(split(placement.path)[0])
        with ExitStack() as opened:
            target = opened.enter_context(spot_of(self._directories, placement.path))
            try:
                source = opened.enter_context(spot_of(self._directories, placement.source))
            except (FileNotFoundError, Blocked):
                source = None
            yield _Way(placement.path, placement.source, placement.source_stamp, placement.temp_inode, target, source)

    def _move(self, way: _Way, seen: os.stat_result) -> Placed:
        assert way.source is not None
        known = self._files.is_known(way.source_path, seen)
        again = way.source.lstat()  # after the clock was read: an earlier change would show by now
        if again is None or stamp_of(again) != stamp_of(seen):
            raise Stale(CHANGED)
        self._moves.durability.file_written(way.source.dir_fd, way.source.name)
        copied = self._rename(way, way.source)
        after = way.target.lstat()
        if not copied and (after is None or not unchanged_by_rename(seen, after)):
            self._put_back(way, way.source)
        return self._arrived(way, known=known)

    def _rename(self, way: _Way, source: Spot) -> bool:
        """True if that made a copy on another device."""
        try:
            return self._moves.move(source, way.target, "rename-to-new-name")
        except FileExistsError:
            if not way.are_twins() or self._is_listed(way.path):
                raise Stale(TAKEN) from None
        except FileNotFoundError:
            if source.lstat() is None:
                raise Stale(GONE) from None
            raise
        self._go_round(way, source)
        return False

    def _put_back(self, way: _Way, source: Spot) -> None:
        """Always raises Stale."""
        try:
            self._moves.move(way.target, source, "put-back")
        except FileExistsError:
            raise Stale(f"{CHANGED_WHILE_MOVED}; it is at {way.path}, its old name is taken") from None
        raise Stale(CHANGED_WHILE_MOVED)

    def _arrived(self, way: _Way, *, known: bool) -> Placed:
        for path in (way.path, way.source_path):
            self._moves.durability.name_changed(self._directories, path)
        found = way.target.lstat()
        if found is None:
            raise Stale(GONE)
        placed = self._files.arrived(way.path, found, known=known)
        self._moves.checkpoint("remove-empty-parents")
        self._directories.remove_empty_parents(way.source_path)
        return placed

    # Two spellings of one name, on a disk that takes them for the same: the file makes a detour through `tmp`.

    def _is_listed(self, path: str) -> bool:
        directory, name = split(path)
        return name in self._directories.names(directory)

    def _middle(self, way: _Way) -> str:
        try:
            return parking_path(decode(way.path), self._name_max)
        except NotAKey:
            return parking_path(way.path, self._name_max)

    def _go_round(self, way: _Way, source: Spot) -> None:
        middle = self._middle(way)
        self._directories.make_dirs(split(middle)[0])
        with spot_of(self._directories, middle) as resting:
            try:
                self._moves.move(source, resting, "rename-aside")
            except FileExistsError:
                raise Stale(TAKEN) from None
            try:
                self._moves.move(resting, way.target, "rename-from-aside")
            except FileExistsError:
                self._moves.move(resting, source, "put-back")
                raise Stale(TAKEN) from None
        self._directories.remove_empty_parents(middle)

    def _finish_detour(self, way: _Way) -> bool:
        """True if the file was found in the middle of its way, and is at its new place now."""
        middle = self._middle(way)
        try:
            with spot_of(self._directories, middle) as resting:
                found = resting.lstat()
                if found is None or not is_alike(found, way.expected):
                    return False
                self._moves.move(resting, way.target, "rename-from-aside")
        except FileNotFoundError:
            return False
        self._directories.remove_empty_parents(middle)
        return True
