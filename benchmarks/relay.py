"""A relay on loopback that counts what passes, and when: to one port, or to any, asked for as by SOCKS 5."""

import select
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer

BIN_S = 0.01

_CHUNK_BYTES = 65_536
_BUFFER_BYTES = 4_096
"""What is counted has been taken by the other side, but for this much."""

_GREETED = b"\x05\x00"
_CONNECTED = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00"


@dataclass(slots=True)
class Counts:
    """Bytes in either direction by target port and bin of time (of `time.time`)."""

    port: int
    bins: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, target: int, size_bytes: int) -> None:
        """So many bytes passed just now."""
        with self.lock:
            self.bins[target][int(time.time() / BIN_S)] += size_bytes

    def of(self, *targets: int) -> Mapping[int, int]:
        """Bytes by bin to and from these ports."""
        total: dict[int, int] = defaultdict(int)
        with self.lock:
            for target in targets:
                for number, size_bytes in self.bins[target].items():
                    total[number] += size_bytes
        return total


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


@contextmanager
def counting(target: int | None = None) -> Iterator[Counts]:
    """Relay to a port of this machine, or to whichever a SOCKS client asks for, until the context ends."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                port = target if target is not None else _asked_for(self.request)
                with socket.create_connection(("127.0.0.1", port)) as outer:
                    _relay(self.request, outer, port, counts)

    with _Server(("127.0.0.1", 0), Handler) as server:
        counts = Counts(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield counts
        finally:
            server.shutdown()
            thread.join()


def _asked_for(client: socket.socket) -> int:
    """The port that a SOCKS client wants; the host is always this one."""
    methods = _exactly(client, 2)[1]
    _exactly(client, methods)
    client.sendall(_GREETED)
    kind = _exactly(client, 4)[3]
    _exactly(client, {1: 4, 4: 16}.get(kind) or _exactly(client, 1)[0])
    port = int.from_bytes(_exactly(client, 2), "big")
    client.sendall(_CONNECTED)
    return port


def _exactly(client: socket.socket, size_bytes: int) -> bytes:
    data = b""
    while len(data) < size_bytes:
        more = client.recv(size_bytes - len(data))
        if not more:
            raise ConnectionError("left while asking")
        data += more
    return data


def _relay(inner: socket.socket, outer: socket.socket, port: int, counts: Counts) -> None:
    inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    outer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
    back = threading.Thread(target=_back, args=(outer, inner, port, counts), daemon=True)
    back.start()
    with suppress(OSError):
        while data := inner.recv(_CHUNK_BYTES):
            counts.add(port, len(data))
            outer.sendall(data)
    with suppress(OSError):
        outer.shutdown(socket.SHUT_RDWR)
    back.join()


def _back(outer: socket.socket, inner: socket.socket, port: int, counts: Counts) -> None:
    room = select.poll()
    room.register(inner, select.POLLOUT)
    with suppress(OSError):
        while data := outer.recv(_CHUNK_BYTES):
            view = memoryview(data)
            while view:
                try:
                    taken = inner.send(view, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    room.poll()
                else:
                    counts.add(port, taken)
                    view = view[taken:]
    with suppress(OSError):
        inner.shutdown(socket.SHUT_RDWR)
