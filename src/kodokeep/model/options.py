"""Options: one pair as the config describes it, checked and converted. Made by `config`, read everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """Which way content flows (design §6)."""

    BACKUP = "backup"


class Deletions(StrEnum):
    """What happens to a file whose object left the bucket."""

    PROPAGATE = "propagate"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account's keys. Neither is ever shown by `repr`."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GuardOptions:
    """Limits that hold a plan's destructive part back. `bytes_limit` None means no limit by bytes."""

    percent: float = 25.0
    objects: int = 20
    bytes_limit: int | None = None


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """How to reach Kodo. `uc_host` None means the public cloud. `transfers` None lets the engine find the number."""

    uc_host: str | None = None
    https: bool = True
    proxy: str | None = None
    ca_file: str | None = None
    transfers: int | None = None


@dataclass(frozen=True, slots=True)
class PairOptions:
    """One `[bucket:NAME]` section. `folder` is absolute and resolved; `domain` None means discover one."""

    name: str
    bucket: str
    account: str
    folder: str
    mode: Mode = Mode.BACKUP
    prefix: str = ""
    domain: str | None = None
    deletions: Deletions = Deletions.PROPAGATE
    guard: GuardOptions = GuardOptions()
    transport: TransportOptions = TransportOptions()
    state_dir: str | None = None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run is to do. `settings` is what later runs compare with (rule 18); `identity` says why the folder is
    not known to be the right one (rule 5), empty if it is.
    """

    name: str
    bucket: str
    folder: str
    mode: str
    prefix: str
    deletions: Deletions
    guard: GuardOptions
    settings: Mapping[str, str]
    accept_changes: bool = False
    identity: str = ""
