"""Which connections count as silent. Time is the test's own."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kodo_emulator.net.connections import Limits
from kodo_emulator.net.http1 import Request, Response
from tests.emulator.in_process import Server, echo, serving
from tests.emulator.vectors import MIB
from tests.emulator.wire import read_all

LIMITS = Limits(silence_s=75.0, least_body_bytes=1000)
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


@contextmanager
def client(server: Server, *, receive_bytes: int | None = None) -> Iterator[socket.socket]:
    with socket.socket() as connection:
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", server.port))
        yield connection


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(echo, LIMITS) as (server, _):
        yield server


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False
    finally:
        connection.settimeout(30)


def test_an_idle_connection_is_dropped(server: Server) -> None:
    with client(server) as connection:
        connection.sendall(HEAD % 0)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        server.pass_time(74)
        assert is_open(connection)
        server.pass_time(2)
        assert not is_open(connection)


def test_a_head_that_drips_is_dropped(server: Server) -> None:
    with client(server) as connection:
        server.pass_time(50)
        for byte in b"GET / HT":
            connection.sendall(bytes([byte]))
            server.pass_time(9)
            assert is_open(connection)
        server.pass_time(9)
        assert not is_open(connection)


def test_a_body_that_drips_is_dropped(server: Server) -> None:
    with client(server) as connection:
        connection.sendall(HEAD % 100_000)
        for _ in range(8):
            connection.sendall(b"x" * 10)
            server.pass_time(9)
            assert is_open(connection)
        server.pass_time(9)
        assert not is_open(connection)


def test_a_chunked_body_that_drips_is_dropped(server: Server) -> None:
    with client(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(8):
            connection.sendall(b"1\r\nx\r\n")
            server.pass_time(9)
            assert is_open(connection)
        server.pass_time(9)
        assert not is_open(connection)


def test_a_slow_upload_is_not_silent(server: Server) -> None:
    with client(server) as connection:
        connection.sendall(HEAD % 5000)
        for _ in range(5):
            server.pass_time(70)
            connection.sendall(b"x" * 1000)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_what_waits_for_the_server_is_not_silent() -> None:
    """Even when the body waits for its turn: a client that keeps it back, and one that is not read from."""
    released = asyncio.Event()

    async def patient(request: Request) -> Response:
        await released.wait()
        return await echo(request)

    with serving(patient, LIMITS) as (server, _), client(server) as keeping, client(server) as sending:
        keeping.sendall(HEAD.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n") % 2000)
        sending.sendall(HEAD % MIB + b"x" * (MIB // 2))
        for _ in range(3):
            server.pass_time(70)
        server.call(released.set)
        assert keeping.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        server.pass_time(70)
        keeping.sendall(b"x" * 2000)
        sending.sendall(b"x" * (MIB // 2))
        for connection in (keeping, sending):
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_reader_that_stalls_is_dropped_and_a_slow_one_is_not() -> None:
    size = 16 * MIB

    async def large(request: Request) -> Response:
        return Response(200, body=bytes(size), close=True)

    with (
        serving(large, LIMITS) as (server, front),
        client(server, receive_bytes=64 * 1024) as slow,
        client(server, receive_bytes=64 * 1024) as stalled,
    ):
        for connection in (slow, stalled):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        received = 0
        for _ in range(10):
            server.pass_time(20)
            received += len(slow.recv(128 * 1024))
        server.catch_up()
        sent = [traffic.sent_bytes for _, _, traffic in front.exchanges]
        assert len(sent) == 1, "the one that stalls was dropped"
        with pytest.raises(ConnectionResetError):
            read_all(stalled)
        while data := slow.recv(MIB):
            received += len(data)
        assert received > size
