"""Attributes: what an object is besides its bytes, and what it takes over from the one that it replaces. Pure.

What belongs here: mime type, metadata, storage type, expiry, and the upload policy that carries them. What does not:
signing the policy (`signing`), sending it (`form_upload`, `part_upload`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kodokeep.model.entry import RemoteEntry
from kodokeep.model.mime import OCTET_STREAM, mime_of_name
from kodokeep.model.mtime import LAST_MODIFIED, last_modified

METADATA_BYTES = 1024
"""The most that all names and values of an object may come to (protocol §7)."""

RETURN_BODY = '{"hash":$(etag),"key":$(key),"fsize":$(fsize)}'
"""What we want to be told; placeholders without quotes become JSON values (protocol §2.4)."""

_CLIENTS_TYPE = -1  # detectMime
_DAY_S = 86_400
_CHINA_S = 8 * 3600
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the new object gets. `storage_type` None is the bucket's own choice."""

    mime: str
    metadata: Metadata
    storage_type: int | None = None
    expires_s: int | None = None

    def policy(self, *, replaces: bool, now_s: float) -> dict[str, object]:
        """The fields of the upload policy, besides scope and deadline (protocol §2.4)."""
        fields: dict[str, object] = {"returnBody": RETURN_BODY, "detectMime": _CLIENTS_TYPE}
        if not replaces:
            fields["insertOnly"] = 1
        if self.storage_type is not None:
            fields["fileType"] = self.storage_type
        if self.expires_s is not None:
            fields["deleteAfterDays"] = days_until(self.expires_s, now_s)
        return fields


def attributes(
    key: str, mtime_ns: int, replaced: RemoteEntry | None, sniffed: Callable[[], str | None]
) -> Attributes:  # fmt: skip
    """What becomes of a file that is uploaded as `key`; `sniffed` is asked only if nothing else tells the type."""
    if replaced is None:
        return Attributes(mime_of_name(key) or sniffed() or OCTET_STREAM, merged_metadata((), mtime_ns))
    known = replaced.mime if not _UNSENDABLE.search(replaced.mime) else ""
    return Attributes(
        known or mime_of_name(key) or sniffed() or OCTET_STREAM,
        merged_metadata(replaced.metadata, mtime_ns),
        replaced.storage_type,
        replaced.expires_s,
    )


def merged_metadata(theirs: Metadata, mtime_ns: int) -> Metadata:
    """Theirs, with the file's own mtime; if that does not fit, theirs alone."""
    modified = last_modified(mtime_ns)
    if modified is None:
        return theirs
    merged = (*(pair for pair in theirs if pair[0] != LAST_MODIFIED), (LAST_MODIFIED, modified))
    total_bytes = sum(len(name.encode()) + len(value.encode()) for name, value in merged)
    return merged if total_bytes <= METADATA_BYTES else theirs


def days_until(expires_s: int, now_s: float) -> int:
    """The days after which an object of now is over at that time: they end at midnight in China (protocol §2.4).

    At least one, as 0 would mean never.
    """
    last_day = -(-(expires_s + _CHINA_S) // _DAY_S) - 1
    return max(1, last_day - int(now_s + _CHINA_S) // _DAY_S)
