"""A survey: one bucket's surroundings, looked at for somebody who wonders why things fail (protocol §1.2, §1.5).

What belongs here: asking, once and impatiently. What does not: fetching an object for a try (`trial`), and what the
answers mean (`doctor`).
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from kodokeep.kodo.account import NOT_OFFERED, answer, impatient
from kodokeep.kodo.api import Api
from kodokeep.kodo.bucket import Tuning
from kodokeep.kodo.failures import Failure
from kodokeep.kodo.hosts import BucketHosts, Hosts, uc_bases
from kodokeep.kodo.listing import Listing
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.retry import broken_off
from kodokeep.kodo.signing import Signer
from kodokeep.kodo.sources import Source
from kodokeep.kodo.transport import Transport
from kodokeep.kodo.trial import Trials
from kodokeep.kodo.urls import base_url, host_of
from kodokeep.model.cloud import (
    Certificate,
    DomainInfo,
    DomainKind,
    HostAnswer,
    ObjectsSeen,
    Trial,
)
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.options import Credentials, TransportOptions

AT_ONCE = 8
ARCHIVED_TYPES = frozenset({2, 3})
"""What must be thawed before it can be read (protocol §7)."""

THAWED = 2
DISABLED = 1
KINDS = {0: DomainKind.CDN, 1: DomainKind.SOURCE}
LATEST_S = 4_102_444_800
"""The year 2100: a greater creation time is in another unit than the seconds that we take it for (a guess)."""

SAMPLE_BYTES = 1024 * 1024
"""The most that is fetched for a try, if there is a choice."""


class Survey:
    """Looks at one bucket. Nothing is asked before the first call; every call may take seconds.

    Raises KodoError, and Interrupted once `cancel` is set.
    """

    def __init__(
        self, bucket: str, credentials: Credentials, options: TransportOptions, *,
        tuning: Tuning | None = None, cancel: threading.Event | None = None,
    ) -> None:  # fmt: skip
        tuning = tuning or impatient()
        self._bucket = bucket
        self._cancel = cancel or threading.Event()
        self._signer = Signer(credentials, tuning.now_s)
        self._transport = Transport(options, Meter(), tuning.patience)
        api = Api(self._transport, self._signer, tuning.retry)
        self._hosts = Hosts(api, bucket, credentials.access_key, options, tuning.now_s)
        self._listing = Listing(api, self._hosts, bucket)
        self._trials = Trials(self._transport, self._cancel)
        self._uc = uc_bases(options)
        self.scheme = self._hosts.scheme

    def hosts(self) -> BucketHosts:
        """Where the bucket is. Tells a bucket or an access key that uc does not know."""
        with broken_off():
            return self._hosts.of_bucket(self._cancel)

    def answers(self) -> list[HostAnswer]:
        """How long each host of the bucket takes to answer anything at all, the uc hosts as well."""
        with broken_off():
            found = self._hosts.of_bucket(self._cancel)
        services = (("uc", self._uc), ("rs", found.rs), ("rsf", found.rsf), ("up", found.up), ("io_src", found.io_src))
        bases = {base: service for service, of_service in reversed(services) for base in reversed(of_service)}
        asked = [(service, base) for base, service in reversed(bases.items())]
        with broken_off(), ThreadPoolExecutor(AT_ONCE, "kodo-survey") as threads:
            return list(threads.map(lambda each: self._timed(*each), asked))

    def domains(self) -> list[DomainInfo]:
        """The bound domains that may serve objects, frozen ones too."""
        with broken_off():
            try:
                rows = self._hosts.bound(self._cancel)
            except Failure as failure:
                if failure.status not in NOT_OFFERED:
                    raise
                return [DomainInfo(name) for name in self._hosts.bound_names(self._cancel)]
        return [
            DomainInfo(
                row.domain,
                KINDS.get(-1 if row.domaintype is None else row.domaintype, DomainKind.UNKNOWN),
                row.ctime if row.ctime is not None and 0 < row.ctime < LATEST_S else None,
                bool(row.freeze_types),
            )
            for row in rows
        ]

    def private(self) -> bool:
        """True if the bucket gives its objects to signed URLs only."""
        with broken_off():
            return self._hosts.private(self._cancel)

    def objects(self, prefix: str, most: int) -> ObjectsSeen:
        """Look at the first objects below `prefix`, `most` of them at most; no key is kept but the sample's."""
        with broken_off():
            listed = self._listing.entries(prefix, self._cancel, ordered=False)
            return _seen(listed, most)

    def fetch(self, base: str, remote: RemoteEntry, *, signed: bool) -> Trial:
        """Fetch an object from a place and compare it with what the listing says."""
        source = Source(base_url(base, self.scheme), self._signer.download_url if signed else None)
        with broken_off():
            return self._trials.fetch(source, remote)

    def knock(self, base: str) -> Trial:
        """Whether a place answers at all, where there is no object to fetch."""
        with broken_off():
            return self._trials.knock(base_url(base, self.scheme))

    def certificate(self, domain: str) -> Certificate:
        """What a domain shows on its TLS port. Nothing is sent to it but what TLS needs."""
        with broken_off():
            return self._trials.certificate(base_url(domain, "https"))

    def _timed(self, service: str, base: str) -> HostAnswer:
        before_s = time.monotonic()
        try:
            answer(self._transport, f"{base}/", self._cancel)
        except Failure as failure:
            return HostAnswer(service, host_of(base), time.monotonic() - before_s, failure.error.message)
        return HostAnswer(service, host_of(base), time.monotonic() - before_s)


def _seen(listed: Iterator[RemoteEntry], most: int) -> ObjectsSeen:
    objects = archived = disabled = 0
    sample: RemoteEntry | None = None
    for entry in islice(listed, most):
        objects += 1
        frozen = entry.storage_type in ARCHIVED_TYPES and entry.restore_status != THAWED
        archived += frozen
        disabled += entry.status == DISABLED
        if not frozen and entry.status != DISABLED and (sample is None or _merit(entry) > _merit(sample)):
            sample = entry
    return ObjectsSeen(objects, archived, disabled, next(listed, None) is None, sample)


def _merit(entry: RemoteEntry) -> tuple[bool, bool, int]:
    """How good an object is for a try: small enough, an image (which is what a CDN alters), then rather large."""
    small = 0 < entry.size_bytes <= SAMPLE_BYTES
    return small, entry.mime.startswith("image/"), entry.size_bytes if small else -entry.size_bytes
