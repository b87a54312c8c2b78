"""Listening sockets that come and go while the server runs. What is answered there is decided by a `Front`."""

import asyncio
import errno
import resource
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from kodo_emulator.net.connections import Connections, Limits, Room
from kodo_emulator.net.server import Connection, Front

_BACKLOG = 1024
_LASTING_PORTS = range(20_000, 32_000)  # Below what Linux gives to outgoing connections: free again after a restart.
_PORT_TRIES = 8
_FILES_KEPT_FREE = 128  # For connections and contents, without which a listener is of no use.
_NOT_THIS_PORT = frozenset({errno.EADDRINUSE, errno.EACCES})


class CannotListenError(Exception):
    """An address cannot be listened on."""


class PortMemory(Protocol):
    """Keeps the port of each listener, so that clients find it again after a restart."""

    def port(self, listener: str) -> int:
        """The port this listener had last time, 0 if none."""
        ...

    def keep_port(self, listener: str, port: int) -> None: ...

    def forget_port(self, listener: str) -> None: ...


@dataclass(slots=True)
class _Listener:
    server: "asyncio.Task[asyncio.Server]"
    connections: Connections


@dataclass(slots=True)
class Listeners:
    """The listeners of one server by name, all on the same address."""

    address: str
    memory: PortMemory
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], float] = monotonic
    _open: dict[str, _Listener] = field(default_factory=dict)
    _room: Room = field(init=False)

    def __post_init__(self) -> None:
        self._room = Room(self.limits.connections)

    def open(self, name: str, front: Front, port: int = 0) -> int:
        """Listen and give the port; port 0 means the one of last time, or any free one.

        Nothing is awaited: clients may connect once this returns, and no other request can come in between.

        Raises:
            CannotListenError: the address or the port is not to be had, or there are too many open files.
        """
        taken = self._bind(name, port)
        if _is_among_the_last(taken.fileno()):
            taken.close()
            raise CannotListenError(f"cannot listen on {self.address}: too many open files")
        opened: int = taken.getsockname()[1]
        self.memory.keep_port(name, opened)
        connections = Connections(self.limits, self._room, self.now)
        loop = asyncio.get_running_loop()
        server = loop.create_server(lambda: Connection(front, connections), sock=taken, backlog=_BACKLOG)
        self._open[name] = _Listener(loop.create_task(server), connections)
        return opened

    async def close(self, *names: str) -> None:
        """Stop to listen for good and end all connections that came this way; names that are not open do not matter.

        All names are free again, and their ports forgotten, before anything is awaited.
        """
        for name in names:
            self.memory.forget_port(name)
        await self._close(names)

    async def close_all(self) -> None:
        """Stop to listen until the next time."""
        await self._close(tuple(self._open))

    async def _close(self, names: Sequence[str]) -> None:
        closing = [self._open.pop(name) for name in names if name in self._open]
        for listener in closing:
            (await listener.server).close()
        await asyncio.gather(*(listener.connections.close_all() for listener in closing))

    def close_silent(self) -> None:
        """End connections whose clients stay silent for too long."""
        for listener in self._open.values():
            listener.connections.close_silent()

    def _bind(self, name: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        for wanted in (port,) if port else self._candidates(name):
            try:
                return socket.create_server((self.address, wanted), family=family, backlog=_BACKLOG)
            except OSError as error:
                problem = error
                if error.errno not in _NOT_THIS_PORT:
                    break
        reason = str(problem.strerror).partition(" (while")[0]  # Python repeats the address.
        raise CannotListenError(f"cannot listen on {self.address}:{wanted}: {reason}") from problem

    def _candidates(self, name: str) -> Iterator[int]:
        """The port of last time, some that no outgoing connection is likely to hold, any."""
        if remembered := self.memory.port(name):
            yield remembered
        for _ in range(_PORT_TRIES):
            yield secrets.choice(_LASTING_PORTS)
        yield 0


def _is_among_the_last(descriptor: int) -> bool:
    """Whether the process may open few more files; the system gives the lowest number that is free."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most != resource.RLIM_INFINITY and descriptor >= most - _FILES_KEPT_FREE
