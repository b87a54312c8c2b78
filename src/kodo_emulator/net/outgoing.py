"""Requests that the emulated cloud makes itself: callbacks, fetches, mirrors.

They go to a table of canned answers, or to real servers on loopback, never elsewhere. urllib3 speaks HTTP, in a
thread, so that a cloud that calls itself does not wait for itself.
"""

import asyncio
import ipaddress
import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import urllib3
from urllib3.util import parse_url

from kodo_emulator.net.threads import run_apart

_TIMEOUT = urllib3.Timeout(connect=5.0, read=30.0)  # The latter is for each piece.
_PATIENCE_S = 60.0
_PIECE_BYTES = 256 * 1024
_REMEMBERED_CALLS = 1000
_REMEMBERED_BYTES = 64 * 1024
_MAX_ANSWER_BYTES = 8 * 1024 * 1024
_GETS_AT_ONCE = 64  # A cloud whose mirror is itself asks itself without end.


class UnreachableError(Exception):
    """The address is not permitted, does not answer, or what came is no HTTP."""


@dataclass(frozen=True, slots=True)
class Canned:
    """The answer of an address that is not really there."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Made:
    """A request that was made, for those who want to look afterwards: of a long one, how its URL and body begin."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class _Tap:
    """Passes pieces from the thread that reads an answer to the event loop, one at a time: stores live on the loop.

    Once it is closed nobody wants more, and the thread that runs on learns that.
    """

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._closed = False

    def __call__(self, data: bytes) -> None:
        """Called in the thread; back when the piece was taken.

        Raises:
            UnreachableError: nobody waits for the answer any more.
        """
        taken: Future[None] = Future()
        self._loop.call_soon_threadsafe(self._pass_on, data, taken)
        taken.result()

    def _pass_on(self, data: bytes, taken: "Future[None]") -> None:
        if self._closed:
            taken.set_exception(UnreachableError("nobody waits for the answer any more"))
            return
        try:
            self._take(data)
        except Exception as error:  # noqa: BLE001 -- it belongs to the thread, which ends with it
            taken.set_exception(error)
        else:
            taken.set_result(None)

    def close(self) -> None:
        self._closed = True


class Outgoing:
    """The door to other servers. `canned` maps URLs to answers, `made` keeps the latest requests.

    `patience_s` is how long the whole answer to a document that was posted may take.
    """

    def __init__(self, patience_s: float = _PATIENCE_S) -> None:
        self._patience_s = patience_s
        self.canned: dict[str, Canned] = {}
        self.made: deque[Made] = deque(maxlen=_REMEMBERED_CALLS)
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)
        self._gets = asyncio.Semaphore(_GETS_AT_ONCE)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post a document and give the whole answer.

        It never waits for another post: who is called back may upload here, and be called back again.

        Raises:
            UnreachableError.
        """
        pieces: list[bytes] = []
        size = 0

        def take(data: bytes) -> None:
            nonlocal size
            size += len(data)
            if size > _MAX_ANSWER_BYTES:
                raise UnreachableError(f"the answer of {url} is too long")
            pieces.append(data)

        try:
            async with asyncio.timeout(self._patience_s):
                reply = await self._ask(Made("POST", url, headers, body), take)
        except TimeoutError as error:
            raise UnreachableError(f"{url}: the answer takes too long") from error
        return Reply(reply.status, reply.headers, b"".join(pieces))

    async def get(self, url: str, take: Callable[[bytes], None], headers: Mapping[str, str] | None = None) -> Reply:
        """Get a document piece by piece; `take` gets the body of a 200 only.

        Raises:
            UnreachableError.
        """
        async with self._gets:
            return await self._ask(Made("GET", url, headers or {}, b""), take)

    async def _ask(self, made: Made, take: Callable[[bytes], None]) -> Reply:
        self.made.append(replace(made, url=made.url[:_REMEMBERED_BYTES], body=made.body[:_REMEMBERED_BYTES]))
        canned = self.canned.get(made.url)
        if canned is not None:
            headers = {name.lower(): value for name, value in canned.headers.items()}
            if made.method == "POST" or canned.status == 200:
                take(canned.body)
            return Reply(canned.status, headers)
        tap = _Tap(take)
        try:
            return await run_apart(lambda: self._exchange(made, tap))
        finally:
            tap.close()

    def _exchange(self, made: Made, take: Callable[[bytes], None]) -> Reply:
        _check_loopback(made.url)
        try:
            response = self._pool.request(
                made.method,
                made.url,
                body=made.body or None,
                headers=dict(made.headers),
                preload_content=False,
                redirect=False,  # Each hop would have to be checked; the clouds of others are not ours to explore.
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise UnreachableError(f"{made.url}: {error}") from error
        try:
            if made.method == "POST" or response.status == 200:
                for data in _body(made.url, response):
                    take(data)
        finally:
            response.close()  # First: a connection on which an answer is left must not serve another request.
            response.release_conn()
        return Reply(response.status, {name.lower(): value for name, value in response.headers.items()})


def _body(url: str, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        yield from response.stream(_PIECE_BYTES, decode_content=False)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise UnreachableError(f"{url}: {error}") from error


def _check_loopback(url: str) -> None:
    try:
        parts = parse_url(url)  # As the request will read it: others see another host in http://a\@b/.
        if parts.scheme != "http" or not parts.host:
            raise UnreachableError(f"{url}: only http:// addresses on loopback can be reached")
        found = socket.getaddrinfo(parts.host.strip("[]"), parts.port or 80, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise UnreachableError(f"{url}: {error}") from error
    if not all(ipaddress.ip_address(address[4][0]).is_loopback for address in found):
        raise UnreachableError(f"{url}: this emulator only reaches loopback and the addresses of its table")
