"""Resuming: what a resumable upload remembers on disk, so that another process can go on with it.

It is only ever a hint: a record that is damaged or of something else is as good as none, and one that cannot be written
costs no upload.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec

from kodokeep.kodo.regular import opened

_VERSION = 1
_MOST_BYTES = 16 * 1024 * 1024
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class SavedPart(msgspec.Struct, frozen=True, array_like=True):
    """A part that the bucket has: its opaque etag, and our own md5 of what was sent."""

    etag: str
    md5: str


UploadId = Annotated[str, msgspec.Meta(pattern="^[!-~]+$")]
"""What can stand in a URL as it is."""


class Record(msgspec.Struct):
    """How far the upload of one file is. `parts` are those that arrived, by number."""

    bucket: str
    key: str
    size_bytes: int
    part_bytes: int
    upload_id: UploadId
    expires_s: int
    parts: dict[int, SavedPart] = {}
    version: int = _VERSION

    def fits(self, other: "Record") -> bool:
        """True if this is of the same file, cut alike."""
        return (self.version, self.bucket, self.key, self.size_bytes, self.part_bytes) == (
            other.version, other.bucket, other.key, other.size_bytes, other.part_bytes,
        )  # fmt: skip


_decoder = msgspec.json.Decoder(Record)


def load(path: str) -> Record | None:
    """What an earlier process left; None if nothing of use."""
    try:
        fd = opened(path, os.O_RDONLY)
        with os.fdopen(fd, "rb") as file:
            return _decoder.decode(file.read(_MOST_BYTES))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def save(path: str, record: Record) -> None:
    """Write the record in one piece, as far as that is possible."""
    fresh = _fresh(path)
    with suppress(OSError):
        fd = opened(fresh, _CREATE)
        with os.fdopen(fd, "wb") as file:
            file.write(msgspec.json.encode(record))
        Path(fresh).replace(path)


def drop(path: str) -> None:
    """The upload is done, or the record is of no use."""
    for name in (path, _fresh(path)):
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)


def _fresh(path: str) -> str:
    """Where a record is written before it gets its name; it ends alike, so that what a kill leaves is cleared away."""
    directory, slash, name = path.rpartition("/")
    return f"{directory}{slash}new-{name}"
