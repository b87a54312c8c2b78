"""Events: facts that a run tells its listeners. No text for people in here; `reporting` words them."""

from dataclasses import dataclass
from enum import StrEnum

from kodokeep.model.action import ActionKind, Standing
from kodokeep.model.outcome import Outcome
from kodokeep.model.summary import Summary
from kodokeep.model.traffic import TrafficUse


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins on one pair."""

    name: str
    run: str
    mode: str
    bucket: str
    folder: str


@dataclass(frozen=True, slots=True)
class Gathering:
    """The three streams are being read; sent every so often."""

    listed: int
    walked: int


class GuardKind(StrEnum):
    """Which limit was passed."""

    IDENTITY = "identity"
    BUCKET_EMPTY = "bucket-empty"
    FOLDER_EMPTY = "folder-empty"
    EVERYTHING_CHANGED = "everything-changed"
    SHARE = "share"
    BYTES = "bytes"
    SETTINGS_CHANGED = "settings-changed"
    NEVER_SYNCED = "never-synced"
    TRAFFIC = "traffic"


@dataclass(frozen=True, slots=True)
class GuardTripped:
    """A guard holds `actions` actions of `size_bytes` back; `limit` and `seen` say why, in the guard's own unit.

    `side` is where contents would leave, "folder" or "bucket"; `prefix` restricts it to the keys that begin so.
    TRAFFIC is about what would be fetched or thawed: `traffic` tells how the month stands.
    """

    kind: GuardKind
    actions: int
    size_bytes: int
    seen: str
    limit: str
    side: str = "folder"
    prefix: str = ""
    traffic: TrafficUse | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan stands: how many actions of each kind, and the bytes to fetch and to send; and the month's budget, if
    there is one.
    """

    counts: dict[ActionKind, int]
    download_bytes: int
    guards: tuple[GuardTripped, ...]
    upload_bytes: int = 0
    traffic: TrafficUse | None = None


@dataclass(frozen=True, slots=True)
class Transferring:
    """Progress of the transfers, both ways; sent every so often. Bytes count unfinished objects, too."""

    done_objects: int
    total_objects: int
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class ActionFinished:
    """One action has its outcome, and it is committed."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is not backed up for a reason a person should know: unavailable, thawing or blocked."""

    standing: Standing


class NoticeKind(StrEnum):
    """Things a person should know that are no action's outcome."""

    OBSTACLE = "obstacle"
    NOT_A_KEY = "not-a-key"
    UNORDERED_LISTING = "unordered-listing"
    SETTLED_CRASH = "settled-crash"
    UNVERIFIED = "unverified"
    ALTERED_BODY = "altered-body"
    THROTTLED = "throttled"
    NO_DOMAIN = "no-domain"
    CROSS_DEVICE = "cross-device"
    PARKED = "parked"
    LEFT_PARKED = "left-parked"
    MOVED_ON = "moved-on"
    TRAFFIC_USED_UP = "traffic-used-up"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning or a remark. `subject` is a key, path or host; `detail` the fact."""

    kind: NoticeKind
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run is over; the last event of its pair."""

    summary: Summary


Event = RunStarted | Gathering | Planned | Transferring | ActionFinished | Skipped | Notice | RunFinished
