"""Outcomes: what happened to an action; and the file operations and records it consists of."""

from enum import StrEnum

from kodokeep.model.action import Action
from kodokeep.model.entry import RemoteEntry, Stamp, SyncedEntry
from kodokeep.model.value import Value


class OutcomeKind(StrEnum):
    """What happened to an action (design §2)."""

    DONE = "done"
    FAILED = "failed"
    STALE = "stale"
    HELD = "held"
    UNAVAILABLE = "unavailable"
    THAWING = "thawing"


class Outcome(Value, frozen=True):
    """What happened to one action. `detail` is a short English reason for people and logs."""

    action: Action
    kind: OutcomeKind
    detail: str = ""
    adopted: bool = False  # a download whose bytes turned out to be what the file already held


class Verification(StrEnum):
    """How downloaded bytes were checked (protocol §9.3)."""

    HASH = "hash"
    MD5 = "md5"
    SIZE = "size"


class DownloadRequest(Value, frozen=True):
    """One object to fetch into the file `temp` (absolute), which may hold an earlier part of it."""

    seq: int
    remote: RemoteEntry
    temp: str


class Fetched(Value, frozen=True):
    """A complete, verified, closed temp file. `remote` is what the bytes are: the newer stat, if the object moved."""

    request: DownloadRequest
    remote: RemoteEntry
    content_hash: str
    verification: Verification
    received_bytes: int


class NotFetched(Value, frozen=True):
    """A download that gave nothing to place. `kind` is FAILED, STALE, UNAVAILABLE or THAWING."""

    request: DownloadRequest
    kind: OutcomeKind
    detail: str
    received_bytes: int = 0


class Placement(Value, frozen=True):
    """One change of the tree, complete enough to be finished or undone after a crash (rule 10).

    `path` is the tree path; `temp` the name in `.kodokeep/tmp` that becomes it (None: the file only leaves);
    `temp_inode` tells the temp from anything else that may stand at `path` later. `expected` is what was seen at
    `path`; None means absence was seen. `history` is where the old content goes, relative to `.kodokeep`.
    """

    path: str
    temp: str | None
    temp_inode: int
    mtime_ns: int
    expected: Stamp | None
    history: str | None


class PlacedKind(StrEnum):
    """What became of a placement."""

    DONE = "done"
    STALE = "stale"
    FAILED = "failed"


class Placed(Value, frozen=True):
    """What became of a placement. `stamp` and `racy` describe the new file after the last rename (rule 13)."""

    kind: PlacedKind
    stamp: Stamp | None = None
    racy: bool = False
    detail: str = ""


class Version(Value, frozen=True):
    """One content of one key that left the tree. `location` is relative to `.kodokeep`; `content_hash` may be empty."""

    key: str
    path: str
    location: str
    size_bytes: int
    mtime_ns: int
    content_hash: str
    remote_hash: str
    put_time_ns: int | None
    mime: str
    storage_type: int
    metadata: tuple[tuple[str, str], ...]
    run_from: str
    run_to: str
    reason: str


class Step(Value, frozen=True):
    """One action made concrete: the file operation, the record that follows it, the version that leaves.

    `synced` None means the synced entry goes. Its `stamp` is what will be, or, with a placement, is filled in after it.
    """

    seq: int
    action: Action
    placement: Placement | None
    synced: SyncedEntry | None
    version: Version | None
    adopted: bool = False
    detail: str = ""
