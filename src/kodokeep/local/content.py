"""Reading a file of the tree: what its bytes hash to."""

import os

from kodokeep.local.dirs import Directories
from kodokeep.local.probe import DiskClock
from kodokeep.local.reading import is_none_any_more, opened_file
from kodokeep.local.spot import Spot, spot_of, stamp_of
from kodokeep.model.entry import LocalContent
from kodokeep.model.qetag import Qetag

_BUFFER_BYTES = 1024 * 1024


def hash_file(
    directories: Directories, path: str, parts: tuple[int, ...], clock: DiskClock | None
) -> LocalContent | None:
    """Hash the regular file at a tree path; None if it is gone, something else, or changes meanwhile.

    Without a clock (nothing may be written, not even its probe) the stamp counts as racy. Raises OSError if the file
    cannot be read.
    """
    try:
        with spot_of(directories, path) as spot:
            return _hash(spot, parts, clock)
    except OSError as error:
        if is_none_any_more(error):
            return None
        raise


def _hash(spot: Spot, parts: tuple[int, ...], clock: DiskClock | None) -> LocalContent | None:
    with opened_file(spot) as fd:
        before = os.fstat(fd)
        # The clock is read before the bytes: a change that comes after must then show in the ctime (rule 13).
        racy = clock is None or not clock.let_age(before.st_ctime_ns)
        hasher = Qetag(parts, md5=True)
        feed(fd, hasher)
        after = os.fstat(fd)
    return described(hasher, before, after, racy=racy)


def described(hasher: Qetag, before: os.stat_result, after: os.stat_result, *, racy: bool) -> LocalContent | None:
    """What was hashed of a file, by how the file was before and after; None if it changed in between."""
    stamp = stamp_of(before)
    if stamp_of(after) != stamp or hasher.size_bytes != stamp.size_bytes:
        return None
    md5 = hasher.md5()
    assert md5 is not None
    return LocalContent(hasher.v1(), md5, stamp, hasher.v2(), racy)


def feed(fd: int, hasher: Qetag) -> None:
    """Hash an open file from where it stands to its end, without copies."""
    buffer = bytearray(_BUFFER_BYTES)
    view = memoryview(buffer)
    while count := os.readv(fd, [buffer]):
        hasher.update(view[:count])
