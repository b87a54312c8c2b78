"""Settling: a placement that a crash interrupted is finished or undone, whatever it had reached (rule 10).

Which step was the last shows on the disk alone: a file has only ever one of its names, or two right in between.
"""

from kodokeep.local.dirs import Directories, split
from kodokeep.local.files import TAKEN, TAKEN_AND_KEPT, Files, Place, Stale, told
from kodokeep.local.moves import same_content, staged
from kodokeep.local.relocate import Relocator
from kodokeep.local.spot import Spot, is_alike, is_file, same_file, stamp_of
from kodokeep.model.outcome import Placed, PlacedKind, Placement

_UNDONE = "interrupted by a crash; the tree is as before"


class Settler:
    """Finishes or undoes interrupted placements, with the same operations that perform them."""

    def __init__(self, directories: Directories, files: Files, relocator: Relocator) -> None:
        self._directories = directories
        self._files = files
        self._relocator = relocator

    def settle(self, placement: Placement) -> Placed:
        """DONE if the placement is complete now, STALE if the tree is as it was before it. Raises FolderFull."""
        settle = self._reopen if placement.source is None else self._relocator.settle
        placed = told(self._directories.root, settle, placement)
        if placed.kind is not PlacedKind.DONE:
            self._directories.remove_empty_parents(placement.path)
        return placed

    def _reopen(self, placement: Placement) -> Placed:
        self._directories.make_dirs(split(placement.path)[0])  # a removal may have emptied and removed them
        with self._files.opened(placement) as place:
            _drop_half_copies(place)
            _drop_half_capture(placement, place)
            return self._settle(placement, place)

    def _settle(self, placement: Placement, place: Place) -> Placed:
        if placement.expected is not None and not _is_captured(place):
            raise Stale(_UNDONE)
        if placement.temp is None:
            return self._settle_removal(placement, place)
        if _is_placed(placement, place):
            return _placed(place)
        if place.target.lstat() is not None:
            raise Stale(TAKEN if placement.expected is None else TAKEN_AND_KEPT)
        if placement.expected is None:
            raise Stale(_UNDONE)
        return self._finish(placement, place)

    def _settle_removal(self, placement: Placement, place: Place) -> Placed:
        if place.target.lstat() is None and not _holds_expected(placement, place):
            self._files.put_back(place)
            raise Stale(_UNDONE)
        return self._files.left(placement)

    def _finish(self, placement: Placement, place: Place) -> Placed:
        """The old file is in history and nothing has taken its place yet."""
        assert place.temp is not None
        if not _holds_expected(placement, place) or not _is_waiting(placement, place.temp):
            self._files.put_back(place)
            raise Stale(_UNDONE)
        return self._files.enter(placement, place, self._files.prepare(placement, place.temp))


def _drop_half_copies(place: Place) -> None:
    """A copy between devices that never got its name."""
    staged(place.target).unlink()
    if place.history is not None:
        staged(place.history).unlink()


def _drop_half_capture(placement: Placement, place: Place) -> None:
    """Where a capture needs two steps, the original may still stand at its place after the first: undo that."""
    if place.history is None or placement.expected is None:
        return
    now, old = place.target.lstat(), place.history.lstat()
    if now is None or old is None:
        return
    if same_file(now, old) or (stamp_of(now).agrees(placement.expected) and is_alike(old, placement.expected)):
        place.history.unlink()


def _is_captured(place: Place) -> bool:
    return place.history is not None and place.history.lstat() is not None


def _holds_expected(placement: Placement, place: Place) -> bool:
    """True if history got what was seen at the place when the plan was made."""
    assert place.history is not None
    assert placement.expected is not None
    old = place.history.lstat()
    return old is not None and is_alike(old, placement.expected)


def _is_waiting(placement: Placement, temp: Spot) -> bool:
    found = temp.lstat()
    return found is not None and is_file(found) and found.st_ino == placement.temp_inode


def _is_placed(placement: Placement, place: Place) -> bool:
    """True if the new file stands at its place: the temp itself, or its copy from another device.

    Only placing takes a temp out of `tmp`, so where it is gone, what stands here came of it.
    """
    assert place.temp is not None
    now, waiting = place.target.lstat(), place.temp.lstat()
    if now is None or not is_file(now):
        return False
    if waiting is None or not _is_waiting(placement, place.temp):
        return True
    return same_file(now, waiting) or same_content(place.temp, place.target)


def _placed(place: Place) -> Placed:
    """Nobody knows what happened to the file since, so the next run hashes it: the stamp is racy."""
    assert place.temp is not None
    place.temp.unlink()
    now = place.target.lstat()
    if now is None:
        raise Stale("the file is gone")
    return Placed(PlacedKind.DONE, stamp_of(now), racy=True)
