"""A bare HTTP client for tests: it sends what it is told and never tidies a path."""

import http.client
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tests.emulator_process import Emulator

TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    def error(self) -> str:
        """The message of a refusal."""
        message: str = self.json()["error"]
        return message


def fetch(
    url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Answer:
    """One request on a connection of its own."""
    host, target = split(url)
    kind = http.client.HTTPSConnection if url.startswith("https://") else http.client.HTTPConnection
    connection = kind(host, timeout=TIMEOUT_S)
    try:
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        content = response.read()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
    finally:
        connection.close()


def with_token(emulator: Emulator, url: str, *, life_s: int = 3600) -> str:
    """The URL, signed for a private download as it is."""
    dated = f"{url}{'&' if '?' in url else '?'}e={int(time.time()) + life_s}"
    return f"{dated}&token={emulator.sign(dated.encode())}"


def talk(url: str, *pieces: bytes) -> bytes:
    """Send raw bytes to a server and give everything it sends until it closes."""
    with socket.create_connection(address(url), timeout=TIMEOUT_S) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def split(url: str) -> tuple[str, str]:
    """Host and raw target."""
    rest = url.partition("://")[2]
    host, slash, target = rest.partition("/")
    return host, slash + target or "/"
