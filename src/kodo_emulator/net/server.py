"""HTTP/1.1 on sockets: keep-alive, pipelines, back-pressure. It knows nothing of Kodo.

Bytes become requests in `request_parser.py`, responses leave through `sender.py`, all connections together are bounded
in `connections.py`.
"""

import asyncio
import logging
from collections import deque
from time import perf_counter
from typing import NamedTuple, Protocol, cast

from kodo_emulator.net.connections import Connections
from kodo_emulator.net.http1 import Request, Response, Stamp, Traffic, write_head
from kodo_emulator.net.request_body import StreamedBody, wake
from kodo_emulator.net.request_parser import Head, MalformedRequestError, RequestParser
from kodo_emulator.net.sender import Sender

_log = logging.getLogger(__name__)


class Front(Protocol):
    """What answers the requests of a listener."""

    def new_id(self) -> str: ...

    async def answer(self, request: Request) -> Response:
        """The response.

        Raises:
            ConnectionAbortedError: the connection is to be reset instead.
            ConnectionError: the client left, or sent what is no body.
        """
        ...

    def stamp(self, request: Request) -> Stamp: ...

    def delivered(self, request: Request, response: Response | None, traffic: Traffic) -> None:
        """Told after each response what it took; None: there was nobody left to answer, or a reset was to be."""
        ...

    def malformed(self, request: Request, reason: str) -> Response:
        """The last response of a connection whose bytes make no sense; `request` is empty if its head made none."""
        ...


class _Waiting(NamedTuple):
    """A request whose turn has not come."""

    request: Request
    body: StreamedBody
    head: Head


class Connection(asyncio.Protocol):
    """One connection. A task answers its requests one after the other; the parser's callbacks feed that task."""

    def __init__(self, front: Front, connections: Connections) -> None:
        self._front = front
        self._connections = connections
        self._limits = connections.limits
        self._now = connections.now
        self._loop = asyncio.get_running_loop()
        self._parser = RequestParser(self._limits.head_bytes, self._take)
        self._requests: deque[_Waiting] = deque()
        self._arrival: asyncio.Future[None] | None = None
        self._end: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport
        self._sender: Sender
        self._problem: str | None = None
        self._progress = 0
        self._paused = False
        self._sends_no_more = False
        self._finishing = False
        self.is_gone = False
        self.task: asyncio.Task[None] | None = None
        self.last_activity_s = self._now()

    @property
    def is_idle(self) -> bool:
        return self._arrival is not None and not self._arrival.done()

    def look(self, now_s: float) -> None:
        """What waits for us is never silent, and a client that takes bytes slowly is not."""
        if self._sender.took_bytes() or not self._waits_for_client:
            self.last_activity_s = now_s

    def finish(self) -> None:
        self._finishing = True
        wake(self._arrival)

    def abort(self) -> None:
        if self._sender.is_blocked:
            self._sender.reset()  # So that the system lets go of what the client does not take.
        else:
            self._transport.abort()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._sender = Sender(self._transport)
        if not self._connections.admit(self):
            self._transport.abort()
            return
        self.task = self._loop.create_task(self._serve())
        self._connections.start(self.task)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- the transport's signature
        self._connections.leave(self)
        self.is_gone = True
        self._lose_body()
        wake(self._arrival)
        wake(self._end)
        self._sender.resume()

    def data_received(self, data: bytes) -> None:
        if self._problem is not None:
            return
        try:
            self._parser.feed(data)
        except MalformedRequestError as error:
            self._problem = str(error)
            self._lose_body()
            wake(self._arrival)
        progress = self._parser.milestones + self._parser.body_bytes // self._limits.least_body_bytes
        if progress != self._progress:
            self._progress = progress
            self.last_activity_s = self._now()
        self._throttle()

    def eof_received(self) -> bool:
        # A client may end its side and still wait for answers to what it sent.
        self._sends_no_more = True
        self._lose_body()
        wake(self._arrival)
        wake(self._end)
        return True

    def pause_writing(self) -> None:
        self._sender.pause()

    def resume_writing(self) -> None:
        self.last_activity_s = self._now()
        self._sender.resume()

    # What the parser calls

    def _take(self, head: Head) -> StreamedBody:
        if len(self._requests) >= self._limits.pipelined_requests:
            raise MalformedRequestError("too many pipelined requests")
        body = StreamedBody(self._throttle, self._continue if head.expects else None)
        request = Request(head.method, head.target, head.headers, body, self._front.new_id())
        self._requests.append(_Waiting(request, body, head))
        wake(self._arrival)
        return body

    # The task

    async def _serve(self) -> None:
        try:
            await self._answer_requests()
        except ConnectionError:
            pass  # The client went away: nobody is left to tell.
        except Exception:  # noqa: BLE001 -- one broken connection must not pass unseen
            _log.exception("a connection ended early")
        finally:
            self._transport.close()

    async def _answer_requests(self) -> None:
        while waiting := await self._next_request():
            began_s = perf_counter()
            self._sender.sent_bytes = 0
            try:
                response = await self._front.answer(waiting.request)
            except ConnectionError as error:
                await self._give_up(waiting, error, began_s)
                return
            goes_on = await self._respond(waiting, response, began_s)
            if not (goes_on and await self._discard(waiting.body)):
                if self._problem is not None or not waiting.body.complete:
                    await self._linger()
                return
        if self._problem is not None and not self._transport.is_closing():
            await self._refuse(self._nothing_readable(), self._problem, perf_counter())

    async def _next_request(self) -> _Waiting | None:
        if self._requests:
            await asyncio.sleep(0)  # A client that sends many at once must not keep others waiting.
        while not self._requests:
            if self.is_gone or self._sends_no_more or self._finishing or self._problem is not None:
                return None
            self._arrival = self._loop.create_future()
            await self._arrival
        waiting = self._requests.popleft()
        self._throttle()
        return waiting

    async def _respond(self, waiting: _Waiting, response: Response, began_s: float) -> bool:
        """Send a response; whether another may follow."""
        request, body, head = waiting.request, waiting.body, waiting.head
        head_only = request.method == "HEAD" or not response.has_body
        chunked = response.is_chunked and not head.is_old
        # Without chunks, only the end of the connection can tell where a body of unknown length ends.
        unframed = response.is_chunked and head.is_old and not head_only
        keep_alive = head.keep_alive and not (response.close or unframed or body.is_withheld or self._finishing)
        complete = False
        try:
            head_bytes = write_head(response, self._front.stamp(request), keep_alive=keep_alive, chunked=chunked)
            complete = await self._sender.send(head_bytes, response, chunked=chunked, head_only=head_only)
        finally:
            response.release()
            self.last_activity_s = self._now()
            self._front.delivered(request, response, self._traffic(waiting, began_s))
        return keep_alive and complete

    def _traffic(self, waiting: _Waiting, began_s: float) -> Traffic:
        return Traffic(self._sender.sent_bytes, waiting.body.received_bytes, perf_counter() - began_s)

    async def _discard(self, body: StreamedBody) -> bool:
        """Read what the handler left of a body, so that the next request can follow; False if it cannot."""
        left = self._limits.unread_body_bytes
        try:
            while left > 0 and (data := await body.read()):
                left -= len(data)
        except ConnectionError:
            return False
        return left > 0

    async def _linger(self) -> None:
        """Let the client read the last answer: to close while it still sends would reset the connection."""
        if self._sends_no_more or self._transport.is_closing():
            return
        self._problem = self._problem or "over"  # Whatever comes is not looked at.
        self._transport.write_eof()
        self._transport.resume_reading()
        self._end = self._loop.create_future()
        await asyncio.wait([self._end], timeout=self._limits.linger_s)

    async def _give_up(self, waiting: _Waiting, error: ConnectionError, began_s: float) -> None:
        """After a body that ended early: the client sent what is no body, went away, or is to be cut off."""
        cut_off = isinstance(error, ConnectionAbortedError)
        if self._problem is not None and not cut_off:
            await self._refuse(waiting, self._problem, began_s)
            return
        self._front.delivered(waiting.request, None, self._traffic(waiting, began_s))
        if cut_off:
            self._sender.reset()

    async def _refuse(self, waiting: _Waiting, reason: str, began_s: float) -> None:
        await self._respond(waiting, self._front.malformed(waiting.request, reason), began_s)
        await self._linger()

    def _nothing_readable(self) -> _Waiting:
        """What stands for a request that is none."""
        body = StreamedBody(_nothing)
        request = Request("", b"", {}, body, self._front.new_id())
        return _Waiting(request, body, Head("", b"", {}, keep_alive=False, is_old=False, expects=False))

    # Back-pressure and patience

    @property
    def _waits_for_client(self) -> bool:
        """Whether nothing can happen here before the client sends or takes bytes."""
        body = self._parser.body
        incomplete = body is not None and not (body.complete or self._paused or body.is_withheld)
        over = self.task is None or self.task.done()
        return incomplete or over or self.is_idle or self._sender.is_blocked

    def _throttle(self) -> None:
        body = self._parser.body
        buffered = body.buffered_bytes if body else 0
        full = buffered > self._limits.buffered_body_bytes or len(self._requests) > self._limits.waiting_requests
        if full and not self._paused:
            self._transport.pause_reading()
        elif self._paused and not full:
            self._transport.resume_reading()
            self.last_activity_s = self._now()
        self._paused = full

    def _lose_body(self) -> None:
        if self._parser.body and not self._parser.body.complete:
            self._parser.body.end(lost=True)

    def _continue(self) -> None:
        self._sender.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _nothing() -> None:
    """For a body that never arrives."""
