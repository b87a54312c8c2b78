"""Actions and standings: what is to be done about one key, or why nothing is. Frozen values without behaviour."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from kodokeep.model.entry import LocalContent, LocalEntry, Obstacle, RemoteEntry, SyncedEntry
from kodokeep.model.value import Value


class Row(Value, frozen=True):
    """One key with everything the three streams say of it. `obstacle` is what makes the local side unknown.

    `object`, `file` and `record` are for those who know that it has one: an action of some kind always does.
    """

    key: str
    remote: RemoteEntry | None
    local: LocalEntry | None
    synced: SyncedEntry | None
    obstacle: Obstacle | None = None

    @property
    def object(self) -> RemoteEntry:
        """What the bucket has."""
        assert self.remote is not None
        return self.remote

    @property
    def file(self) -> LocalEntry:
        """What the folder has."""
        assert self.local is not None
        return self.local

    @property
    def record(self) -> SyncedEntry:
        """What both sides had."""
        assert self.synced is not None
        return self.synced


class ActionKind(StrEnum):
    """What to do. The first four change the folder, the `…object` ones and uploads the bucket, CONFLICT both; the last
    four only what is remembered. THAW asks for what a later run can fetch.
    """

    DOWNLOAD = "download"
    REPLACE = "replace"
    DELETE = "delete"
    MOVE = "move"
    UPLOAD = "upload"
    OVERWRITE = "overwrite"
    DELETE_OBJECT = "delete-object"
    MOVE_OBJECT = "move-object"
    CONFLICT = "conflict"
    THAW = "thaw"
    ADOPT = "adopt"
    TOUCH = "touch"
    KEEP = "keep"
    FORGET = "forget"


FETCHING = frozenset({ActionKind.DOWNLOAD, ActionKind.REPLACE, ActionKind.CONFLICT})
"""Actions that bring an object's content into the folder."""

LOSING_FOLDER = frozenset({ActionKind.REPLACE, ActionKind.DELETE})
"""Actions that take a content out of the tree, into history."""

LOSING_BUCKET = frozenset({ActionKind.OVERWRITE, ActionKind.DELETE_OBJECT})
"""Actions that take a content out of the bucket, once it is in history."""


class Reason(StrEnum):
    """Why an action or a standing came out."""

    NEW = "new"
    CHANGED = "changed"
    LOST = "lost-locally"
    EDITED = "edited-locally"
    GONE = "gone-from-bucket"
    GONE_LOCALLY = "gone-from-folder"
    LOST_OBJECT = "lost-from-bucket"
    EDITED_OBJECT = "edited-in-bucket"
    BOTH_CHANGED = "changed-on-both-sides"
    RENAMED = "renamed"
    EQUAL = "equal-content"
    METADATA = "metadata-only"
    LOCAL_TOUCH = "touched-locally"
    NEVER_SYNCED = "local-content-never-synced"
    UNVERIFIABLE = "unverifiable-hash"
    BOTH_GONE = "gone-on-both-sides"
    DISABLED = "disabled"
    FROZEN = "frozen"
    THAWING = "thawing"
    TO_THAW = "archived"
    TO_THAW_DEEP = "deep-archived"
    TO_REPLACE = "archived-to-replace"
    TO_REPLACE_DEEP = "deep-archived-to-replace"
    TO_SAVE = "archived-to-save"
    TO_SAVE_DEEP = "deep-archived-to-save"
    FROZEN_UNSYNCED = "archived-never-synced"
    EXPIRED = "expired"
    WITHDRAWN = "disabled-then-gone"
    OBSTACLE = "local-side-unknown"
    LINK = "behind-a-symlink"
    MOVING = "changed-while-read"
    LOCAL_ONLY = "local-only"
    REMOTE_ONLY = "remote-only"
    FILTERED = "filtered"
    KEPT = "kept"
    UNCHANGED = "unchanged"


REPLACING_LATER = frozenset({Reason.TO_REPLACE, Reason.TO_REPLACE_DEEP})
"""What is thawed to stand where a file is: a later run takes a content out of the tree for it."""

LOSING_LATER = frozenset({Reason.TO_SAVE, Reason.TO_SAVE_DEEP})
"""What is thawed to be saved: a later run takes it out of the bucket then."""

DEEP_THAWS = frozenset({Reason.TO_THAW_DEEP, Reason.TO_REPLACE_DEEP, Reason.TO_SAVE_DEEP})
"""Thaws of deep-archived objects; the others are of archived ones."""


class Action(Value, frozen=True):
    """What to do about one key, with everything that was seen of it: the precondition (design §3).

    `content` is what hashing the local file found, where planning needed it. `source` is where the content is now: for
    a move the key that it leaves, else a synced key with the same content, to be copied from instead of transferred.
    Moves happen by `stage`, so that each finds its place free; one that `parks` closes a cycle: its content
    waits under a reserved name from the first stage on. `approved` says that a person released just this action.
    `deadline_s` is when the object can be read no more, if that is soon: its thaw ends, or its lifetime does.
    """

    kind: ActionKind
    reason: Reason
    row: Row
    content: LocalContent | None = None
    source: Row | None = None
    stage: int = 0
    parks: bool = False
    approved: bool = False
    deadline_s: int | None = None

    @property
    def key(self) -> str:
        """The key this is about; of a move, the new one."""
        return self.row.key

    @property
    def origin(self) -> Row:
        """The source, for those who know that there is one: moves and copies."""
        assert self.source is not None
        return self.source

    @property
    def group(self) -> "Group":
        """What this is counted, guarded and performed with."""
        return Group(self.kind, self.reason, self.approved)

    @property
    def destructive(self) -> bool:
        """True if a content leaves the folder or the bucket for history: what guards count."""
        return self.kind in LOSING_FOLDER or self.kind in LOSING_BUCKET

    @property
    def copies(self) -> bool:
        """True if the content need not travel, because its side has it under another key."""
        return self.source is not None and self.kind not in (ActionKind.MOVE, ActionKind.MOVE_OBJECT)

    @property
    def size_bytes(self) -> int:
        """Bytes of the content that is brought, removed or recorded."""
        remote, local = self.row.remote, self.row.local
        if self.kind is ActionKind.MOVE_OBJECT and self.source is not None:
            remote = self.source.remote
        if remote is None or (self.kind in (ActionKind.UPLOAD, ActionKind.OVERWRITE) and local is not None):
            return local.stamp.size_bytes if local is not None else 0
        return remote.size_bytes

    @property
    def fetched_bytes(self) -> int:
        """Bytes of objects that have to be downloaded: to be placed, or into history before the bucket loses them."""
        remote = self.row.remote
        if remote is None or self.kind not in _FETCHED or (self.copies and self.kind not in LOSING_BUCKET):
            return 0
        return remote.size_bytes

    @property
    def thawed_bytes(self) -> int:
        """Bytes of an archived object that Kodo is asked to thaw."""
        return self.row.remote.size_bytes if self.kind is ActionKind.THAW and self.row.remote is not None else 0

    @property
    def sent_bytes(self) -> int:
        """Bytes of files that have to be uploaded; in a conflict the local content is, under its new name."""
        local = self.row.local
        if local is None or self.kind not in _SENDING or self.copies:
            return 0
        return local.stamp.size_bytes

    @property
    def removed_bytes(self) -> int:
        """Bytes of the content that leaves the folder or the bucket for history, be it once it is thawed."""
        if self.kind in LOSING_FOLDER or self.reason in REPLACING_LATER:
            return self.row.local.stamp.size_bytes if self.row.local is not None else 0
        loses = self.kind in LOSING_BUCKET or self.reason in LOSING_LATER
        return self.row.remote.size_bytes if loses and self.row.remote is not None else 0


_FETCHED = FETCHING | LOSING_BUCKET
_SENDING = frozenset({ActionKind.UPLOAD, ActionKind.OVERWRITE, ActionKind.CONFLICT})


class Group(NamedTuple):
    """Actions are counted, guarded and performed by kind, reason, and whether a person approved them."""

    kind: ActionKind
    reason: Reason
    approved: bool = False


@dataclass(frozen=True, slots=True)
class GroupTotal:
    """How much one group of a plan is. `removed_bytes` is the size of the contents that would leave for history."""

    actions: int
    fetched_bytes: int
    removed_bytes: int
    sent_bytes: int = 0
    thawed_bytes: int = 0

    def plus(self, other: "GroupTotal") -> "GroupTotal":
        """Both together."""
        return GroupTotal(
            self.actions + other.actions,
            self.fetched_bytes + other.fetched_bytes,
            self.removed_bytes + other.removed_bytes,
            self.sent_bytes + other.sent_bytes,
            self.thawed_bytes + other.thawed_bytes,
        )


NO_ACTIONS = GroupTotal(0, 0, 0)


class StandingKind(StrEnum):
    """Rows that need no action."""

    UNCHANGED = "unchanged"
    UNAVAILABLE = "unavailable"
    THAWING = "thawing"
    LOCAL_ONLY = "local_only"
    REMOTE_ONLY = "remote_only"
    FILTERED = "filtered"
    HELD = "held"
    KEPT = "kept"
    BLOCKED = "blocked"
    STALE = "stale"


class Standing(Value, frozen=True):
    """Why nothing is done about one key.

    Of an object that the bucket does not give, in seconds since the epoch and as far as it is known: `since_s` when
    that was seen first, or the thaw asked for; `ready_s` when it can probably be read, and `until_s` how long then.
    """

    kind: StandingKind
    reason: Reason
    row: Row
    since_s: int | None = None
    ready_s: int | None = None
    until_s: int | None = None


Decision = Action | Standing
