"""Wires the emulator: the route table, the listeners and their life.

This is the composition root; what a host answers is in `hosts`, how bytes travel is in `net/server.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kodo_emulator.clock import Clock
from kodo_emulator.control.endpoint import Control, RequestLog
from kodo_emulator.control.faults import Faults
from kodo_emulator.control.front import ListenerFront, RequestIds, Routes
from kodo_emulator.hosts.addresses import LOOPBACK, Addresses
from kodo_emulator.hosts.io import Download, GetFile
from kodo_emulator.hosts.management import Management
from kodo_emulator.hosts.rs import RsHost
from kodo_emulator.hosts.rsf import RsfHost
from kodo_emulator.hosts.uc import UcHost
from kodo_emulator.hosts.up_form import FormUpload
from kodo_emulator.hosts.up_v2 import ResumableUpload
from kodo_emulator.net.listeners import Listeners
from kodo_emulator.net.outgoing import Outgoing
from kodo_emulator.net.routes import OneRoute, RouteTable
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.uploads.creation import Creation

_SILENCE_CHECK_S = 5.0


@dataclass(frozen=True, slots=True)
class BucketDomains:
    """The listeners of all buckets; two for each, its domain `io` and its origin host `io_src`."""

    listeners: Listeners
    addresses: Addresses
    front: Callable[[Routes], ListenerFront]
    download: Callable[[str, str], OneRoute]

    def open(self, bucket: str) -> None:
        """Open both; see `Domains`."""
        for role, ports in self._ports():
            name = f"{role}:{bucket}"
            ports[bucket] = self.listeners.open(name, self.front(self.download(bucket, role)))

    async def close(self, bucket: str) -> None:
        """Close both; see `Domains`."""
        for _, ports in self._ports():
            ports.pop(bucket, None)
        await self.listeners.close(*(f"{role}:{bucket}" for role, _ in self._ports()))

    def _ports(self) -> tuple[tuple[str, dict[str, int]], ...]:
        return ("io", self.addresses.domains), ("io_src", self.addresses.sources)


@dataclass(slots=True)
class Emulator:
    """One emulated cloud over one store. `bind` is the IP address that all of it listens on."""

    store: DiskStore
    keys: Keys
    bind: str = LOOPBACK
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)
    outgoing: Outgoing = field(default_factory=Outgoing)
    addresses: Addresses = field(default_factory=Addresses)
    _ids: RequestIds = field(default_factory=RequestIds)

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[None]:
        """Listen while the context lasts; port 0 means the one of last time, or any free one.

        Raises:
            CannotListenError: the address or the port is not to be had.
        """
        listeners = Listeners(self.bind, self.store)
        silence = asyncio.create_task(self._close_silent(listeners))
        try:
            self._listen(listeners, port)
            yield
        finally:
            silence.cancel()
            await listeners.close_all()

    def _listen(self, listeners: Listeners, port: int) -> None:
        domains = BucketDomains(listeners, self.addresses, self._front, self._download)
        main = self._front(self._routes(domains))
        self.addresses.main = listeners.open("main", main, port)
        self.addresses.backup = listeners.open("backup", main)
        for bucket in self.store.buckets():
            domains.open(bucket.name)

    def _front(self, routes: Routes) -> ListenerFront:
        return ListenerFront(routes, self.faults, self.log, self.clock, self._ids)

    def _download(self, bucket: str, role: str) -> OneRoute:
        """What one of the two domains of a bucket answers."""
        download = Download(bucket, self.store, self.keys, self.clock, origin=role == "io_src")
        return OneRoute(role, download.handle)

    @staticmethod
    async def _close_silent(listeners: Listeners) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SILENCE_CHECK_S)
            listeners.close_silent(loop.time())

    def _routes(self, domains: BucketDomains) -> RouteTable:
        """Everything the main port answers. What is not here is refused."""
        management = Management(self.keys, self.clock)
        creation = Creation(self.store, self.clock)
        table = RouteTable()
        UcHost(self.store, self.keys, self.clock, self.addresses, domains).add_routes(table, management)
        RsHost(self.store, self.clock).add_routes(table, management)
        RsfHost(self.store, self.clock).add_routes(table, management)
        GetFile(self.store, self.keys, self.clock).add_routes(table)
        FormUpload(self.store, self.keys, creation).add_routes(table)
        ResumableUpload(self.store, self.keys, self.clock, creation).add_routes(table)
        Control(self.faults, self.log, self.clock, self.outgoing, self.store).add_routes(table)
        return table
