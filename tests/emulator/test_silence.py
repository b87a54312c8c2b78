"""Which connections count as silent, with a patience that a test can wait for."""

import asyncio
import socket
import time
from io import FileIO
from pathlib import Path

from kodo_emulator.net.http1 import FileSlice, Request, Response, Stamp
from kodo_emulator.net.server import Connection, Connections, Limits
from tests.emulator.vectors import MIB

SIZE_BYTES = 16 * MIB
SILENCE_S = 0.8


class OneFile:
    """A front that answers everything with one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def new_id(self) -> str:
        return "id"

    async def answer(self, request: Request) -> Response:
        assert request.target == b"/"
        return Response(200, body=FileSlice(FileIO(str(self._path)), 0, SIZE_BYTES))

    def stamp(self, request: Request) -> Stamp:
        return Stamp(request.id, "io", "now")

    def delivered(self, request: Request, response: Response, body_bytes: int) -> None:
        pass

    def malformed(self, reason: str) -> Response:
        raise AssertionError(reason)


def slow_read(port: int, pause_s: float) -> int:
    """The bytes that a client gets which takes a few at a time."""
    received = 0
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while data := connection.recv(128 * 1024):
            received += len(data)
            time.sleep(pause_s)
    return received


async def serve_to(path: Path, pause_s: float) -> int:
    loop = asyncio.get_running_loop()
    connections = Connections(Limits(silence_s=SILENCE_S))
    server = await loop.create_server(lambda: Connection(OneFile(path), connections), "127.0.0.1", 0)

    async def watch() -> None:
        while True:
            connections.close_silent(loop.time())
            await asyncio.sleep(SILENCE_S / 20)

    watching = asyncio.create_task(watch())
    try:
        return await asyncio.to_thread(slow_read, server.sockets[0].getsockname()[1], pause_s)
    finally:
        watching.cancel()
        server.close()
        await connections.close_all()


def test_a_slow_reader_is_not_silent(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(SIZE_BYTES))
    started_s = time.monotonic()
    assert asyncio.run(serve_to(file, 0.008)) > SIZE_BYTES
    assert time.monotonic() - started_s > SILENCE_S
