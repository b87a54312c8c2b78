"""Wires the emulator: the route table, the listeners and their life.

This is the composition root; what a host answers is in `hosts`, how bytes travel is in `net/server.py`.
"""

import asyncio
import errno
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kodo_emulator.clock import Clock
from kodo_emulator.control.endpoint import Control
from kodo_emulator.control.faults import Faults
from kodo_emulator.control.front import ListenerFront, RequestIds, Routes
from kodo_emulator.control.request_log import RequestLog
from kodo_emulator.control.reset import StartState
from kodo_emulator.hosts.addresses import LOOPBACK, Addresses
from kodo_emulator.hosts.io import Download
from kodo_emulator.hosts.management import Management
from kodo_emulator.hosts.rs import RsHost
from kodo_emulator.hosts.rsf import RsfHost
from kodo_emulator.hosts.uc import UcHost
from kodo_emulator.hosts.up_form import FormUpload
from kodo_emulator.hosts.up_v2 import ResumableUpload
from kodo_emulator.net.connections import Connections, Limits
from kodo_emulator.net.outgoing import Outgoing
from kodo_emulator.net.routes import OneRoute, RouteTable
from kodo_emulator.net.server import Connection
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.uploads.creation import Creation

_BACKLOG = 1024
_SILENCE_CHECK_S = 5.0
_LASTING_PORTS = range(20_000, 32_000)  # Below what Linux gives to outgoing connections: free again after a restart.
_PORT_TRIES = 8


class PortTakenError(Exception):
    """The port that was asked for cannot be listened on."""


@dataclass(slots=True)
class Emulator:
    """One emulated cloud over one store."""

    store: DiskStore
    keys: Keys
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    outgoing: Outgoing = field(default_factory=Outgoing)
    addresses: Addresses = field(default_factory=Addresses)
    _ids: RequestIds = field(default_factory=RequestIds)
    limits: Limits = field(default_factory=Limits)
    log: RequestLog = field(init=False)
    _connections: Connections = field(init=False)

    def __post_init__(self) -> None:
        self.log = RequestLog(self.clock)
        self._connections = Connections(self.limits)

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[None]:
        """Listen while the context lasts; port 0 means the one of last time, or any free one.

        Raises:
            PortTakenError: `port` was given and is not free.
        """
        servers: list[asyncio.Server] = []
        silence = asyncio.create_task(self._close_silent())
        try:
            await self._listen(servers, port)
            yield
        finally:
            silence.cancel()
            for server in servers:
                server.close()
            await self._connections.close_all()

    async def _listen(self, servers: list[asyncio.Server], port: int) -> None:
        self.addresses.main = await self._open(servers, "main", self._routes(), port)
        for bucket in self.store.buckets():
            name = bucket.name
            for role, ports in (("io", self.addresses.domains), ("io_src", self.addresses.sources)):
                download = Download(name, self.store, self.keys, self.clock, origin=role == "io_src")
                ports[name] = await self._open(servers, f"{role}:{name}", OneRoute(role, download.handle), 0)

    async def _open(self, servers: list[asyncio.Server], listener: str, routes: Routes, port: int) -> int:
        """Open a listener and give its port, which is kept so that clients find it again after a restart."""
        front = ListenerFront(routes, self.faults, self.log, self.clock, self._ids)
        loop = asyncio.get_running_loop()

        def connect() -> Connection:
            return Connection(front, self._connections)

        for wanted in (port,) if port else self._port_candidates(listener):
            try:
                server = await loop.create_server(connect, LOOPBACK, wanted, backlog=_BACKLOG)
            except OSError as error:
                if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                    raise
                continue
            servers.append(server)
            opened: int = server.sockets[0].getsockname()[1]
            self.store.keep_port(listener, opened)
            return opened
        raise PortTakenError(f"cannot listen on {LOOPBACK}:{port}: the port is taken or not permitted")

    def _port_candidates(self, listener: str) -> Iterator[int]:
        """The port of last time, some that no outgoing connection is likely to hold, any."""
        if remembered := self.store.port(listener):
            yield remembered
        for _ in range(_PORT_TRIES):
            yield secrets.choice(_LASTING_PORTS)
        yield 0

    async def _close_silent(self) -> None:
        while True:
            await asyncio.sleep(_SILENCE_CHECK_S)
            self._connections.close_silent()

    def _routes(self) -> RouteTable:
        """Everything the main port answers. What is not here is refused."""
        management = Management(self.keys, self.clock)
        creation = Creation(self.store, self.clock)
        table = RouteTable()
        UcHost(self.store, self.addresses, self.keys).add_routes(table, management)
        RsHost(self.store, self.clock).add_routes(table, management)
        RsfHost(self.store, self.clock).add_routes(table, management)
        FormUpload(self.store, self.keys, creation).add_routes(table)
        ResumableUpload(self.store, self.keys, self.clock, creation).add_routes(table)
        Control(self.faults, self.log, self.clock, self.outgoing, StartState(self.store)).add_routes(table)
        return table
