"""Hosts: asking uc where a bucket lives (protocol §1.2, §1.5), and remembering it for as long as the answer is good.

What belongs here: discovery. What does not: choosing the host that objects are fetched from (`sources`).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from kodokeep.errors import KodoError
from kodokeep.kodo import wire
from kodokeep.kodo.api import Api
from kodokeep.kodo.urls import base_url, host_of, query
from kodokeep.model.archive import Lifetime
from kodokeep.model.options import TransportOptions

PUBLIC_UC = ("uc.qiniuapi.com", "kodo-config.qiniuapi.com", "uc.qbox.me")
"""Where the public cloud answers discovery, in this order (protocol §1.1)."""


def scheme_of(options: TransportOptions) -> str:
    """How to reach hosts that are named without a scheme."""
    plain = options.uc_host is not None and options.uc_host.startswith("http://")
    return "http" if plain or not options.https else "https"


def uc_bases(options: TransportOptions) -> tuple[str, ...]:
    """The base URLs of uc, in the order to ask them in."""
    uc = PUBLIC_UC if options.uc_host is None else (options.uc_host,)
    return tuple(base_url(host, scheme_of(options)) for host in uc)


@dataclass(frozen=True, slots=True)
class BucketHosts:
    """Base URLs of one bucket's services; `io_src` may be empty on a private cloud, `up` where nothing is uploaded.

    `region` is the id of the bucket's region, empty if the cloud names none.
    """

    rs: tuple[str, ...]
    rsf: tuple[str, ...]
    io_src: tuple[str, ...]
    up: tuple[str, ...]
    region: str = ""


class Hosts:
    """Discovers one bucket's hosts and domains; thread-safe. `now_s` is any clock in seconds that goes forward."""

    def __init__(
        self, api: Api, bucket: str, access_key: str, options: TransportOptions, now_s: Callable[[], float]
    ) -> None:  # fmt: skip
        self.scheme = scheme_of(options)
        self._uc = uc_bases(options)
        self._api = api
        self._bucket = bucket
        self._access_key = access_key
        self._now_s = now_s
        self._lock = threading.Lock()
        self._known: BucketHosts | None = None
        self._known_until_s = 0.0

    def of_bucket(self, cancel: threading.Event) -> BucketHosts:
        """The bucket's hosts, asked again when the last answer's ttl is over."""
        with self._lock:
            if self._known is None or self._now_s() >= self._known_until_s:
                region = self._query(cancel)
                self._known = self._hosts(region)
                self._known_until_s = self._now_s() + (region.ttl or 0)
            return self._known

    def for_uploads(self, cancel: threading.Event) -> BucketHosts:
        """The same; there is an upload host. Raises KodoError if not."""
        hosts = self.of_bucket(cancel)
        if not hosts.up:
            raise KodoError(f"{host_of(self._uc[0])} names no upload host for the bucket {self._bucket}")
        return hosts

    def domains(self, cancel: threading.Event) -> tuple[str, ...]:
        """Domains bound to the bucket that serve its objects: neither frozen nor for the S3 API only, no wildcards."""
        return tuple(row.domain for row in self.bound(cancel) if not row.freeze_types)

    def bound(self, cancel: threading.Event) -> tuple[wire.BoundDomain, ...]:
        """The same with all that is known of each, and with those that are frozen."""
        target = f"/v3/domains?{query(tbl=self._bucket)}"
        rows = self._api.call(self._uc, target, wire.decode_domains, cancel)
        return tuple(row for row in rows or () if row.domain and not row.domain.startswith(".") and row.apiscope != 1)

    def bound_names(self, cancel: threading.Event) -> tuple[str, ...]:
        """Names of bound domains as clouds without `/v3/domains` tell them (protocol §1.5)."""
        target = f"/v2/domains?{query(tbl=self._bucket)}"
        return tuple(self._api.call(self._uc, target, wire.decode_domain_names, cancel) or ())

    def private(self, cancel: threading.Event) -> bool:
        """True if the bucket gives its objects to signed URLs only."""
        target = f"/v2/bucketInfo?{query(bucket=self._bucket)}"
        return self._api.call(self._uc, target, wire.decode_bucket_info, cancel, method="POST").private != 0

    def lifetimes(self, cancel: threading.Event) -> tuple[Lifetime, ...]:
        """The bucket's lifecycle rules that delete objects (protocol §1.5)."""
        target = f"/rules/get?{query(bucket=self._bucket)}"
        rules = self._api.call(self._uc, target, wire.decode_rules, cancel)
        return tuple(Lifetime(rule.prefix or "", rule.days) for rule in rules or () if rule.days and rule.days > 0)

    def _query(self, cancel: threading.Event) -> wire.Region:
        target = f"/v4/query?{query(ak=self._access_key, bucket=self._bucket)}"
        regions = self._api.call(self._uc, target, wire.decode_regions, cancel, signed=False)
        if not regions.hosts:
            raise KodoError(f"{host_of(self._uc[0])} knows no region of the bucket {self._bucket}")
        return regions.hosts[0]

    def _hosts(self, region: wire.Region) -> BucketHosts:
        rs, rsf, io_src, up = (self._bases(each) for each in (region.rs, region.rsf, region.io_src, region.up))
        hosts = BucketHosts(rs, rsf, io_src, up, region.region or "")
        if not (hosts.rs and hosts.rsf):
            raise KodoError(f"{host_of(self._uc[0])} names no rs or rsf host for the bucket {self._bucket}")
        return hosts

    def _bases(self, service: wire.HostList) -> tuple[str, ...]:
        return tuple(base_url(host, self.scheme) for host in service.domains)
