"""An application's server on loopback, which takes callbacks and answers as a test wants."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Received:
    """A callback as it came; header names are lower-case."""

    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class AppServer:
    """What came, and what to answer."""

    url: str
    status: int = 200
    answer: bytes = b'{"success":true}'
    received: list[Received] = field(default_factory=list)

    def answers(self, value: object, status: int = 200) -> None:
        self.status, self.answer = status, json.dumps(value).encode()


@contextmanager
def app_server() -> Iterator[AppServer]:
    """A server while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            app.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(app.status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(app.answer)))
            self.end_headers()
            self.wfile.write(app.answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    app = AppServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
