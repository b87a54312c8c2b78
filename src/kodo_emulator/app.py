"""Wires the emulator: the route table, the listeners and their life.

This is the composition root; what a host answers is in `hosts`, how bytes travel is in `net/server.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from kodo_emulator.clock import Clock
from kodo_emulator.control.buckets import BucketControl
from kodo_emulator.control.endpoint import Control
from kodo_emulator.control.faults import Faults
from kodo_emulator.control.front import ListenerFront, RequestIds, Routes
from kodo_emulator.control.request_log import RequestLog
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.addresses import LOOPBACK, Addresses
from kodo_emulator.hosts.api import ApiHost
from kodo_emulator.hosts.fetch import FetchHost
from kodo_emulator.hosts.fetch_tasks import FetchTasks
from kodo_emulator.hosts.io import Download, GetFile
from kodo_emulator.hosts.management import Management
from kodo_emulator.hosts.rs import RsHost
from kodo_emulator.hosts.rsf import RsfHost
from kodo_emulator.hosts.uc import UcHost
from kodo_emulator.hosts.up_form import FormUpload
from kodo_emulator.hosts.up_raw import RawUpload
from kodo_emulator.hosts.up_v1 import BlockUpload
from kodo_emulator.hosts.up_v2 import ResumableUpload
from kodo_emulator.net.connections import Limits
from kodo_emulator.net.listeners import Listeners
from kodo_emulator.net.outgoing import Outgoing
from kodo_emulator.net.routes import OneRoute, RouteTable
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.store.aging import AgingStore, keep_sweeping
from kodo_emulator.store.interface import Store, StoredObject
from kodo_emulator.uploads.answers import Answers
from kodo_emulator.uploads.callbacks import Callbacks
from kodo_emulator.uploads.creation import Creation
from kodo_emulator.uploads.pull import Puller

_SILENCE_CHECK_S = 5.0
_TIDY_CHECK_S = 1.0


@dataclass(frozen=True, slots=True)
class BucketDomains:
    """The listeners of all buckets; two for each, its domain `io` and its origin host `io_src`."""

    listeners: Listeners
    addresses: Addresses
    front: Callable[[Routes], ListenerFront]
    download: Callable[[str, str], OneRoute]

    def open(self, bucket: str, ports: tuple[int, int] = (0, 0)) -> None:
        """Open both; see `Domains`."""
        for (role, opened), port in zip(self._ports(), ports, strict=True):
            front = self.front(self.download(bucket, role))
            opened[bucket] = self.listeners.open(f"{role}:{bucket}", front, port)

    async def close(self, bucket: str) -> None:
        """Close both; see `Domains`."""
        for _, ports in self._ports():
            ports.pop(bucket, None)
        self.addresses.bound.pop(bucket, None)
        await self.listeners.close(*(f"{role}:{bucket}" for role, _ in self._ports()))

    def _ports(self) -> tuple[tuple[str, dict[str, int]], ...]:
        return ("io", self.addresses.domains), ("io_src", self.addresses.sources)


class Emulator:
    """One emulated cloud over one store. `bind` is the IP address that all of it listens on."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        *,
        bind: str = LOOPBACK,
        addresses: Addresses | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.clock = Clock()
        self.store = AgingStore(store, self.clock)
        self.keys = keys
        self.addresses = addresses or Addresses()
        self.faults = Faults()
        self._bind = bind
        self._limits = limits or Limits()
        self._log = RequestLog(self.clock)
        self._ids = RequestIds()
        self._outgoing = Outgoing()
        self._creation = Creation(self.store, self.clock, Answers(Callbacks(keys, self._outgoing)))
        self._puller = Puller(self.store, self._outgoing, self._creation)
        self._fetches = FetchTasks(self.store, self._puller, self._outgoing, keys)

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[None]:
        """Listen while the context lasts; port 0 means the one of last time, or any free one.

        Raises:
            CannotListenError: the address or the port is not to be had.
        """
        listeners = Listeners(self._bind, self.store, self._limits)
        works = (_close_silent(listeners), _tidy(self.store), keep_sweeping(self.store), self._fetches.run())
        background = [asyncio.create_task(work) for work in works]
        try:
            self._listen(listeners, port)
            yield
        finally:
            await listeners.close_all()
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)

    def _listen(self, listeners: Listeners, port: int) -> None:
        domains = BucketDomains(listeners, self.addresses, self._front, self._download)
        buckets = BucketControl(self.store, self.addresses, domains, self._fetches)
        main = self._front(self._routes(domains, buckets))
        self.addresses.main = listeners.open("main", main, port)
        self.addresses.backup = listeners.open("backup", main)
        for bucket in self.store.buckets():
            domains.open(bucket.name)
        buckets.remember_start()

    def _front(self, routes: Routes) -> ListenerFront:
        return ListenerFront(routes, self.faults, self._log, self.clock, self._ids)

    def _download(self, bucket: str, role: str) -> OneRoute:
        """What one of the two domains of a bucket answers."""
        origin = role == "io_src"
        download = Download(bucket, self.store, self.keys, self.clock, origin=origin, pull=self._pull_missing)
        return OneRoute(role, download.handle)

    async def _pull_missing(self, name: str, key: str) -> StoredObject | None:
        """What the mirror of a bucket has under a key, None if it has nothing."""
        bucket = self.store.bucket(name)
        try:
            return await self._puller.pull_mirror(bucket, key) if bucket else None
        except KodoError as error:
            if error.status == 404:
                return None
            raise

    def _routes(self, domains: BucketDomains, buckets: BucketControl) -> RouteTable:
        """Everything the main port answers. What is not here is refused."""
        management = Management(self.keys, self.clock, self.addresses)
        table = RouteTable()
        UcHost(self.store, self.keys, self.clock, self.addresses, domains).add_routes(table, management)
        RsHost(self.store, self.clock).add_routes(table, management)
        RsfHost(self.store, self.clock).add_routes(table, management)
        GetFile(self.store, self.keys, self.clock, self._pull_missing).add_routes(table)
        FetchHost(self.store, self._puller).add_routes(table, management)
        ApiHost(self._fetches).add_routes(table, management)
        FormUpload(self.store, self.keys, self._creation).add_routes(table)
        RawUpload(self.store, self.keys, self._creation).add_routes(table)
        BlockUpload(self.store, self.keys, self.clock, self._creation).add_routes(table)
        ResumableUpload(self.store, self.keys, self.clock, self._creation).add_routes(table)
        Control(self.faults, self._log, self.clock, self._outgoing, buckets).add_routes(table)
        return table


async def _close_silent(listeners: Listeners) -> None:
    while True:
        await asyncio.sleep(_SILENCE_CHECK_S)
        listeners.close_silent()


async def _tidy(store: Store) -> None:
    while True:
        more = store.tidy()
        await asyncio.sleep(0 if more else _TIDY_CHECK_S)
