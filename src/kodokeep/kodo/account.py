"""An account: whether its keys are accepted, and which buckets it has (protocol §1.5).

What belongs here: what is asked without naming a bucket. What does not: one bucket's surroundings (`survey`).
"""

import threading
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from kodokeep.errors import KodoError
from kodokeep.kodo import wire
from kodokeep.kodo.api import Api
from kodokeep.kodo.bucket import Tuning
from kodokeep.kodo.failures import Failure
from kodokeep.kodo.hosts import uc_bases
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.retry import Retry, broken_off
from kodokeep.kodo.signing import Signer
from kodokeep.kodo.transport import Patience, Transport
from kodokeep.kodo.urls import query
from kodokeep.model.cloud import BucketInfo
from kodokeep.model.options import Credentials, TransportOptions

T = TypeVar("T")

PAGE_LIMIT = 100
"""The most that `/buckets?apiVersion=v4` gives at once (protocol §1.5)."""

IMPATIENT_ATTEMPTS = 3
NOT_OFFERED = frozenset({400, 404, 405, 501})
"""What a cloud answers that does not have a call, or not in this form."""


def impatient() -> Tuning:
    """For somebody who waits: few attempts, and little time for each."""
    return Tuning(retry=Retry(IMPATIENT_ATTEMPTS), patience=Patience(connect_s=10, stall_s=10))


class KodoAccount:
    """One account at one cloud. Nothing is asked before the first call; every call may take seconds.

    Raises SignInRefused, ClockSkewed, Unreachable, and KodoError if the cloud answers in a way of its own. Set `cancel`
    to break a call off, which then raises Interrupted.
    """

    def __init__(
        self, credentials: Credentials, options: TransportOptions, *, tuning: Tuning | None = None,
        cancel: threading.Event | None = None,
    ) -> None:  # fmt: skip
        tuning = tuning or impatient()
        signer = Signer(credentials, tuning.now_s)
        self._api = Api(Transport(options, Meter(), tuning.patience), signer, tuning.retry)
        self._uc = uc_bases(options)
        self._cancel = cancel or threading.Event()

    def check_keys(self) -> None:
        """Returns if the keys are accepted. Keys that are accepted, and may not see a list of buckets, are."""
        with broken_off():
            try:
                self._ask("/buckets", wire.decode_bucket_names)
            except Failure as failure:
                if failure.status == 403 and type(failure.error) is KodoError:
                    return
                if failure.status not in NOT_OFFERED:
                    raise
                self._counted()

    def buckets(self) -> list[BucketInfo]:
        """The account's own buckets by name. What an older or a private cloud does not tell is None."""
        with broken_off():
            described = self._described()
            counted = self._counted_if_offered()
            if described is None and counted is None:
                return [_plain(name) for name in sorted(self._ask("/buckets", wire.decode_bucket_names) or ())]
            rows = {row.tbl: row for row in counted or ()}
            named = described if described is not None else dict.fromkeys(rows)
            return [self._info(name, named.get(name), rows.get(name)) for name in sorted({*named, *rows})]

    def _info(self, name: str, described: wire.NamedBucket | None, counted: wire.CountedBucket | None) -> BucketInfo:
        private = self._private(name) if described is None or described.private is None else described.private
        region = (described and described.region) or (counted and counted.region) or ""
        if counted is None:
            return BucketInfo(name, region, None, None, private)
        return BucketInfo(name, region, counted.file_num, counted.storage_size, private)

    def _private(self, name: str) -> bool | None:
        try:
            target = f"/v2/bucketInfo?{query(bucket=name)}"
            return self._api.call(self._uc, target, wire.decode_bucket_info, self._cancel, method="POST").private != 0
        except Failure as failure:
            if type(failure.error) is KodoError:
                return None
            raise

    def _described(self) -> dict[str, wire.NamedBucket | None] | None:
        """The buckets with their privacy, page by page; None if the cloud has no such list."""
        try:
            return {row.name: row for page in self._pages() for row in page.buckets or ()}
        except Failure as failure:
            if _offered(failure):
                raise
            return None

    def _pages(self) -> Iterator[wire.BucketPage]:
        marker = ""
        while True:
            page = self._ask(
                f"/buckets?{query(apiVersion='v4', limit=PAGE_LIMIT, marker=marker)}", wire.decode_bucket_page
            )
            yield page
            if not page.is_truncated or not page.next_marker:
                return
            if page.next_marker <= marker:
                raise Failure(KodoError("the list of buckets goes in circles: its marker does not advance"))
            marker = page.next_marker

    def _counted_if_offered(self) -> list[wire.CountedBucket] | None:
        try:
            return self._counted()
        except Failure as failure:
            if _offered(failure):
                raise
            return None

    def _counted(self) -> list[wire.CountedBucket]:
        return self._ask("/v3/buckets", wire.decode_counted_buckets, method="POST") or []

    def _ask(self, target: str, decoder: msgspec.json.Decoder[T], *, method: str = "GET") -> T:
        return self._api.call(self._uc, target, decoder, self._cancel, method=method)


def _offered(failure: Failure) -> bool:
    """False if it is only this call that the cloud does not have: another form of answer counts as none (200)."""
    return failure.status not in NOT_OFFERED | {200}


def _plain(name: str) -> BucketInfo:
    return BucketInfo(name, "", None, None, None)
