"""A server inside the test, with a front, limits and a clock that the test chooses."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

import uvloop

from kodo_emulator.net.connections import Connections, Limits
from kodo_emulator.net.http1 import Request, Response, Stamp, Traffic
from kodo_emulator.net.server import Connection
from tests.emulator.wire import fetch

T = TypeVar("T")

_PING = b"/ping"


class StubFront:
    """Answers everything but a ping by one function, and remembers what it was told."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer
        self.exchanges: list[tuple[Request, Response | None, Traffic]] = []

    async def answer(self, request: Request) -> Response:
        return Response(204) if request.target == _PING else await self._answer(request)

    def new_id(self) -> str:
        return "id"

    def stamp(self, request: Request) -> Stamp:
        return Stamp(request.id, "io", "now")

    def delivered(self, request: Request, response: Response | None, traffic: Traffic) -> None:
        if request.target != _PING:
            self.exchanges.append((request, response, traffic))

    def malformed(self, request: Request, reason: str) -> Response:
        return Response(400, body=reason.encode(), close=True)


class Server:
    """A running server; `now_s` is its time."""

    def __init__(self, front: StubFront, limits: Limits) -> None:
        self.now_s = 0.0
        self.port = 0
        self._front = front
        self._connections = Connections(limits, now=lambda: self.now_s)
        self._loop = uvloop.new_event_loop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, work: Callable[[], T]) -> T:
        """The result of something that has to happen in the server's thread."""
        done: Future[T] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(work()))
        return done.result(30)

    def catch_up(self) -> None:
        """Return when the server has taken all that was sent so far: it takes a later connection after that."""
        assert fetch(self.url + _PING.decode()).status == 204

    def pass_time(self, seconds: float) -> None:
        """Let time pass for what was sent so far, and the server look for silent clients after it."""
        self.catch_up()
        self.now_s += seconds
        self.call(self._connections.close_silent)
        self.catch_up()

    def stop(self) -> None:
        """End all connections as the emulator does at its end."""
        asyncio.run_coroutine_threadsafe(self._connections.close_all(), self._loop).result(30)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve in a thread while the context lasts."""
        server: Any = self._loop.run_until_complete(
            self._loop.create_server(lambda: Connection(self._front, self._connections), "127.0.0.1", 0)
        )
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=self._loop.run_forever)
        thread.start()
        try:
            yield
        finally:
            self.call(server.close)
            self.stop()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()


@contextmanager
def serving(
    answer: Callable[[Request], Awaitable[Response]], limits: Limits | None = None
) -> Iterator[tuple[Server, StubFront]]:
    """A server whose handler is one function."""
    front = StubFront(answer)
    server = Server(front, limits or Limits())
    with server.running():
        yield server, front


async def echo(request: Request) -> Response:
    """The body of the request, backwards."""
    pieces = []
    while data := await request.body.read():
        pieces.append(data)
    return Response(200, body=b"".join(pieces)[::-1])
