"""HTTP/1.1 on sockets: parsing, keep-alive, back-pressure, limits, delivery. It knows nothing of Kodo.

httptools does the parsing. Any status code and any request target pass through untouched, and faults reach the socket.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

import httptools

from kodo_emulator.http1 import CHUNK_BYTES, Request, Response, Stamp, pieces, write_head

_RESET = struct.pack("ii", 1, 0)
_SLOW_PIECES_PER_S = 20


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

    def close_silent(self, now_s: float) -> None:
        for connection in list(self.open):
            if connection.waits_for_client and now_s - connection.last_activity_s > self.limits.silence_s:
                connection.abort()

    async def close_all(self) -> None:
        tasks = [connection.task for connection in self.open if connection.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class StreamedBody:
    """A request body between the parser, which feeds it, and a handler, which reads it."""

    def __init__(self, resume: Callable[[], None], ask: Callable[[], None] | None = None) -> None:
        self._resume = resume
        self._ask = ask
        self._pieces: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self.buffered_bytes = 0
        self.complete = False
        self.lost = False

    @property
    def is_withheld(self) -> bool:
        """Whether the client keeps the body until it is asked for it (Expect: 100-continue)."""
        return self._ask is not None and not (self._pieces or self.complete)

    async def read(self) -> bytes:
        if self._ask and self.is_withheld:
            self._ask()
        self._ask = None
        while not self._pieces:
            if self.complete:
                return b""
            if self.lost:
                raise ConnectionResetError
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        data = b"".join(self._pieces) if len(self._pieces) > 1 else self._pieces[0]
        self._pieces.clear()
        self.buffered_bytes = 0
        self._resume()
        return data

    def feed(self, data: bytes) -> None:
        self._pieces.append(data)
        self.buffered_bytes += len(data)
        _wake(self._waiter)

    def end(self, *, lost: bool = False) -> None:
        self.lost = lost
        self.complete = self.complete or not lost
        _wake(self._waiter)


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
        self._drained: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport
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
        incomplete = self._body is not None and not self._body.complete
        return incomplete or _pending(self._arrival) or _pending(self._drained)

    def abort(self) -> None:
        self._transport.abort()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connections.open.add(self)
        self.task = self._loop.create_task(self._serve())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- the transport's signature
        self._lost = True
        self._connections.open.discard(self)
        if self._body and not self._body.complete:
            self._body.end(lost=True)
        _wake(self._arrival)
        _wake(self._drained)

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
        _wake(self._arrival)
        return True

    def pause_writing(self) -> None:
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        _wake(self._drained)
        self._drained = None

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
        self._requests.append((request, self._body, self._parser.should_keep_alive()))
        _wake(self._arrival)

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
            try:
                sent = await self._deliver(request, response, keep_alive=keep_alive)
            finally:
                response.release()
            self._front.delivered(request, response, sent)
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

    async def _deliver(self, request: Request, response: Response, *, keep_alive: bool) -> int:
        """Write the response and give the number of body bytes written."""
        delivery = response.delivery
        if delivery.reset_at == 0:
            self._reset()
            return 0
        head = write_head(response, self._front.stamp(request), keep_alive=keep_alive)
        if request.method == "HEAD":
            self._transport.write(head)
            return 0
        if isinstance(response.body, bytes) and not (delivery.bytes_per_s or delivery.chunked or delivery.reset_at):
            self._transport.write(head + _altered(response.body, 0, delivery.alter_at))
            await self._drain()
            return len(response.body)
        self._transport.write(head)
        return await self._deliver_pieces(response)

    async def _deliver_pieces(self, response: Response) -> int:
        delivery = response.delivery
        sent = 0
        rate = delivery.bytes_per_s
        piece_bytes = CHUNK_BYTES if rate is None else min(max(rate // _SLOW_PIECES_PER_S, 1), CHUNK_BYTES)
        for whole in pieces(response.body, piece_bytes):
            if rate is not None:
                await asyncio.sleep(len(whole) / rate)
            piece = whole if delivery.reset_at is None else whole[: delivery.reset_at - sent]
            piece = _altered(piece, sent, delivery.alter_at)
            self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece) if delivery.chunked else piece)
            sent += len(piece)
            await self._drain()
            if sent == delivery.reset_at:
                self._reset()
                return sent
        if delivery.chunked:
            self._transport.write(b"0\r\n\r\n")
        if delivery.reset_at is not None:
            self._reset()
        return sent

    async def _drain(self) -> None:
        self.last_activity_s = self._loop.time()
        if self._drained:
            await self._drained
        if self._transport.is_closing():
            raise ConnectionResetError

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
        _wake(self._arrival)

    def _answer_problem(self, reason: str) -> bytes:
        request = Request("", b"", {}, StreamedBody(_nothing), self._front.new_id())
        response = self._front.malformed(reason)
        assert isinstance(response.body, bytes)
        return write_head(response, self._front.stamp(request), keep_alive=False) + response.body

    def _reset(self) -> None:
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()


def _pending(waiter: "asyncio.Future[None] | None") -> bool:
    return waiter is not None and not waiter.done()


def _wake(waiter: "asyncio.Future[None] | None") -> None:
    if waiter and not waiter.done():
        waiter.set_result(None)


def _altered(piece: bytes, offset: int, alter_at: int | None) -> bytes:
    if alter_at is None or not offset <= alter_at < offset + len(piece):
        return piece
    changed = bytearray(piece)
    changed[alter_at - offset] ^= 0xFF
    return bytes(changed)


def _nothing() -> None:
    """For a body that needs no preparation."""
