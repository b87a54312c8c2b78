"""Options: one pair as the config describes it, checked and converted. Made by `config`, read everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kodokeep.model.alert import NOBODY, AlertOptions
from kodokeep.model.bandwidth import UNLIMITED, Bandwidth
from kodokeep.model.schedule import Schedule


class Mode(StrEnum):
    """Which way content flows (design §6)."""

    BACKUP = "backup"
    SYNC = "sync"
    PUBLISH = "publish"


class Deletions(StrEnum):
    """What happens to a content that is gone from one side: it leaves the other, stays there, or comes back."""

    PROPAGATE = "propagate"
    KEEP = "keep"
    RESTORE = "restore"


DELETIONS = {
    Mode.BACKUP: (Deletions.PROPAGATE, Deletions.KEEP),
    Mode.SYNC: (Deletions.RESTORE, Deletions.PROPAGATE),
    Mode.PUBLISH: (Deletions.KEEP, Deletions.PROPAGATE),
}
"""What each mode allows, its default first (design §6)."""


class Conflicts(StrEnum):
    """Which content keeps the key when both sides changed it differently; the other one is always kept, too."""

    KEEP_BOTH = "keep-both"
    NEWER = "newer"
    LOCAL = "local"
    REMOTE = "remote"


class Symlinks(StrEnum):
    """What the walk does with a symlink: report it, or follow it if it stays inside the folder."""

    SKIP = "skip"
    FOLLOW = "follow"


class Archived(StrEnum):
    """What is done about objects that are archived: leave them, or ask Kodo to thaw them and fetch them then."""

    HOLD = "hold"
    THAW = "thaw"


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides about a row besides what was seen of it. `now_ns` is when the run began; `accepts` that a person
    releases what guards hold.
    """

    mode: Mode = Mode.BACKUP
    deletions: Deletions = Deletions.PROPAGATE
    conflicts: Conflicts = Conflicts.KEEP_BOTH
    now_ns: int = 0
    archived: Archived = Archived.HOLD
    accepts: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account's keys. Neither is ever shown by `repr`."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GuardOptions:
    """Limits that hold a plan's destructive part back. `bytes_limit` None means no limit by bytes.

    The actions under each of `prefixes` are judged by themselves, too.
    """

    percent: float = 25.0
    objects: int = 20
    bytes_limit: int | None = None
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """What takes part (rule 18). Patterns are read as in `.gitignore`, the last one that matches wins.

    `default_excludes` puts the usual junk (`planning.filters.JUNK`) before `exclude`. None means no limit.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    default_excludes: bool = False
    min_size_bytes: int | None = None
    max_size_bytes: int | None = None
    min_age_s: int | None = None
    max_age_s: int | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """What Kodo bills for, in `currency`: 10,000 requests of a class, a GB (10⁹ bytes) fetched, and a GB thawed.

    The defaults are the list prices of standard storage in mainland China, up to 100 TB of traffic a month, as
    www.qiniu.com/prices/kodo showed them on 2026-10-07 (`PRICES_DATE`); free quotas are left out. The copy that they
    were taken from has no price of GET requests, so that of writes stands in. `cdn_traffic` is what Kodo bills for
    feeding a CDN; what the CDN itself costs is another bill and can be added here. That copy has no price of thawing
    either, and no other one with a date was found: None leaves it out of estimates, which say so.
    """

    currency: str = "CNY"
    get_requests: float = 0.01
    put_requests: float = 0.01
    origin_traffic: float = 0.26
    cdn_traffic: float = 0.15
    archive_thaw: float | None = None
    deep_archive_thaw: float | None = None


PRICES_DATE = "2026-10-07"
"""When the default prices were read."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be fetched in a calendar month, by the pair's time: bytes, or money by the price table. One is set."""

    size_bytes: int | None = None
    money: float | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveOptions:
    """What is done about archived and short-lived objects. A thaw lasts `thaw_days`, 1 to 7 (protocol §4).

    What Kodo is going to delete within `expiring_within_s` is fetched first.
    """

    archived: Archived = Archived.HOLD
    thaw_days: int = 7
    expiring_within_s: int = 30 * 86_400


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """How to reach Kodo. `uc_host` None means the public cloud. `transfers` None lets the engine find the number."""

    uc_host: str | None = None
    https: bool = True
    proxy: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    transfers: int | None = None
    bandwidth: Bandwidth = UNLIMITED


@dataclass(frozen=True, slots=True)
class PairOptions:
    """One `[bucket:NAME]` section. `folder` is absolute and resolved; `domain` None means discover one. `zone` is an
    IANA name, None for this machine's.
    """

    name: str
    bucket: str
    account: str
    folder: str
    mode: Mode = Mode.BACKUP
    prefix: str = ""
    domain: str | None = None
    deletions: Deletions = Deletions.PROPAGATE
    conflicts: Conflicts = Conflicts.KEEP_BOTH
    guard: GuardOptions = GuardOptions()
    filters: FilterOptions = FilterOptions()
    transport: TransportOptions = TransportOptions()
    state_dir: str | None = None
    portable_names: bool = False
    symlinks: Symlinks = Symlinks.SKIP
    zone: str | None = None
    schedule: Schedule | None = None
    alerts: AlertOptions = NOBODY
    monthly_traffic: Budget | None = None
    archive: ArchiveOptions = ArchiveOptions()
    prices: Prices = Prices()


@dataclass(frozen=True, slots=True)
class Rates:
    """What a byte of each sort takes of a budget: 1 of one in bytes, its price of one in money. Thawing takes nothing
    of one in bytes, nor where its price is not known.
    """

    fetched: float
    thawed: float = 0.0
    deep_thawed: float = 0.0


@dataclass(frozen=True, slots=True)
class TrafficLimit:
    """A month's budget, and what takes how much of it."""

    budget: Budget
    rates: Rates


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run is to do. `settings` is what later runs compare with (rule 18); `identity` says why the folder is
    not known to be the right one (rule 5), empty if it is. `host` names this machine in conflict names. `starts_anew`:
    the folder was in step with another bucket, and what both agreed on says nothing of this one. `traffic` None means
    no budget; its months are those of `zone`, None for this machine's.
    """

    name: str
    bucket: str
    folder: str
    prefix: str
    policy: Policy
    guard: GuardOptions
    settings: Mapping[str, str]
    accept_changes: bool = False
    identity: str = ""
    filters: FilterOptions = FilterOptions()
    host: str = ""
    starts_anew: bool = False
    archive: ArchiveOptions = ArchiveOptions()
    traffic: TrafficLimit | None = None
    zone: str | None = None
