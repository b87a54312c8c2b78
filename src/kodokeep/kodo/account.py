"""An account: whether its keys are accepted, how its clock goes, and which buckets it has (protocol §1.5).

What belongs here: what is asked without naming a bucket. What does not: one bucket's surroundings (`survey`).
"""

import threading
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from kodokeep.errors import KodoError
from kodokeep.kodo import wire
from kodokeep.kodo.api import Api
from kodokeep.kodo.bucket import Tuning
from kodokeep.kodo.failures import Failure, not_kodo
from kodokeep.kodo.hosts import uc_bases
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.retry import Cancelled, Retry, broken_off
from kodokeep.kodo.signing import Signer
from kodokeep.kodo.transport import Patience, Response, Transport
from kodokeep.kodo.urls import host_of, query
from kodokeep.model.cloud import BucketInfo, ClockReading
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
        self._transport = Transport(options, Meter(), tuning.patience)
        self._api = Api(self._transport, signer, tuning.retry)
        self._access_key = credentials.access_key
        self._now_s = tuning.now_s
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

    def clock(self) -> ClockReading:
        """By the `Date` of an answer of uc, to a question that needs no signature."""
        with broken_off():
            last = Failure(KodoError("there is no uc host"))
            for base in self._uc:
                before_s = self._now_s()
                try:
                    target = f"/v4/query?{query(ak=self._access_key)}"
                    told_s = _date_s(answer(self._transport, base + target, self._cancel), base)
                except Failure as failure:
                    last = failure
                    continue
                return ClockReading(host_of(base), (before_s + self._now_s()) / 2 - told_s)
            raise last

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


def answer(transport: Transport, url: str, cancel: threading.Event) -> Response:
    """Any answer of Kodo's own to an unsigned question, asked once. Raises Failure, Cancelled."""
    if cancel.is_set():
        raise Cancelled
    answered = transport.request("GET", url, [], cancel)
    if "x-reqid" not in answered.headers:
        raise not_kodo(url)
    return answered


def _date_s(answered: Response, base: str) -> float:
    """The `Date` of an answer. It is cut to seconds, so the middle of that second is the best guess."""
    try:
        return parsedate_to_datetime(answered.headers.get("date", "")).timestamp() + 0.5
    except ValueError:
        raise Failure(KodoError(f"{host_of(base)} does not tell its time: its answer has no Date")) from None


def _offered(failure: Failure) -> bool:
    """False if it is only this call that the cloud does not have: another form of answer counts as none (200)."""
    return failure.status not in NOT_OFFERED | {200}


def _plain(name: str) -> BucketInfo:
    return BucketInfo(name, "", None, None, None)
