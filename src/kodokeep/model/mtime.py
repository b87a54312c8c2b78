"""The modification time that a file gets from its object."""

from email.utils import parsedate_to_datetime

from kodokeep.model.entry import RemoteEntry

LAST_MODIFIED = "!Last-Modified"
"""Metadata that becomes the response header and is the only place for a source file's own mtime (protocol §6.5)."""


def mtime_ns(remote: RemoteEntry) -> int:
    """Nanoseconds since the epoch: the object's own Last-Modified metadata if it can be read, else its putTime."""
    for name, value in remote.metadata:
        if name == LAST_MODIFIED:
            try:
                return int(parsedate_to_datetime(value).timestamp()) * 1_000_000_000
            except (ValueError, OverflowError, OSError):
                break
    return remote.put_time_ns
