"""A proxy on loopback that knows what any name stands for: real domains in tests, and no question to any name server.

Plain requests are passed on as a server sees them, CONNECT opens a tunnel. What it does not know it refuses with 502.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from socket import SHUT_WR, create_connection, socket
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

from tests.loopback import listening

CHUNK_BYTES = 65_536
REFUSAL = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 13\r\nConnection: close\r\n\r\nno such host\n"


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def names_proxy(ports: Mapping[str, int]) -> Iterator[str]:
    """Gives the URL of a proxy that leads `name:port` to ports of this machine; 127.0.0.1 leads to itself."""

    def target(host: str) -> int | None:
        name, _, port = host.partition(":")
        return int(port) if name == "127.0.0.1" else ports.get(host)

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError, ValueError):
                self._answer()

        def _answer(self) -> None:
            method, url, version = self.rfile.readline().decode().split()
            head = b"".join(iter(self.rfile.readline, b"\r\n"))
            parts = urlsplit(url)
            port = target(url if method == "CONNECT" else parts.netloc if ":" in parts.netloc else f"{parts.netloc}:80")
            if port is None:
                self.wfile.write(REFUSAL)
                return
            with create_connection(("127.0.0.1", port)) as server:
                if method == "CONNECT":
                    self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    path = url.split(parts.netloc, 1)[1] or "/"
                    server.sendall(f"{method} {path} {version}\r\nConnection: close\r\n".encode() + head + b"\r\n")
                back = threading.Thread(target=_pass_on, args=(server, self.connection))
                back.start()
                _pass_on(self.connection, server)
                back.join()

    with listening(_Server(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}"


def _pass_on(source: socket, sink: socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK_BYTES):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(SHUT_WR)
