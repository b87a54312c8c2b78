"""HTTP/1.1 on sockets: parsing, keep-alive, back-pressure, limits. It knows nothing of Kodo.

httptools does the parsing; any request target passes through untouched. Responses leave through `sender.py`.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol, cast

import httptools

from kodo_emulator.net.http1 import Request, Response, Stamp, write_head
from kodo_emulator.net.request_body import StreamedBody, wake
from kodo_emulator.net.sender import Sender


class Front(Protocol):
    """What answers the requests of a listener."""

    def new_id(self) -> str: ...

    async def answer(self, request: Request) -> Response: ...

    def stamp(self, request: Request) -> Stamp: ...

    def delivered(self, request: Request, response: Response, body_bytes: int) -> None:
        """Told after each response how much of its body was sent."""
        ...

    def malformed(self, reason: str) -> Response:
        """The response to bytes that are not a request."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one connection may cost; times in seconds."""

    head_bytes: int = 64 * 1024
    buffered_body_bytes: int = 1024 * 1024
    pipelined_requests: int = 16
    unread_body_bytes: int = 64 * 1024 * 1024
    silence_s: float = 75.0


@dataclass(slots=True)
class Connections:
    """The open connections of a server, so that silent ones can be closed and all can be at the end."""

    limits: Limits = field(default_factory=Limits)
    open: set["Connection"] = field(default_factory=set)
    is_closed: bool = False

    def close_silent(self, now_s: float) -> None:
        for connection in list(self.open):
            if connection.waits_for_client and now_s - connection.last_activity_s > self.limits.silence_s:
                connection.abort()

    async def close_all(self) -> None:
        """End all of them, whatever they are at; one that was accepted already and begins later ends at once."""
        self.is_closed = True
        tasks = [connection.task for connection in self.open if connection.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self.open):
            connection.abort()  # Its client may not take what was sent, or its task had not begun.


class Connection(asyncio.Protocol):
    """One connection. A task answers its requests one after the other; the parser's callbacks feed that task."""

    def __init__(self, front: Front, connections: Connections) -> None:
        self._front = front
        self._connections = connections
        self._limits = connections.limits
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._requests: deque[tuple[Request, StreamedBody, bool]] = deque()
        self._arrival: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport
        self._sender: Sender
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body: StreamedBody | None = None
        self._head_bytes = 0
        self._problem: str | None = None
        self._lost = False
        self._paused = False
        self.task: asyncio.Task[None] | None = None
        self.last_activity_s = self._loop.time()

    @property
    def waits_for_client(self) -> bool:
        """Whether nothing can happen here before the client sends or takes bytes."""
        incomplete = self._body is not None and not self._body.complete and not self._paused
        idle = self._arrival is not None and not self._arrival.done()
        return incomplete or idle or self._sender.is_blocked

    def abort(self) -> None:
        self._transport.abort()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._sender = Sender(self._transport)
        if self._connections.is_closed:
            self._transport.abort()
            return
        self._connections.open.add(self)
        self.task = self._loop.create_task(self._serve())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- the transport's signature
        self._lost = True
        self._connections.open.discard(self)
        if self._body and not self._body.complete:
            self._body.end(lost=True)
        wake(self._arrival)
        self._sender.resume()

    def data_received(self, data: bytes) -> None:
        self.last_activity_s = self._loop.time()
        if self._problem:
            return
        if self._body is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail("upgrade is not supported")
        except httptools.HttpParserError as error:
            self._fail(str(error) or "malformed request")
        if self._body is None and self._head_bytes > self._limits.head_bytes:
            self._fail("request head too large")
        self._throttle()

    def eof_received(self) -> bool:
        # A client may end its side and still wait for answers to what it sent.
        if self._body and not self._body.complete:
            self._body.end(lost=True)
        self._lost = True
        wake(self._arrival)
        return True

    def pause_writing(self) -> None:
        self._sender.pause()

    def resume_writing(self) -> None:
        self.last_activity_s = self._loop.time()
        self._sender.resume()

    # What the parser calls

    def on_message_begin(self) -> None:
        self._target = b""
        self._headers = {}

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.setdefault(name.decode("latin-1").lower(), value.decode("utf-8", "surrogateescape"))

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        expects = self._headers.get("expect", "").lower() == "100-continue"
        self._body = StreamedBody(self._throttle, self._continue if expects else None)
        method = self._parser.get_method().decode("latin-1")
        request = Request(method, self._target, self._headers, self._body, self._front.new_id())
        # An upgrade is ignored, as HTTP permits, but the parser reads nothing after it.
        keep_alive = self._parser.should_keep_alive() and not self._parser.should_upgrade()
        self._requests.append((request, self._body, keep_alive))
        wake(self._arrival)

    def on_body(self, body: bytes) -> None:
        assert self._body is not None
        self._body.feed(body)

    def on_message_complete(self) -> None:
        assert self._body is not None
        self._body.end()
        self._body = None

    # The task

    async def _serve(self) -> None:
        try:
            await self._answer_requests()
        except ConnectionError:
            pass  # The client went away: nobody is left to tell.
        finally:
            self._transport.close()

    async def _answer_requests(self) -> None:
        while arrived := await self._next_request():
            request, body, keep_alive = arrived
            try:
                response = await self._front.answer(request)
            except ConnectionError:
                break  # Its body ended early: the client went away, or sent what is no body.
            keep_alive = keep_alive and not response.close and not body.is_withheld
            head = write_head(response, self._front.stamp(request), keep_alive=keep_alive)
            try:
                await self._sender.send(head, response, head_only=request.method == "HEAD" or not response.has_body)
            finally:
                response.release()
                self.last_activity_s = self._loop.time()
                self._front.delivered(request, response, self._sender.sent_bytes)
            if not keep_alive or not await self._discard(body):
                return
        if self._problem:
            self._transport.write(self._answer_problem(self._problem))

    async def _next_request(self) -> tuple[Request, StreamedBody, bool] | None:
        while not self._requests:
            if self._lost or self._problem:
                return None
            self._arrival = self._loop.create_future()
            await self._arrival
        arrived = self._requests.popleft()
        self._throttle()
        return arrived

    async def _discard(self, body: StreamedBody) -> bool:
        """Read what the handler left of a body, so that the next request can follow; False if that is too much."""
        left = self._limits.unread_body_bytes
        while left > 0 and (data := await body.read()):
            left -= len(data)
        return left > 0

    def _throttle(self) -> None:
        buffered = self._body.buffered_bytes if self._body else 0
        full = buffered > self._limits.buffered_body_bytes or len(self._requests) > self._limits.pipelined_requests
        if full and not self._paused:
            self._transport.pause_reading()
        elif self._paused and not full:
            self._transport.resume_reading()
        self._paused = full

    def _continue(self) -> None:
        self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _fail(self, reason: str) -> None:
        self._problem = reason
        if self._body:
            self._body.end(lost=True)
        wake(self._arrival)

    def _answer_problem(self, reason: str) -> bytes:
        request = Request("", b"", {}, StreamedBody(_nothing), self._front.new_id())
        response = self._front.malformed(reason)
        assert isinstance(response.body, bytes)
        return write_head(response, self._front.stamp(request), keep_alive=False) + response.body


def _nothing() -> None:
    """For a body that never arrives."""
