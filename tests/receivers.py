"""Receivers of alerts on loopback: a web server that remembers what it was sent, and a mail server. Real sockets."""

import json
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.loopback import listening

CLOSE = 0
"""Instead of a status: the connection is closed without an answer."""

HANG = -1
"""Instead of a status: there is no answer until the test is over."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> dict[str, Any]:
        """Its body, if that is JSON."""
        fields: dict[str, Any] = json.loads(self.body)
        return fields


@dataclass(slots=True)
class Web:
    """A web server: its port, what it was asked, how it answers: each of `statuses` once, then the last for ever."""

    port: int
    requests: list[Request] = field(default_factory=list)
    statuses: list[int] = field(default_factory=lambda: [200])
    answer: bytes = b"OK"

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Title and text of the messages that were posted, as Apprise's json:// sends them."""
        return [(posted.json["title"], posted.json["message"]) for posted in self.requests if posted.method == "POST"]

    @property
    def beats(self) -> list[str]:
        """The paths that were fetched."""
        return [fetched.path for fetched in self.requests if fetched.method == "GET"]

    def channel(self, token: str = "") -> str:
        """The URL of a channel that leads here."""
        return f"json://127.0.0.1:{self.port}/{token}"


@contextmanager
def web(context: ssl.SSLContext | None = None) -> Iterator[Web]:
    """A web server until the context ends, with TLS if asked to."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            facts.requests.append(Request(self.command, self.path, body, dict(self.headers)))
            status = facts.statuses.pop(0) if len(facts.statuses) > 1 else facts.statuses[0]
            if status == HANG:
                over.wait()
            if status <= 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(facts.answer)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(facts.answer)

        do_GET = do_POST = do_HEAD = _serve  # noqa: N815 - http.server's names

        def log_message(self, *_arguments: object) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_arguments: object) -> None:
            """Clients that leave, or refuse our certificate, are what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with listening(server) as port:
        facts = Web(port)
        try:
            yield facts
        finally:
            over.set()


class _AnyPort(Controller):
    """Learns which port it was given."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass(slots=True)
class Mailbox:
    """A mail server: its port, the mail it took, who signed in, and whether the connection was secured by then."""

    port: int = 0
    mail: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)


@contextmanager
def mailbox(context: ssl.SSLContext | None = None, passwords: Sequence[str] = ()) -> Iterator[Mailbox]:
    """A mail server until the context ends. With `context` it offers STARTTLS; only `passwords` are let in."""
    facts = Mailbox()

    class Handler:
        async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            content = envelope.content
            assert isinstance(content, bytes)
            facts.mail.append(message_from_bytes(content, policy=policy.default))
            facts.secured.append(session.ssl is not None)
            return "250 OK"

    def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        facts.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() in passwords, handled=False)

    options: dict[str, Any] = {"authenticator": authenticate, "auth_require_tls": context is not None}
    controller = _AnyPort(Handler(), hostname="127.0.0.1", port=0, tls_context=context, **options)
    controller.start()
    try:
        facts.port = controller.port
        yield facts
    finally:
        controller.stop()
