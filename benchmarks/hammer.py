"""Asks a server for the same thing again and again, as fast as it answers: raw sockets, a few requests at once."""

import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.measure import RunFailedError
from benchmarks.source import Server

_CONNECTIONS = 4
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """What a server did; `server_s` is its CPU time for one request."""

    requests_per_s: float
    bytes_per_s: float
    server_s: float


def hammer(server: Server, url: str, seconds: float, *, signed: bool = False, connections: int = _CONNECTIONS) -> Rate:
    """GET `url` for about so long; with `signed` as a management call.

    Each connection has one request on its way. All answers have the length of the first. Raises RunFailedError if one
    is no success.
    """
    parts = urlsplit(url)
    host, target = parts.netloc, f"{parts.path}?{parts.query}" if parts.query else parts.path
    authorization = ""
    if signed:
        token = server.emulator.sign(f"GET {target}\nHost: {host}\n\n".encode())
        authorization = f"Authorization: Qiniu {token}\r\n"
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{authorization}\r\n".encode()
    address = (parts.hostname or "", parts.port or 80)
    sockets = [socket.create_connection(address, timeout=_TIMEOUT_S) for _ in range(connections)]
    try:
        return _ask(server, sockets, request, seconds)
    finally:
        for connection in sockets:
            connection.close()


def _ask(server: Server, sockets: list[socket.socket], request: bytes, seconds: float) -> Rate:
    length = _first_answer(sockets[0], request)
    buffer = memoryview(bytearray(length))
    used_before_s = server.cpu_seconds()
    started_s = time.perf_counter()
    count = 0
    while (took_s := time.perf_counter() - started_s) < seconds:
        for connection in sockets:
            connection.sendall(request)
        for connection in sockets:
            _fill(connection, buffer)
        count += len(sockets)
    _check(bytes(buffer[:100]))
    return Rate(count / took_s, count * length / took_s, (server.cpu_seconds() - used_before_s) / count)


def _first_answer(connection: socket.socket, request: bytes) -> int:
    """The length of an answer, with its head."""
    connection.sendall(request)
    head, received = b"", b""
    while not head:
        received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
    _check(head)
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    _fill(connection, memoryview(bytearray(length - len(body))))
    return len(head) + 4 + length


def _fill(connection: socket.socket, buffer: memoryview) -> None:
    while buffer:
        received = connection.recv_into(buffer)
        if not received:
            raise RunFailedError("the server closed the connection")
        buffer = buffer[received:]


def _check(head: bytes) -> None:
    if not head.startswith(b"HTTP/1.1 200"):
        raise RunFailedError(f"no success: {head.decode(errors='replace')}")
