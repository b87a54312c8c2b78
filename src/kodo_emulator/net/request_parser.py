"""Bytes to requests: the callbacks and bounds around httptools, and what HTTP leaves for a server to refuse.

httptools refuses what is ambiguous (both lengths, repeated lengths, bare line ends). Nothing here knows of sockets.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import httptools

from kodo_emulator.net.request_body import StreamedBody

_ABSOLUTE = re.compile(rb"https?://(?:[^/?#@]*@)?([^/?#@]+)(.*)", re.IGNORECASE | re.DOTALL)
_HEADER_MARKS = 4  # The colon, the space and the line end of a header.


class MalformedRequestError(Exception):
    """These bytes are no request that can be answered; the connection is of no further use."""


class Head(NamedTuple):
    """What stands before a body. `is_old` means HTTP/1.0, `expects` that the body comes when it is asked for."""

    method: str
    target: bytes
    headers: dict[str, str]
    keep_alive: bool
    is_old: bool
    expects: bool


class RequestParser:
    """Feeds bodies, which `take` provides for each head; `take` may refuse one with a MalformedRequestError."""

    def __init__(self, head_limit_bytes: int, take: Callable[[Head], StreamedBody]) -> None:
        self._head_limit_bytes = head_limit_bytes
        self._take = take
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: dict[str, str] = {}
        self._head_bytes = 0
        self._loose_bytes = 0
        self.body: StreamedBody | None = None
        self.body_bytes = 0
        self.milestones = 0
        """Grows when a message begins, when its head is complete and when it ends."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes of a connection, whichever way they are cut.

        Raises:
            MalformedRequestError: nothing can be fed after it.
        """
        self._loose_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserCallbackError as error:
            if isinstance(error.__context__, MalformedRequestError):
                raise error.__context__ from None
            raise
        except httptools.HttpParserError as error:
            raise MalformedRequestError(str(error) or "unreadable") from error
        # The parser holds a head, a chunk size or a trailer until it is whole.
        if self._loose_bytes > self._head_limit_bytes:
            raise MalformedRequestError("request head too large")

    # What httptools calls. While a body is open, its headers are trailers, which mean nothing here.

    def on_message_begin(self) -> None:
        if self.body is None:
            self._target = b""
            self._headers = {}
            self._head_bytes = 0
            self.milestones += 1

    def on_url(self, url: bytes) -> None:
        if self.body is None:
            self._count(len(url))
            self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.body is not None:
            return
        self._count(len(name) + len(value) + _HEADER_MARKS)
        key = name.decode("latin-1").lower()
        if key not in self._headers:
            self._headers[key] = value.decode("utf-8", "surrogateescape")
        elif key == "host":
            raise MalformedRequestError("repeated Host header")

    def on_headers_complete(self) -> None:
        if self.body is not None:
            return
        self._loose_bytes = 0
        self.milestones += 1
        self.body = self._take(self._read_head())

    def on_body(self, body: bytes) -> None:
        assert self.body is not None
        self._loose_bytes = 0
        self.body_bytes += len(body)
        self.body.feed(body)

    def on_message_complete(self) -> None:
        if self._parser.should_upgrade():
            return  # Its body follows.
        assert self.body is not None
        self._loose_bytes = 0
        self.milestones += 1
        self.body.end()
        self.body = None

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self._head_limit_bytes:
            raise MalformedRequestError("request head too large")

    def _read_head(self) -> Head:
        headers = self._headers
        method = self._parser.get_method().decode("latin-1")
        version = self._parser.get_http_version()
        if version not in {"1.1", "1.0"}:
            raise MalformedRequestError(f"HTTP version {version} is not supported")
        is_old = version == "1.0"
        coding = headers.get("transfer-encoding")
        if coding is not None and (is_old or coding.lower() != "chunked"):
            raise MalformedRequestError(f"transfer encoding not supported: {coding}")
        target = self._target if self._target.startswith(b"/") else _origin_form(self._target, headers)
        if method == "CONNECT":
            raise MalformedRequestError("this is no proxy")
        if "host" not in headers and not is_old:
            raise MalformedRequestError("missing Host header")
        expects = not is_old and headers.get("expect", "").lower() == "100-continue"
        return Head(method, target, headers, self._parser.should_keep_alive(), is_old, expects)

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Go on behind a head that asked for another protocol, which HTTP permits to ignore.

        The parser reads nothing after such a head, not even its body: another one is told how the body is framed.
        """
        names = ("content-length", "transfer-encoding")
        framing = "".join(f"{name}: {self._headers[name]}\r\n" for name in names if name in self._headers)
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(f"POST / HTTP/1.1\r\n{framing}\r\n".encode())
        self.feed(rest)


def _origin_form(target: bytes, headers: dict[str, str]) -> bytes:
    """The path of a target that names the host too, as clients of a proxy do; that host counts (RFC 9112 §3.2.2)."""
    match = _ABSOLUTE.fullmatch(target)
    if not match:
        raise MalformedRequestError("the request target is not a path")
    headers["host"] = match[1].decode("latin-1")
    return match[2] if match[2].startswith(b"/") else b"/" + match[2]
