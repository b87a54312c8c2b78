"""An application's server on loopback, which takes callbacks and answers as a test wants."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.emulator.sources import say, serving


@dataclass(frozen=True, slots=True)
class Received:
    """A callback as it came; header names are lower-case."""

    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class AppServer:
    """What came, and what to answer."""

    url: str = ""
    status: int = 200
    answer: bytes = b'{"success":true}'
    received: list[Received] = field(default_factory=list)

    def answers(self, value: object, status: int = 200) -> None:
        self.status, self.answer = status, json.dumps(value).encode()


@contextmanager
def app_server() -> Iterator[AppServer]:
    """A server while the context lasts."""
    app = AppServer()

    def take(request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"] or 0))
        headers = {name.lower(): value for name, value in request.headers.items()}
        app.received.append(Received(request.path, headers, body))
        say(request, app.answer, status=app.status, mime="text/html")  # Nobody looks at that.

    with serving(take) as app.url:
        yield app
