"""The bucket as the engine sees it: `ports.Bucket`, put together from this room's parts."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from kodokeep.errors import Interrupted
from kodokeep.kodo import sources
from kodokeep.kodo.api import Api
from kodokeep.kodo.batch import Batches
from kodokeep.kodo.failures import Failure, told_to_users
from kodokeep.kodo.hosts import Hosts
from kodokeep.kodo.limiter import Limiter
from kodokeep.kodo.listing import Listing
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.objects import Objects
from kodokeep.kodo.parts import Limits
from kodokeep.kodo.prefetch import prefetched
from kodokeep.kodo.relocations import Relocations
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.signing import Signer
from kodokeep.kodo.sources import Sources
from kodokeep.kodo.thaws import Thaws
from kodokeep.kodo.tools import Account, Tools
from kodokeep.kodo.transport import Patience, Transport
from kodokeep.model.archive import Lifetime
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import Notice
from kodokeep.model.options import Credentials, TransportOptions
from kodokeep.model.outcome import Did, DownloadRequest, Fetched, NotFetched, NotUploaded, Relocation, Uploaded
from kodokeep.ports import StopSignal, UploadRequest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tuning:
    """What tests turn: the wall clock in seconds since the epoch, the clock that speed is measured with, the retry
    policy, how long to wait for bytes, and how files are cut.
    """

    now_s: Callable[[], float] = time.time
    clock_s: Callable[[], float] = time.monotonic
    retry: Retry = field(default_factory=Retry)
    patience: Patience = field(default_factory=Patience)
    limits: Limits = field(default_factory=Limits)


class KodoBucket:
    """One Kodo bucket. Nothing is asked before the first call.

    `domain` (with or without scheme) is where objects are fetched from; None means discover. `notice` is called from
    the thread that consumes the downloads, and only while it does.
    """

    def __init__(
        self, name: str, credentials: Credentials, options: TransportOptions, *, notice: Callable[[Notice], None],
        domain: str | None = None, tuning: Tuning | None = None,
    ) -> None:  # fmt: skip
        tuning = tuning or Tuning()
        self._name = name
        self._domain = domain
        self._notice = notice
        self._meter = Meter()
        self._signer = Signer(credentials, tuning.now_s)
        bandwidth = options.bandwidth
        limiter = Limiter(bandwidth, tuning.clock_s, tuning.now_s) if bandwidth.limited else None
        transport = Transport(options, self._meter, tuning.patience, limiter)
        api = Api(transport, self._signer, tuning.retry)
        self._hosts = Hosts(api, name, credentials.access_key, options, tuning.now_s)
        self._listing = Listing(api, self._hosts, name)
        batches = Batches(api, self._hosts, tuning.retry)
        objects = Objects(api, self._hosts, batches, name)
        self._relocations = Relocations(batches, objects, name)
        self._thaws = Thaws(batches, objects, name)
        self._tools = Tools(transport, tuning.retry, objects.stat, self._meter, notice, options.transfers)
        self._objects = objects
        self._account = Account(name, self._signer, tuning.limits, tuning.now_s)

    def listing(self, prefix: str, stop: StopSignal) -> Iterator[RemoteEntry]:
        """See ports.Bucket."""
        with told_to_users():
            yield from self._listing.entries(prefix, stop, ordered=True)

    def unordered_listing(self, prefix: str, stop: StopSignal) -> Iterator[RemoteEntry]:
        """See ports.Bucket."""
        with told_to_users():
            yield from self._listing.entries(prefix, stop, ordered=False)

    def stat(self, key: str) -> RemoteEntry | None:
        """The object as it is now; None if there is none. Raises KodoError."""
        with told_to_users():
            return self._objects.stat(key, threading.Event())

    def stat_many(self, keys: Sequence[str], stop: StopSignal | None = None) -> list[RemoteEntry | None]:
        """See ports.Bucket."""
        looks = self._beside(lambda cancel: self._objects.look(keys, cancel), stop)
        found: list[RemoteEntry | None] = []
        for look in looks:
            if isinstance(look, Failure):
                raise look.error
            found.append(look)
        return found

    def delete_many(self, keys: Sequence[str], stop: StopSignal | None = None) -> list[Did]:
        """See ports.Bucket."""
        return self._beside(lambda cancel: self._relocations.delete(keys, cancel), stop)

    def move_many(self, moves: Sequence[Relocation], stop: StopSignal | None = None) -> list[Did]:
        """See ports.Bucket."""
        return self._beside(lambda cancel: self._relocations.move(moves, cancel), stop)

    def copy_many(self, copies: Sequence[Relocation], stop: StopSignal | None = None) -> list[Did]:
        """See ports.Bucket."""
        return self._beside(lambda cancel: self._relocations.copy(copies, cancel), stop)

    def thaw_many(self, objects: Sequence[RemoteEntry], days: int, stop: StopSignal | None = None) -> list[Did]:
        """See ports.Bucket."""
        return self._beside(lambda cancel: self._thaws.ask(objects, days, cancel), stop)

    def lifetimes(self, stop: StopSignal | None = None) -> tuple[Lifetime, ...]:
        """See ports.Bucket."""
        return self._beside(self._hosts.lifetimes, stop)

    def download(self, requests: Iterable[DownloadRequest], stop: StopSignal) -> Iterator[Fetched | NotFetched | None]:
        """See ports.Bucket. Raises SignInRefused, ClockSkewed and Unreachable as well, after what finished."""
        pending = iter(requests)
        first = None if stop.is_set() else next(pending, None)
        if first is None:
            return
        try:
            chosen, notice = self._sources(stop)
        except Interrupted:
            return
        if notice is not None:
            self._notice(notice)
        from kodokeep.kodo.download import Downloads  # noqa: PLC0415 - most runs find nothing to fetch

        yield from Downloads(self._tools, chosen, stop).results(chain((first,), pending))

    def upload(self, requests: Iterable[UploadRequest], stop: StopSignal) -> Iterator[Uploaded | NotUploaded | None]:
        """See ports.Bucket. Raises what ends all uploads (keys, clock, quota, no answer) after what finished."""
        pending = iter(requests)
        first = None if stop.is_set() else next(pending, None)
        if first is None:
            return
        try:
            hosts = self._beside(self._hosts.for_uploads, stop)
        except Interrupted:
            first.source.close()
            return
        except BaseException:
            first.source.close()
            raise
        from kodokeep.kodo.upload import Uploads  # noqa: PLC0415 - a backup never sends a file

        yield from Uploads(self._tools, self._account, hosts, stop).results(chain((first,), pending))

    def _sources(self, stop: StopSignal) -> tuple[Sources, Notice | None]:
        """Where objects come from. Raises Interrupted."""
        return self._beside(
            lambda cancel: sources.choose(self._hosts, self._signer, self._name, self._domain, cancel), stop
        )

    def _beside(self, ask: Callable[[threading.Event], T], stop: StopSignal | None) -> T:
        """Ask what may take long beside a look at `stop`, if there is one. Raises Interrupted."""
        cancel = threading.Event()

        def asked() -> Iterator[T]:
            yield ask(cancel)

        with told_to_users():
            if stop is None:
                return ask(cancel)
            if stop.is_set():
                raise Interrupted
            return next(prefetched(asked(), cancel, stop))

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""
        return self._meter.requests

    @property
    def received_bytes(self) -> int:
        """Body bytes of objects received so far, unfinished ones included."""
        return self._meter.received_bytes

    @property
    def sent_bytes(self) -> int:
        """Bytes of files sent so far, unfinished uploads included."""
        return self._meter.sent_bytes
