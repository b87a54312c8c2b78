"""Requests as other clients send them: the Go SDK, qshell and the Java SDK, header by header.

What the Go SDK 7.27.0 sends was recorded between it and the emulator. What qshell 2.19.9 and the Java SDK send is from
their sources: qshell calls the Go SDK, the Java SDK calls OkHttp. The tests that use this are `test_client_facts_*`.
"""

import http.client
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.emulator.wire import TIMEOUT_S, Answer, address, split
from tests.emulator_process import Emulator

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
OCTETS = "application/octet-stream"

Headers = Sequence[tuple[str, str]]


def exchange(url: str, method: str, headers: Headers, *pieces: bytes) -> Answer:
    """Send the request line, these headers in this order and spelling, and the pieces of a body; read the answer."""
    _, target = split(url)
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
    with socket.create_connection(address(url), timeout=TIMEOUT_S) as connection:
        connection.sendall(head.encode())
        for piece in pieces:
            connection.sendall(piece)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        body = response.read()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; of nothing, its end."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def now() -> str:
    """The value of X-Qiniu-Date for this moment."""
    return dated(time.time())


def dated(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y%m%dT%H%M%SZ")


@dataclass(frozen=True, slots=True)
class GoSdk:
    """The Go SDK, and qshell, which is built on it."""

    emulator: Emulator
    agent: str = "QiniuGo/7.27.0 (linux; amd64; default) go1.26.8"

    @property
    def host(self) -> str:
        return self.emulator.uc.removeprefix("http://")

    def ask(self, target: str) -> Answer:
        """Discovery: unsigned, and yet dated."""
        headers = [*self._first(self.host), ("X-Qiniu-Date", now()), ("Accept-Encoding", "gzip")]
        return exchange(self.emulator.uc + target, "GET", headers)

    def manage(
        self, method: str, target: str, body: bytes = b"", kind: str = FORM, *, date: str = "", signed: str = ""
    ) -> Answer:
        """A management call. The path is signed decoded: `signed` is the target where that makes a difference."""
        date = date or now()
        text = f"{method} {signed or target}\nHost: {self.host}\nContent-Type: {kind}\nX-Qiniu-Date: {date}\n\n"
        token = self.emulator.sign(text.encode() + (b"" if kind == OCTETS else body))
        headers = [
            *self._first(self.host),
            *self._length(method, body),
            ("Authorization", f"Qiniu {token}"),
            ("Content-Type", kind),
            ("X-Qiniu-Date", date),
            ("Accept-Encoding", "gzip"),
        ]
        return exchange(self.emulator.uc + target, method, headers, body)

    def batch(self, *operations: str) -> Answer:
        """Operations with a leading slash, escaped as a form. qshell does so for a single object too."""
        escaped = (operation.replace("/", "%2F").replace("=", "%3D") for operation in operations)
        return self.manage("POST", "/batch", "&".join(f"op={operation}" for operation in escaped).encode())

    def upload(self, method: str, target: str, token: str, body: bytes = b"", *headers: tuple[str, str]) -> Answer:
        """A call of a resumable upload."""
        lines = [
            *self._first(self.host),
            *self._length(method, body),
            ("Authorization", f"UpToken {token}"),
            *headers,
            ("X-Qiniu-Date", now()),
            ("Accept-Encoding", "gzip"),
        ]
        return exchange(self.emulator.uc + target, method, lines, body)

    def download(self, method: str, url: str, *headers: tuple[str, str]) -> Answer:
        host, _ = split(url)
        return exchange(url, method, [*self._first(host), *headers, ("X-Qiniu-Date", now())])

    def _first(self, host: str) -> Headers:
        return [("Host", host), ("User-Agent", self.agent)]

    @staticmethod
    def _length(method: str, body: bytes) -> Headers:
        return [("Content-Length", str(len(body)))] if method in {"POST", "PUT"} else []


def qshell(emulator: Emulator) -> GoSdk:
    return GoSdk(emulator, "QShell/v2.19.9 (linux; amd64; go1.26.8)")


@dataclass(frozen=True, slots=True)
class JavaSdk:
    """The Java SDK over OkHttp. Its GETs have no Content-Type.

    Its POSTs (7.19, recorded) send X-Qiniu-Date, and sign the port of the host, but leave it out of the Host header.
    """

    emulator: Emulator

    @property
    def host(self) -> str:
        return self.emulator.uc.removeprefix("http://")

    def ask(self, target: str) -> Answer:
        """Discovery: unsigned."""
        return exchange(self.emulator.uc + target, "GET", self._last(self.host))

    def get(self, target: str) -> Answer:
        token = self.emulator.sign(f"GET {target}\nHost: {self.host}\n\n".encode())
        return exchange(self.emulator.uc + target, "GET", [("Authorization", f"Qiniu {token}"), *self._last(self.host)])

    def post(self, target: str, body: bytes = b"", kind: str = FORM) -> Answer:
        date = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        signed = f"POST {target}\nHost: {self.host}\nContent-Type: {kind}\nX-Qiniu-Date: {date}\n\n"
        headers = [
            ("Authorization", f"Qiniu {self.emulator.sign(signed.encode() + body)}"),
            ("Host", self.host.partition(":")[0]),
            ("X-Qiniu-Date", date),
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            *self._last(""),
        ]
        return exchange(self.emulator.uc + target, "POST", headers, body)

    def upload(self, method: str, target: str, token: str, body: bytes | None = None) -> Answer:
        """A call of a resumable upload. The SDK sets Host itself, and leaves out the port."""
        headers = [("Authorization", f"UpToken {token}"), ("Host", self.host.partition(":")[0])]
        if body is not None:
            headers += [("Content-Type", OCTETS), ("Content-Length", str(len(body)))]
        return exchange(self.emulator.uc + target, method, [*headers, *self._last("")], body or b"")

    @staticmethod
    def _last(host: str) -> Headers:
        return [
            ("User-Agent", "QiniuJava/7.2.25 (Linux amd64 6.1) Java/1.8.0"),
            *([("Host", host)] if host else []),
            ("Connection", "Keep-Alive"),
            ("Accept-Encoding", "gzip"),
        ]
