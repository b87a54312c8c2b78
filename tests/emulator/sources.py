"""Real servers on loopback, for the emulated cloud to fetch from and to call back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.loopback import listening

Answer = Callable[[BaseHTTPRequestHandler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # A test may call from very many threads.


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """The URL of a server, without a slash at the end, whose every answer `answer` gives."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET  # noqa: N815 -- http.server looks for this name

        def log_message(self, *_: object) -> None:
            pass

    with listening(_Server(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}"


def say(
    request: BaseHTTPRequestHandler,
    body: bytes,
    *,
    status: int = 200,
    length: int | None = None,
    mime: str | None = None,
) -> None:
    """Answer with `body`; `length` is the Content-Length where it is not the body's own."""
    request.send_response(status)
    if mime:
        request.send_header("Content-Type", mime)
    request.send_header("Content-Length", str(len(body) if length is None else length))
    request.end_headers()
    request.wfile.write(body)
