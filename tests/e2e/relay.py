"""A relay on loopback: takes connections, over TLS if asked to, and passes the bytes on. Counts what it took."""

import selectors
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer

from tests.loopback import listening

CHUNK_BYTES = 65_536


@dataclass(slots=True)
class Relay:
    """Where it listens, and the first bytes of each connection."""

    port: int
    openings: list[bytes] = field(default_factory=list)


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def relay(target_port: int, context: ssl.SSLContext | None = None) -> Iterator[Relay]:
    """Relay to a port of this machine until the context ends."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            try:
                inner = context.wrap_socket(self.request, server_side=True) if context else self.request
                with inner, socket.create_connection(("127.0.0.1", target_port)) as outer:
                    _pass_on(inner, outer, facts)
            except OSError:
                return  # a client that refuses our certificate, or leaves

    with listening(_Server(("127.0.0.1", 0), Handler)) as port:
        facts = Relay(port)
        yield facts


def _pass_on(inner: socket.socket, outer: socket.socket, facts: Relay) -> None:
    opened = False
    with selectors.DefaultSelector() as selector:
        selector.register(inner, selectors.EVENT_READ, outer)
        selector.register(outer, selectors.EVENT_READ, inner)
        while True:
            for key, _ in selector.select():
                source = key.fileobj
                assert isinstance(source, socket.socket)
                data = source.recv(CHUNK_BYTES)
                while isinstance(source, ssl.SSLSocket) and source.pending():
                    data += source.recv(source.pending())
                if not data:
                    return
                if source is inner and not opened:
                    facts.openings.append(data[:200])
                    opened = True
                key.data.sendall(data)
