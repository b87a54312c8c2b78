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
    adopted: bool = False  # the bytes turned out to be what the other side already held
    copied: bool = False  # the content was copied from another key of its side and did not travel


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


class Uploaded(Value, frozen=True):
    """An object that the bucket has now, checked against what was read. Its putTime is 0: no upload reports it.

    `content_hash` is our own v1 qetag of the bytes. `existed`: the bucket had just this content already.
    """

    seq: int
    remote: RemoteEntry
    content_hash: str
    sent_bytes: int
    existed: bool = False


class NotUploaded(Value, frozen=True):
    """An upload that changed nothing. `kind` is FAILED or STALE: the file or the object is not what was seen."""

    seq: int
    kind: OutcomeKind
    detail: str
    sent_bytes: int = 0


class Relocation(Value, frozen=True):
    """A server-side move or copy. `hash` and `size_bytes` are the content's, as listed."""

    source_key: str
    target_key: str
    hash: str
    size_bytes: int


class DidKind(StrEnum):
    """What the bucket did. GONE: there is no such source (or key). TAKEN: another object has the target key."""

    DONE = "done"
    GONE = "gone"
    TAKEN = "taken"
    FAILED = "failed"


class Did(Value, frozen=True):
    """What the bucket did about one key of a batch."""

    kind: DidKind
    detail: str = ""


class Parked(Value, frozen=True):
    """An object that waits under a reserved key in the middle of a cycle of renames (rule 20)."""

    parking_key: str
    home_key: str
    target_key: str
    hash: str
    size_bytes: int


class Placement(Value, frozen=True):
    """One change of the tree, complete enough to be finished or undone after a crash (rule 10).

    `path` is the tree path; `temp` the name in `.kodokeep/tmp` that becomes it (None: the file only leaves);
    `temp_inode` tells the temp from anything else that may stand at `path` later. `expected` is what was seen at
    `path`; None means absence was seen. `history` is where the old content goes, relative to `.kodokeep`.

    With `source` the file at that tree path becomes it instead of a temp, if `source_stamp` is still true of it; it
    keeps its mtime. `temp_inode` is then that file's, or 0 if it is not known or the file is parked. `source` and
    `path` may lie in `.kodokeep/tmp` (a cycle's parked file), `path` in `.kodokeep/history` (an object's content that
    the bucket is about to lose).
    """

    path: str
    temp: str | None
    temp_inode: int
    mtime_ns: int
    expected: Stamp | None
    history: str | None
    source: str | None = None
    source_stamp: Stamp | None = None


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

    The synced entry of `forgets` goes, then `synced` is recorded. Its `stamp` is what will be, or, with a placement, is
    filled in after it. A step that is not `last` only prepares its action, which has no outcome yet.
    """

    seq: int
    action: Action
    placement: Placement | None
    synced: SyncedEntry | None
    version: Version | None
    adopted: bool = False
    detail: str = ""
    forgets: str | None = None
    copied: bool = False
    last: bool = True
