"""Where the emulated hosts can be reached, once they listen, and who opens the ports of a bucket."""

from dataclasses import dataclass, field
from typing import Protocol

LOOPBACK = "127.0.0.1"
SOURCE_DOMAIN = 1
"""The `domaintype` of what leads to the origin; 0 is a CDN."""


class Domains(Protocol):
    """The download ports of buckets, which come and go with them."""

    def open(self, bucket: str, ports: tuple[int, int] = (0, 0)) -> None:
        """Open the domain and the origin host of a bucket and write them into the `Addresses`; port 0 is any.

        Raises:
            CannotListenError: there is no port left for them.
        """
        ...

    async def close(self, bucket: str) -> None:
        """Close what is open of both. They are out of the `Addresses` before anything is awaited."""
        ...


@dataclass(frozen=True, slots=True)
class BoundDomain:
    """A name in a bucket's list of domains, and what the list says of it (protocol §1.5). `created_s` None: as the
    bucket.
    """

    name: str
    created_s: int | None = None
    kind: int = SOURCE_DOMAIN
    scope: int = 0
    freeze_types: tuple[str, ...] = ()


@dataclass(slots=True)
class Addresses:
    """The name that clients are told, and ports: one for uc, up, rs, rsf, io and api together, a second one for
    uploads, and for each bucket one per download domain (protocol §1.4).

    Filled while the listeners open. `bound` is what a list of domains says instead of a bucket's one port.
    """

    name: str = LOOPBACK
    main: int = 0
    backup: int = 0
    domains: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    bound: dict[str, tuple[BoundDomain, ...]] = field(default_factory=dict)

    def main_host(self) -> str:
        return self._host(self.main)

    def backup_host(self) -> str:
        """The same answers at another port: clients want two upload hosts that differ."""
        return self._host(self.backup)

    def domain(self, bucket: str) -> str:
        return self._host(self.domains[bucket])

    def bound_domains(self, bucket: str) -> tuple[BoundDomain, ...]:
        """What the lists of a bucket's domains tell."""
        bound = self.bound.get(bucket)
        return (BoundDomain(self.domain(bucket)),) if bound is None else bound

    def source(self, bucket: str) -> str:
        return self._host(self.sources[bucket])

    def _host(self, port: int) -> str:
        return f"[{self.name}]:{port}" if ":" in self.name else f"{self.name}:{port}"
