"""A server with one answer to everything but discovery: for what the emulator is too well-behaved to say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from tests.loopback import listening


@contextmanager
def stub(status: int, body: bytes, *, reqid: str | None = "stub") -> Iterator[str]:
    """The URL of a uc host that names itself as rs and rsf, and answers the rest with `body`.

    Without `reqid` it is not Kodo, and does not even pretend to.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = f"127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
            services = {"ttl": 60, "rs": {"domains": [host]}, "rsf": {"domains": [host]}}
            discovery = reqid is not None and self.path.startswith("/v4/query")
            answer = json.dumps({"hosts": [services]}).encode() if discovery else body
            self.send_response(200 if discovery else status)
            self.send_header("Content-Length", str(len(answer)))
            if reqid is not None:
                self.send_header("X-Reqid", reqid)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: Any) -> None:
            return

    with listening(HTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}"
