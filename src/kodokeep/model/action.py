"""Actions and standings: what is to be done about one key, or why nothing is. Frozen values without behaviour."""

from dataclasses import dataclass
from enum import StrEnum

from kodokeep.model.entry import LocalContent, LocalEntry, Obstacle, RemoteEntry, SyncedEntry
from kodokeep.model.value import Value


class Row(Value, frozen=True):
    """One key with everything the three streams say of it. `obstacle` is what makes the local side unknown."""

    key: str
    remote: RemoteEntry | None
    local: LocalEntry | None
    synced: SyncedEntry | None
    obstacle: Obstacle | None = None


class ActionKind(StrEnum):
    """What to do. REPLACE and DELETE take a file out of the tree (into history); all else adds or records."""

    DOWNLOAD = "download"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    TOUCH = "touch"
    KEEP = "keep"
    FORGET = "forget"


class Reason(StrEnum):
    """Why an action or a standing came out."""

    NEW = "new"
    CHANGED = "changed"
    LOST = "lost-locally"
    EDITED = "edited-locally"
    GONE = "gone-from-bucket"
    EQUAL = "equal-content"
    METADATA = "metadata-only"
    LOCAL_TOUCH = "touched-locally"
    NEVER_SYNCED = "local-content-never-synced"
    UNVERIFIABLE = "unverifiable-hash"
    BOTH_GONE = "gone-on-both-sides"
    DISABLED = "disabled"
    FROZEN = "frozen"
    THAWING = "thawing"
    OBSTACLE = "local-side-unknown"
    LOCAL_ONLY = "local-only"
    KEPT = "kept"
    UNCHANGED = "unchanged"


class Action(Value, frozen=True):
    """What to do about one key, with everything that was seen of it: the precondition (design §3).

    `content` is what hashing the local file found, where planning needed it.
    """

    kind: ActionKind
    reason: Reason
    row: Row
    content: LocalContent | None = None

    @property
    def key(self) -> str:
        """The key this is about."""
        return self.row.key

    @property
    def destructive(self) -> bool:
        """True if a file leaves the tree: what guards count."""
        return self.kind in (ActionKind.REPLACE, ActionKind.DELETE)

    @property
    def size_bytes(self) -> int:
        """Bytes of the object to fetch or record; of the local file where the bucket has none."""
        if self.row.remote is not None:
            return self.row.remote.size_bytes
        return self.row.local.stamp.size_bytes if self.row.local is not None else 0


Group = tuple[ActionKind, Reason]
"""Actions are counted, guarded and performed by kind and reason."""


@dataclass(frozen=True, slots=True)
class GroupTotal:
    """How much one group of a plan is. `removed_bytes` is the size of the files that would leave the tree."""

    actions: int
    fetched_bytes: int
    removed_bytes: int


class StandingKind(StrEnum):
    """Rows that need no action."""

    UNCHANGED = "unchanged"
    UNAVAILABLE = "unavailable"
    THAWING = "thawing"
    LOCAL_ONLY = "local_only"
    KEPT = "kept"
    BLOCKED = "blocked"


class Standing(Value, frozen=True):
    """Why nothing is done about one key."""

    kind: StandingKind
    reason: Reason
    row: Row


Decision = Action | Standing
