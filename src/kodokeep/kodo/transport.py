"""The HTTP door: every curl handle is set up here, and every blocking request is made here.

What belongs here: how bytes travel. What does not: what they mean (`api`), whether to try again (`retry`), driving
many transfers at once (`lane`).
"""

import io
import socket
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pycurl

from kodokeep.kodo.failures import of_curl
from kodokeep.kodo.limiter import Limiter
from kodokeep.kodo.meter import Meter
from kodokeep.kodo.retry import Cancelled
from kodokeep.model.options import TransportOptions

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""No API answer is larger: a page is 1,000 entries of a few KB at most."""

BUFFER_BYTES = 64 * 1024
"""The most that a write callback is handed at once: fewer calls than with curl's 16 KB."""

_SYSTEM_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a connection, for the next bytes of a body that stalls, and for Kodo to join many parts."""

    connect_s: int = 15
    stall_s: int = 30
    join_s: int = 600


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Transport:
    """Makes curl handles for one account's options, and blocking requests with them; thread-safe."""

    def __init__(
        self, options: TransportOptions, meter: Meter, patience: Patience, limiter: Limiter | None = None
    ) -> None:  # fmt: skip
        self._options = options
        self._meter = meter
        self.patience = patience
        self.limiter = limiter
        """What transfers have to keep to; API requests do not."""
        self._certificates = options.ca_file or _system_certificates()
        self._idle: deque[pycurl.Curl] = deque()

    def handle(self) -> pycurl.Curl:
        """A new handle that only lacks URL and callbacks."""
        handle = pycurl.Curl()
        self._prepare(handle)
        if self.limiter is not None:
            handle.setopt(pycurl.SOCKOPTFUNCTION, self._fit_buffer)
        return handle

    def request(
        self, method: str, url: str, headers: list[str], cancel: threading.Event, body: str | bytes = b""
    ) -> Response:
        """One API request, GET or POST; `body` is for POST. Raises Failure if no answer came, Cancelled."""
        handle = self._idle.pop() if self._idle else pycurl.Curl()
        handle.reset()
        self._prepare(handle)
        answer, lines = io.BytesIO(), list[bytes]()
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.HTTPHEADER, [*headers, "Accept-Encoding: identity", "Expect:"])
        handle.setopt(pycurl.WRITEFUNCTION, answer.write)
        handle.setopt(pycurl.HEADERFUNCTION, lines.append)
        handle.setopt(pycurl.MAXFILESIZE_LARGE, MAX_ANSWER_BYTES)
        handle.setopt(pycurl.NOPROGRESS, 0)
        handle.setopt(pycurl.XFERINFOFUNCTION, lambda *_: int(cancel.is_set()))
        if method == "POST":
            handle.setopt(pycurl.POSTFIELDS, body)
        self._meter.sent()
        try:
            handle.perform()
        except pycurl.error as error:
            if cancel.is_set():
                raise Cancelled from error
            raise of_curl(int(error.args[0]), handle.errstr(), url) from None  # says the same, with secrets
        response = Response(handle.getinfo(pycurl.RESPONSE_CODE), parsed_headers(lines), answer.getvalue())
        self._idle.append(handle)
        return response

    def _fit_buffer(self, fd: int, _purpose: int) -> int:
        """Of a slow transfer the system would hold seconds' worth that were sent as fast as can be."""
        assert self.limiter is not None
        buffer_bytes = self.limiter.terms.buffer_bytes
        if buffer_bytes is not None:
            connection = socket.socket(fileno=fd)
            with suppress(OSError):  # then it comes less evenly
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
            connection.detach()
        return pycurl.SOCKOPT_OK

    def _prepare(self, handle: pycurl.Curl) -> None:
        options = self._options
        handle.setopt(pycurl.PATH_AS_IS, 1)  # curl would fold `/../` and fetch another object
        handle.setopt(pycurl.HTTP_CONTENT_DECODING, 0)
        handle.setopt(pycurl.HTTPHEADER, ["Accept-Encoding: identity"])
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.TCP_KEEPALIVE, 1)
        handle.setopt(pycurl.BUFFERSIZE, BUFFER_BYTES)
        handle.setopt(pycurl.CONNECTTIMEOUT, self.patience.connect_s)
        handle.setopt(pycurl.LOW_SPEED_LIMIT, 1)
        handle.setopt(pycurl.LOW_SPEED_TIME, self.patience.stall_s)
        handle.setopt(pycurl.USERAGENT, "kodokeep")
        if options.proxy:
            handle.setopt(pycurl.PROXY, options.proxy)
        if self._certificates:
            handle.setopt(pycurl.CAINFO, self._certificates)


def status(lines: list[bytes]) -> int:
    """The status of the last answer in what curl handed over. curl itself cannot be asked during a callback."""
    for line in reversed(lines):
        if line.startswith(b"HTTP/"):
            return int(line.split(None, 2)[1])
    return 0


def parsed_headers(lines: list[bytes]) -> dict[str, str]:
    """The headers of the last answer in what curl handed over (an interim 100 or a proxy's answer comes before it)."""
    headers: dict[str, str] = {}
    for line in lines:
        if line.startswith(b"HTTP/"):
            headers.clear()
            continue
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers


def _system_certificates() -> str | None:
    """The system's certificate bundle: curl inside a wheel does not know where it is."""
    return next((path for path in _SYSTEM_CERTIFICATES if Path(path).is_file()), None)
