"""The emulated cloud as a client: servers that answer late, never, or more than was asked for."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from kodo_emulator.net.outgoing import Outgoing, UnreachableError

Serve = Callable[[socket.socket], None]


@contextmanager
def listening(serve: Serve) -> Iterator[str]:
    """The URL of a server; `serve` talks on each connection, in a thread, until the client is gone."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            serve(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def read_request(connection: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        data = connection.recv(65536)
        if not data:
            raise ConnectionResetError
        head += data
    return head


def test_an_answer_that_was_not_read_does_not_mix_with_the_next() -> None:
    """The body of a 404 is of no interest, and comes when the connection might be in use again."""
    taken: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        while True:
            missing = b" /missing " in read_request(connection)
            if missing:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 40\r\n\r\n")
                read_request(connection)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nxx")
            else:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    async def ask(url: str) -> list[int]:
        outgoing = Outgoing()
        return [(await outgoing.get(f"{url}/{path}", taken.append)).status for path in ("missing", "there", "there")]

    with listening(serve) as url:
        assert asyncio.run(ask(url)) == [404, 200, 200]
    assert taken == [b"hello", b"hello"]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{"])
def test_an_answer_that_never_ends_is_given_up(answer: bytes) -> None:
    ended = threading.Event()

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)
        while not ended.wait(0.01):
            connection.sendall(b" ")

    with listening(serve) as url:
        with pytest.raises(UnreachableError, match="takes too long"):
            asyncio.run(Outgoing(patience_s=0.2).post(url, b"{}", {}))
        ended.set()


def test_what_is_remembered_of_a_long_call_is_short() -> None:
    outgoing = Outgoing()
    for _ in range(2):
        with pytest.raises(UnreachableError):
            asyncio.run(outgoing.post("http://192.0.2.1/" + "x" * 1_000_000, b"y" * 1_000_000, {}))
    assert sum(len(made.url) + len(made.body) for made in outgoing.made) < 500_000
