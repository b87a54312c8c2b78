"""Sources: files of the tree that are open to be uploaded.

What belongs here: reading one, and telling whether it still is what was seen. What does not: the upload (`kodo`).
"""

import os

from kodokeep.local.dirs import Directories
from kodokeep.local.probe import DiskClock
from kodokeep.local.reading import is_none_any_more, open_file
from kodokeep.local.spot import Spot, spot_of, stamp_of
from kodokeep.model.entry import Stamp


class FileSource:
    """`ports.Source` over an open file. Holds its directory as well, to see that the name is still this file's."""

    def __init__(self, fd: int, place: Spot, stamp: Stamp, *, racy: bool) -> None:
        """Use `open_source`. Takes over both descriptors."""
        self._fd = fd
        self._place = place
        self._stamp = stamp
        self._closed = False
        self.racy = racy

    @property
    def size_bytes(self) -> int:
        """As in `ports.Source`."""
        return self._stamp.size_bytes

    def read(self, offset: int, size_bytes: int) -> bytes:
        """As in `ports.Source`."""
        data = os.pread(self._fd, size_bytes, offset)
        while len(data) < size_bytes and (more := os.pread(self._fd, size_bytes - len(data), offset + len(data))):
            data += more
        return data

    def unchanged(self) -> bool:
        """As in `ports.Source`."""
        try:
            here, named = os.fstat(self._fd), self._place.lstat()
        except OSError:
            return False
        return named is not None and stamp_of(here) == stamp_of(named) and stamp_of(here).agrees(self._stamp)

    def close(self) -> None:
        """As in `ports.Source`."""
        if not self._closed:
            self._closed = True
            os.close(self._fd)
            os.close(self._place.dir_fd)


def open_source(directories: Directories, path: str, stamp: Stamp, clock: DiskClock) -> FileSource | None:
    """Open the regular file at a tree path; None if it is gone, or not what the stamp says.

    Raises OSError if the file cannot be read.
    """
    try:
        return _opened(directories, path, stamp, clock)
    except OSError as error:
        if is_none_any_more(error):
            return None
        raise


def _opened(directories: Directories, path: str, stamp: Stamp, clock: DiskClock) -> FileSource | None:
    with spot_of(directories, path) as spot:
        fd = open_file(spot)
        try:
            racy = not clock.let_age(stamp.ctime_ns)
            if not stamp_of(os.fstat(fd)).agrees(stamp):
                os.close(fd)
                return None
            return FileSource(fd, Spot(os.dup(spot.dir_fd), spot.name), stamp, racy=racy)
        except OSError:
            os.close(fd)
            raise
