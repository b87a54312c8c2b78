"""The modification time that a file gets from its object, and how an object keeps its file's."""

from email.utils import formatdate, parsedate_to_datetime

from kodokeep.model.entry import RemoteEntry

LAST_MODIFIED = "!Last-Modified"
"""Metadata that becomes the response header and is the only place for a source file's own mtime (protocol §6.5)."""


_MOST_NS = 2**63 - 1
"""What a record of 64 bits holds: some day in 2262, like the first of its kind in 1677."""


def mtime_ns(remote: RemoteEntry) -> int:
    """Nanoseconds since the epoch: the object's own Last-Modified metadata if it can be read, else its putTime.

    A time beyond what 64 bits hold (people write 9999 for "never") becomes the nearest that they do.
    """
    for name, value in remote.metadata:
        if name == LAST_MODIFIED:
            try:
                wanted_ns = int(parsedate_to_datetime(value).timestamp()) * 1_000_000_000
            except (ValueError, OverflowError, OSError):
                break
            return min(max(wanted_ns, -_MOST_NS), _MOST_NS)
    return remote.put_time_ns


def last_modified(mtime_ns: int) -> str | None:
    """A file's mtime as Last-Modified metadata, in whole seconds; None for a time beyond what 64 bits hold.

    Readers take the first centuries' years for those of the twentieth, and a year of five digits for nothing.
    """
    return formatdate(mtime_ns // 1_000_000_000, usegmt=True) if abs(mtime_ns) <= _MOST_NS else None
