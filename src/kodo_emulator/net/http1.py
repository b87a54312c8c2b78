"""HTTP/1.1 values: what a request is, what a response is, how a head is written. Sockets are in `server.py`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import BinaryIO, NamedTuple, Protocol
from urllib.parse import parse_qsl, unquote_to_bytes

from kodo_emulator.errors import KodoError

CHUNK_BYTES = 256 * 1024

Headers = tuple[tuple[str, str], ...]

_MAX_FIELDS = 10_000
_SERVER = "kodo-emulator"
_NO_ROLE = "emulator"
STAMPED = frozenset({"server", "date", "x-reqid", "x-log"})
"""The headers that every response carries, in lower case."""

_BODILESS = frozenset({204, 304})
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Body(Protocol):
    """A request body that is still arriving."""

    async def read(self) -> bytes:
        """The next piece; empty at the end.

        Raises:
            ConnectionError: the client went away before the end.
        """
        ...


Refusal = Callable[[str], int | None]
"""The status with which an operation of a batch is answered instead of being done; None if it is to be done."""


def nothing_refused(_operation: str) -> int | None:
    """The refusal that there is as long as no fault rule makes another."""
    return None


@dataclass(slots=True)
class Request:
    """One request. Header names are lower-case, the first of equal headers counts. The target is as it came.

    `role` is filled in by routing, `serve_previous`, `skew_s`, `refusal` and `fired` (numbers of rules) by fault rules:
    the request is the one value that passes them all.
    """

    method: str
    target: bytes
    headers: Mapping[str, str]
    body: Body
    id: str
    role: str = ""
    serve_previous: bool = False
    skew_s: float = 0.0
    refusal: Refusal = nothing_refused
    fired: tuple[int, ...] = ()

    @property
    def path(self) -> bytes:
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        return self.target.partition(b"?")[2]


@dataclass(slots=True)
class FileSlice:
    """Part of an open file, to be sent and closed by the server."""

    file: BinaryIO
    offset: int
    length: int


def _nothing() -> None:
    """For a stream that holds nothing."""


@dataclass(slots=True)
class Stream:
    """A body that is made while it is sent, of unknown length; each piece is made when the client took the last one.

    A piece may be empty: then only others get their turn. `release` lets go of what it is made of, and is called also
    when not all of it was sent.
    """

    pieces: Iterator[bytes]
    release: Callable[[], None] = _nothing


ResponseBody = bytes | FileSlice | Stream


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a response is damaged or slowed on its way; offsets count bytes of this response's body.

    `reset_at` sends a TCP reset there (0: before the status line), `cut_at` closes the connection there, `alter_at`
    flips that byte, `chunked` leaves out the Content-Length, `unstamped` the headers of these lower-case names that
    every response carries.
    """

    reset_at: int | None = None
    cut_at: int | None = None
    alter_at: int | None = None
    bytes_per_s: int | None = None
    chunked: bool = False
    unstamped: frozenset[str] = frozenset()


PLAIN = Delivery()


@dataclass(frozen=True, slots=True)
class Response:
    """One response. `declared_length` is the Content-Length where it is not the body's own (HEAD, faults)."""

    status: int
    headers: Headers = ()
    body: ResponseBody = b""
    declared_length: int | None = None
    delivery: Delivery = PLAIN
    close: bool = False

    @property
    def body_length(self) -> int:
        """In bytes; 0 for a stream, whose length nobody knows."""
        match self.body:
            case bytes():
                return len(self.body)
            case FileSlice():
                return self.body.length
            case Stream():
                return 0

    @property
    def is_chunked(self) -> bool:
        """Whether the body goes out in chunks, without a Content-Length."""
        return self.delivery.chunked or isinstance(self.body, Stream)

    @property
    def has_body(self) -> bool:
        """Whether a body may follow the head at all (RFC 9110)."""
        return self.status not in _BODILESS

    @property
    def length(self) -> int:
        """The Content-Length."""
        return self.body_length if self.declared_length is None else self.declared_length

    def release(self) -> None:
        """Let go of the body of a response that will not be sent, or was."""
        match self.body:
            case FileSlice():
                self.body.file.close()
            case Stream():
                self.body.release()


@dataclass(frozen=True, slots=True)
class Stamp:
    """Headers that every response carries (protocol §0)."""

    request_id: str
    role: str
    date: str


class Traffic(NamedTuple):
    """What an exchange took: bytes of both bodies as far as they travelled, and time until the answer was sent."""

    sent_bytes: int
    received_bytes: int
    duration_s: float


@lru_cache(maxsize=1024)
def http_date(unix_s: int) -> str:
    """A date as headers spell it; cached, since dates of neighbours repeat."""
    return formatdate(unix_s, usegmt=True)


async def read_body(body: Body, limit_bytes: int) -> bytes:
    """The whole body.

    Raises:
        KodoError: 413, it is longer than `limit_bytes`.
    """
    pieces: list[bytes] = []
    size = 0
    while piece := await body.read():
        size += len(piece)
        if size > limit_bytes:
            raise KodoError(413, "request entity too large")
        pieces.append(piece)
    return b"".join(pieces)


def parse_fields(raw: bytes) -> list[tuple[str, str]]:
    """The pairs of a query string or form body.

    Raises:
        KodoError: 400, not UTF-8 or too many.
    """
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise KodoError(400, "invalid argument") from error


def split_path(path: bytes) -> list[str]:
    """The decoded segments of a path, its leading slash aside.

    Raises:
        KodoError: 400, a segment is not UTF-8.
    """
    try:
        return [unquote_to_bytes(segment).decode() for segment in path.removeprefix(b"/").split(b"/")]
    except UnicodeDecodeError as error:
        raise KodoError(400, "invalid argument") from error


def write_head(response: Response, stamp: Stamp, *, keep_alive: bool, chunked: bool) -> bytes:
    """Status line and headers, the empty line included."""
    status = response.status
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Kodo')}\r\n"]
    if response.delivery.unstamped:
        lines.extend(_kept_stamps(stamp, response.delivery.unstamped))
    else:
        lines.append(
            f"Server: {_SERVER}\r\nDate: {stamp.date}\r\nX-Reqid: {stamp.request_id}\r\n"
            f"X-Log: {stamp.role or _NO_ROLE}\r\n"
        )
    lines.extend(f"{name}: {value}\r\n" for name, value in response.headers)
    if chunked:
        lines.append("Transfer-Encoding: chunked\r\n")
    elif response.has_body and not response.is_chunked:
        lines.append(f"Content-Length: {response.length}\r\n")
    lines.append("Connection: keep-alive\r\n\r\n" if keep_alive else "Connection: close\r\n\r\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


def _kept_stamps(stamp: Stamp, unstamped: frozenset[str]) -> Iterator[str]:
    stamps = {"Server": _SERVER, "Date": stamp.date, "X-Reqid": stamp.request_id, "X-Log": stamp.role or _NO_ROLE}
    return (f"{name}: {value}\r\n" for name, value in stamps.items() if name.lower() not in unstamped)


def pieces(body: ResponseBody, piece_bytes: int) -> Iterator[bytes]:
    """The body, a piece at a time."""
    if isinstance(body, Stream):
        for piece in body.pieces:
            yield from pieces(piece, piece_bytes) if piece else (b"",)
        return
    if isinstance(body, bytes):
        for start in range(0, len(body), piece_bytes):
            yield body[start : start + piece_bytes]
        return
    body.file.seek(body.offset)
    left = body.length
    while left and (piece := body.file.read(min(piece_bytes, left))):
        left -= len(piece)
        yield piece
