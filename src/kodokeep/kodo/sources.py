"""Sources: where objects are fetched from, the usual place and the origin that settles doubts.

What belongs here: choosing hosts and signing. What does not: when to go to the origin (`ladder`).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from kodokeep.errors import KodoError
from kodokeep.kodo.failures import Failure
from kodokeep.kodo.hosts import Hosts
from kodokeep.kodo.signing import Signer
from kodokeep.kodo.urls import base_url, encoded_key, host_of
from kodokeep.model.event import Notice, NoticeKind


@dataclass(frozen=True, slots=True)
class Source:
    """A place that serves the bucket's objects. `sign` None means that it needs no token."""

    base: str
    sign: Callable[[str], str] | None

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return host_of(self.base)

    def url(self, key: str) -> str:
        """The URL for one attempt, signed now if need be."""
        url = f"{self.base}/{encoded_key(key)}"
        return self.sign(url) if self.sign is not None else url


@dataclass(frozen=True, slots=True)
class Sources:
    """`usual` is asked first; `origin` has the true bytes and is always signed. They may be one and the same host."""

    usual: Source
    origin: Source

    @property
    def differ(self) -> bool:
        """True if the usual source stands in front of the origin, and so may be stale or alter bodies."""
        return self.usual.base != self.origin.base


def choose(
    hosts: Hosts, signer: Signer, bucket: str, domain: str | None, cancel: threading.Event
) -> tuple[Sources, Notice | None]:  # fmt: skip
    """The given domain, else the first that is bound, else the origin, which a notice then tells.

    Raises Failure, Cancelled, and KodoError if there is neither a domain nor an origin.
    """
    origins = hosts.of_bucket(cancel).io_src
    origin = Source(origins[0], signer.download_url) if origins else None
    if domain is None:
        domain = _bound_domain(hosts, cancel)
    if domain is None:
        if origin is None:
            raise KodoError(f"the bucket {bucket} has no domain to download from", hint="bind one, or set `domain`")
        return Sources(origin, origin), Notice(NoticeKind.NO_DOMAIN, bucket, f"downloading from {origin.host}")
    base = base_url(domain, hosts.scheme)
    sign = signer.download_url if base in origins or _needs_token(hosts, cancel) else None
    return Sources(Source(base, sign), origin or Source(base, signer.download_url)), None


def _needs_token(hosts: Hosts, cancel: threading.Event) -> bool:
    """Unknown counts as private: a public bucket ignores tokens (protocol §2.5), but some keys may not ask."""
    try:
        return hosts.private(cancel)
    except Failure as failure:
        if _matters(failure):
            raise
        return True


def _bound_domain(hosts: Hosts, cancel: threading.Event) -> str | None:
    try:
        return next(iter(hosts.domains(cancel)), None)
    except Failure as failure:
        if _matters(failure):
            raise
        return None


def _matters(failure: Failure) -> bool:
    """False if only this one question was refused, as it is to keys with few rights and by some private clouds."""
    return type(failure.error) is not KodoError
