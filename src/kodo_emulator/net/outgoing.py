"""Requests that the emulated cloud makes itself: callbacks, fetches, mirrors.

They go to a table of canned answers, or to real servers on loopback, never elsewhere. urllib3 speaks HTTP, in a
thread, so that a cloud that calls itself does not wait for itself.
"""

import asyncio
import ipaddress
import socket
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import urllib3

_TIMEOUT = urllib3.Timeout(connect=5.0, read=30.0)
_PIECE_BYTES = 256 * 1024
_REMEMBERED_CALLS = 1000
_MAX_ANSWER_BYTES = 8 * 1024 * 1024


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
    """A request that was made, for those who want to look afterwards."""

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


class Outgoing:
    """The door to other servers. `canned` maps URLs to answers, `made` keeps the latest requests."""

    def __init__(self) -> None:
        self.canned: dict[str, Canned] = {}
        self.made: deque[Made] = deque(maxlen=_REMEMBERED_CALLS)
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post a document and give the whole answer.

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

        reply = await self._ask(Made("POST", url, headers, body), take)
        return Reply(reply.status, reply.headers, b"".join(pieces))

    async def get(self, url: str, take: Callable[[bytes], None], headers: Mapping[str, str] | None = None) -> Reply:
        """Get a document piece by piece; `take` gets the body of a 200 only, and is called in another thread.

        Raises:
            UnreachableError.
        """
        return await self._ask(Made("GET", url, headers or {}, b""), take)

    async def _ask(self, made: Made, take: Callable[[bytes], None]) -> Reply:
        self.made.append(made)
        canned = self.canned.get(made.url)
        if canned is not None:
            headers = {name.lower(): value for name, value in canned.headers.items()}
            if made.method == "POST" or canned.status == 200:
                take(canned.body)
            return Reply(canned.status, headers)
        return await asyncio.to_thread(self._exchange, made, take)

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
                for data in response.stream(_PIECE_BYTES, decode_content=False):
                    take(data)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise UnreachableError(f"{made.url}: {error}") from error
        finally:
            response.release_conn()
            response.close()
        return Reply(response.status, {name.lower(): value for name, value in response.headers.items()})


def _check_loopback(url: str) -> None:
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
        if parts.scheme != "http" or not host:
            raise UnreachableError(f"{url}: only http:// addresses on loopback can be reached")
        found = socket.getaddrinfo(host, port or 80, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise UnreachableError(f"{url}: {error}") from error
    if not all(ipaddress.ip_address(address[4][0]).is_loopback for address in found):
        raise UnreachableError(f"{url}: this emulator only reaches loopback and the addresses of its table")
