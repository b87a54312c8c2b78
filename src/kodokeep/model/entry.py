"""Entries: the rows of the three key-ordered streams (remote, local, synced), and what a file holds.

A key is a `str`. Python compares `str` by code point, which is the byte order of the UTF-8 key that Kodo lists in,
as long as no lone surrogate gets in; the listing and the walk see to that.
"""

from enum import StrEnum
from typing import NamedTuple, Protocol

from kodokeep.model.value import Value

NS_PER_S = 1_000_000_000
DISABLED = 1
"""The `status` of an object that only a signed URL might reach (protocol §6.3)."""

TICK_NS = 100
"""Kodo's putTime counts 100-nanosecond ticks (protocol §0)."""


class Listed(Protocol):
    """What tells one content of an object from another (rule 16): a hash of whatever kind, and a size."""

    @property
    def hash(self) -> str:
        """As the bucket lists it."""

    @property
    def size_bytes(self) -> int:
        """How long the content is."""


def same_content(one: Listed, other: Listed) -> bool:
    """True if two objects, or an object and what was written down of one, are the same content."""
    return one.hash == other.hash and one.size_bytes == other.size_bytes


class RemoteEntry(Value, frozen=True):
    """One object as a listing or a stat shows it (protocol §3.1).

    `content_hash` is our own v1 qetag of its bytes, for an object that an earlier run fetched because no hash of the
    listing can be compared with a file.
    """

    key: str
    size_bytes: int
    hash: str
    put_time_ns: int
    mime: str = ""
    storage_type: int = 0
    status: int = 0
    restore_status: int = 0
    md5: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    parts: tuple[int, ...] = ()
    expires_s: int | None = None
    content_hash: str | None = None

    @property
    def disabled(self) -> bool:
        """Only a signed URL might reach it (protocol §6.3)."""
        return self.status == DISABLED

    @property
    def frozen(self) -> bool:
        """Archive and deep archive, not thawed: cannot be read (protocol §6.3, §7)."""
        return self.storage_type in (2, 3) and self.restore_status != 2

    @property
    def thawed(self) -> bool:
        """An archived object that can be read for some days."""
        return self.storage_type in (2, 3) and not self.frozen

    @property
    def thawing(self) -> bool:
        """A thaw was asked for and is not ready."""
        return self.frozen and self.restore_status == 1


class Stamp(NamedTuple):
    """What the file system says of a file; stamps that agree mean unchanged unless the record is racy (rule 13).

    `inode` is 0 where the disk numbers its files anew now and then. It tells files apart that were written in one tick
    of the clock with equal sizes and whose directories then changed places.
    """

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int = 0

    def agrees(self, other: "Stamp") -> bool:
        """True if nothing that both tell is different."""
        return self == other or (self[:3] == other[:3] and 0 in (self.inode, other.inode))


class LocalEntry(Value, frozen=True):
    """One regular file of the tree. `path` is relative to the folder, `/`-separated, as the disk spells it.

    With `link` the path leads through a symlink: the file can be read there, but nothing is ever changed through it.
    """

    key: str
    path: str
    stamp: Stamp
    link: bool = False


class ObstacleKind(StrEnum):
    """Why a place of the tree says nothing about its key."""

    UNREADABLE = "unreadable"
    SYMLINK = "symlink"
    SPECIAL = "special"
    VANISHED_MOUNT = "vanished-mount"
    NOT_A_KEY = "not-a-key"


class Obstacle(Value, frozen=True):
    """Something the walk could not read or that cannot be a key (rule 2).

    `key` is what it stands for, `key/` with `covers_prefix` when everything below is unknown too. It sorts at `key`.
    For NOT_A_KEY (a name that is not UTF-8, holds `/` when decoded, is too long, or is the alias of another) `key` is
    only where it was met; no object is affected. What may be a file or a directory comes twice, as either: the second
    is the `echo` of the first, and people need not be told of it.
    """

    key: str
    path: str
    kind: ObstacleKind
    detail: str
    covers_prefix: bool = False
    echo: bool = False


class SyncedEntry(Value, frozen=True):
    """What both sides were when they last agreed on a key.

    `remote_hash` is opaque, as listed; `content_hash` is our own v1 qetag of the bytes. `put_time_ns` is None when it
    is not known. `path` is the file's real path. A racy stamp was taken within the clock's granularity of the file's
    last change, so the file is hashed next time. A kept entry is an orphan that `deletions = keep` left on the one side
    that still has it.
    """

    key: str
    path: str
    remote_hash: str
    content_hash: str
    size_bytes: int
    put_time_ns: int | None
    stamp: Stamp
    mime: str = ""
    storage_type: int = 0
    status: int = 0
    metadata: tuple[tuple[str, str], ...] = ()
    expires_s: int | None = None
    run: str = ""
    racy: bool = False
    kept: bool = False


class LocalContent(Value, frozen=True):
    """What hashing a file found. `same_parts_hash` is its v2 qetag for the part sizes that were asked for.

    `stamp` was equal before and after reading; it is racy if the file's last change is as young as the reading.
    """

    content_hash: str
    md5: str
    stamp: Stamp
    same_parts_hash: str | None = None
    racy: bool = False
