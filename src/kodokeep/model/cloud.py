"""The cloud as an account sees it: buckets, their domains and hosts, and what one look at each of them showed.

What belongs here: facts. What does not: whether a fact is good or bad (`doctor`).
"""

from dataclasses import dataclass
from enum import StrEnum

from kodokeep.model.entry import RemoteEntry


@dataclass(frozen=True, slots=True)
class BucketInfo:
    """A bucket of the account. None: the cloud does not tell."""

    name: str
    region: str
    objects: int | None
    size_bytes: int | None
    private: bool | None


TEST_SUFFIXES = (".clouddn.com", ".qiniucdn.com", ".qiniudn.com", ".qnssl.com", ".qbox.me")
"""What Qiniu's test domains end with, by its mail of July 2018 (v2ex.com/t/476962)."""


def bare(domain: str) -> str:
    """The name alone: no scheme, no port."""
    return domain.rpartition("://")[2].partition(":")[0].rstrip("/").lower()


def is_test_domain(domain: str) -> bool:
    """True for a name that Qiniu lends for a time."""
    return bare(domain).endswith(TEST_SUFFIXES)


class DomainKind(StrEnum):
    """Where a bound domain leads (protocol §1.5)."""

    CDN = "cdn"
    SOURCE = "source"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DomainInfo:
    """A domain that is bound to a bucket. `created_s` is seconds since the epoch, None if the cloud does not tell."""

    domain: str
    kind: DomainKind = DomainKind.UNKNOWN
    created_s: float | None = None
    frozen: bool = False

    @property
    def lasts(self) -> bool:
        """True if nothing is known that ends it."""
        return not self.frozen and not is_test_domain(self.domain)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a bucket's objects can be fetched from. `origin` is empty if there is no such host."""

    domains: tuple[DomainInfo, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """One request to one host: how long the answer took, or why there was none."""

    service: str
    host: str
    took_s: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """How far this machine's clock is ahead of the server's; negative if it is behind. Good to a second."""

    host: str
    ahead_s: float


@dataclass(frozen=True, slots=True)
class ObjectsSeen:
    """What a listing showed, or its beginning if it is not `complete`. `sample` is good to be fetched for a try.

    `archived` counts objects that must be thawed before they can be read, `disabled` those that nobody may read.
    """

    objects: int
    archived: int
    disabled: int
    complete: bool
    sample: RemoteEntry | None


class Fetch(StrEnum):
    """How fetching one object from one place went."""

    SAME = "same"
    UNCOMPARED = "uncompared"
    STALE = "stale"
    ALTERED = "altered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Trial:
    """One object fetched from one place. `status` is 0 if no answer came, `detail` tells what went wrong.

    `untrusted` means that the connection was given up because nobody vouches for the host's certificate.
    """

    host: str
    fetch: Fetch
    status: int = 0
    took_s: float = 0.0
    detail: str = ""
    untrusted: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a host showed when it was asked for TLS. `ends_s` is seconds since the epoch, None if that is unknown;
    `error` says why there is no certificate, or why it is not trusted.
    """

    ends_s: float | None
    error: str = ""
