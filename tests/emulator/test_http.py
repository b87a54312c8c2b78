"""HTTP itself: routes, pipelines, framing, manners. Broken requests are in `test_malformed_http.py`."""

import asyncio
import gc
import os
import re
import socket
import struct
from http.client import IncompleteRead
from pathlib import Path

import pytest

from kodo_emulator.net.connections import Limits
from kodo_emulator.net.http1 import Request, Response
from tests.emulator.conftest import PUBLIC
from tests.emulator.in_process import serving
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import address, fetch, read_all, talk
from tests.emulator_process import Emulator

LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v9/query", 404),
        ("GET", "/stat", 404),
        ("GET", "//stat/x", 404),
        ("GET", "/../buckets", 404),
        ("GET", "/", 405),
        ("DELETE", "/list", 405),
        ("GET", "/delete/x", 405),
        ("PATCH", "/_emulator/log", 405),
        ("GET", "/_emulator/surprise", 404),
    ],
)
def test_unknown_routes_are_named(emulator: Emulator, method: str, path: str, status: int) -> None:
    answer = fetch(f"{emulator.uc}{path}", method=method)
    assert answer.status == status
    assert path in answer.error()
    assert answer.headers["x-reqid"]
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "line"),
    [(b"/nowhere", b"HTTP/1.1 404 Not Found"), (b"/v4/query?ak=nobody&bucket=b", b"HTTP/1.1 612 Kodo")],
)
def test_status_lines_say_what_http_calls_the_status(emulator: Emulator, path: bytes, line: bytes) -> None:
    received = talk(emulator.uc, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.partition(b"\r\n")[0] == line


def test_unknown_parameters_are_named(emulator: Emulator) -> None:
    answer = fetch(f"{emulator.uc}/v4/query?ak=a&bucket=b&surprise=1")
    assert (answer.status, answer.error()) == (400, "unknown parameter: surprise")


def test_pipelined_requests_are_answered_in_order(emulator: Emulator) -> None:
    for key in ("a", "b", "c"):
        emulator.put(PUBLIC, key, key.encode() * 3)
    requests = [b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % key for key in (b"a", b"b", b"a", b"c") * 20]
    received = talk(emulator.domain(PUBLIC), b"".join(requests), LAST)
    bodies = [part[:3] for part in received.split(b"\r\n\r\n")[1:-1]]
    assert bodies == [b"aaa", b"bbb", b"aaa", b"ccc"] * 20


def test_an_upgrade_is_ignored(emulator: Emulator) -> None:
    """As curl asks for with --http2, and Java's own client with every request: also with a body."""
    upgrade = b"Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"
    emulator.put(PUBLIC, "a", b"x")
    received = talk(emulator.domain(PUBLIC), b"GET /a HTTP/1.1\r\n" + upgrade + b"\r\n", LAST)
    assert statuses(received) == [200, 404]
    assert b"\r\n\r\nxHTTP/1.1" in received
    document = b'[{"stale": "maybe"}]'
    sized = b"Content-Length: %d\r\n\r\n%b" % (len(document), document)
    chunked = b"Transfer-Encoding: chunked\r\n\r\n4\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n"
    for framed in (sized, chunked % (document[:4], len(document) - 4, document[4:])):
        received = talk(emulator.uc, b"POST /_emulator/faults HTTP/1.1\r\n" + upgrade + framed, LAST)
        assert statuses(received) == [400, 404]
        assert b"rule 1, stale: " in received, "the body was read"


def test_http_1_0_closes(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "a", b"x")
    assert talk(emulator.domain(PUBLIC), b"GET /a HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\nx")


def test_http_1_0_gets_no_chunks(emulator: Emulator) -> None:
    """A body of unknown length ends with the connection, even if that was to be kept."""
    emulator.put(PUBLIC, "a", content(1000))
    emulator.faults([{"host": "io", "gzip": True}])
    received = talk(emulator.domain(PUBLIC), b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    assert body.startswith(b"\x1f\x8b")
    assert body[-4:] == (1000).to_bytes(4, "little"), "the length in gzip's trailer comes last"
    assert b"Transfer-Encoding" not in head
    assert b"Connection: close" in head


@pytest.mark.parametrize("target", [b"http://dl.example.com/a", b"HTTP://user:secret@dl.example.com:80/a"])
def test_a_target_may_name_its_host(emulator: Emulator, target: bytes) -> None:
    emulator.put(PUBLIC, "a", b"x")
    received = talk(emulator.domain(PUBLIC), b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.endswith(b"\r\n\r\nx")


def test_the_host_in_a_target_is_the_one_that_was_signed(emulator: Emulator) -> None:
    target = "/buckets"
    token = emulator.sign(f"GET {target}\nHost: rs.example.com\n\n".encode())
    for host in ("rs.example.com", "other.example.com"):
        received = talk(
            emulator.uc,
            f"GET http://{host}{target} HTTP/1.1\r\nHost: ignored\r\nAuthorization: Qiniu {token}\r\n"
            "Connection: close\r\n\r\n".encode(),
        )
        assert statuses(received) == [200 if host == "rs.example.com" else 401]


def test_trailers_and_chunk_extensions_change_nothing(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "a", b"hello")
    received = talk(
        emulator.domain(PUBLIC),
        b"GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'3;name="value"\r\nabc\r\n0\r\nRange: bytes=0-0\r\nHost: y\r\n\r\n',
        LAST,
    )
    assert statuses(received) == [200, 404]
    assert b"\r\n\r\nhelloHTTP/1.1" in received


def test_a_body_that_nobody_wants_does_not_confuse_the_next_request(emulator: Emulator) -> None:
    body = b"GET /smuggled HTTP/1.1\r\n\r\n" * 100
    first = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    received = talk(emulator.uc, first, body, LAST)
    assert statuses(received) == [404, 404]
    assert b"smuggled" not in received


def test_a_client_that_waits_is_asked_or_refused(emulator: Emulator) -> None:
    """Expect: 100-continue: nothing has to be sent for an answer that is known already."""
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with socket.create_connection(address(emulator.uc), timeout=30) as connection:
        connection.sendall(head % b"/_emulator/faults")
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"[]" + head % b"/nowhere")
        assert statuses(read_all(connection)) == [200, 404]


def test_a_refusal_reaches_a_client_that_still_sends() -> None:
    """Also where the server gives up before all of the body came."""
    limits = Limits(unread_body_bytes=MIB)

    async def refuse(request: Request) -> Response:
        return Response(401, body=b"no")

    with serving(refuse, limits) as (server, _):
        for length in (MIB // 2, 8 * MIB):
            head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length
            assert statuses(talk(server.url, head, bytes(length))) == [401]


def test_clients_that_leave_do_no_harm(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "large", content(9 * MIB))
    for request in (b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /large HT"):
        with socket.create_connection(address(emulator.domain(PUBLIC)), timeout=30) as connection:
            connection.sendall(request)
            if b"\r\n" in request:
                connection.recv(10)
    form = b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99\r\n\r\n--b\r\n"
    head = b"POST / HTTP/1.1\r\nHost: x\r\n" + form
    with socket.create_connection(address(emulator.uc), timeout=30) as connection:
        connection.sendall(head)
    with socket.create_connection(address(emulator.uc), timeout=30) as connection:
        connection.sendall(head)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == b""
    assert emulator.keys(PUBLIC) == ["large"]
    assert "Traceback" not in emulator.stderr_path.read_text()


def test_nothing_more_is_done_for_a_client_that_left(caplog: pytest.LogCaptureFixture) -> None:
    """What waited in its pipeline is forgotten, what was begun ends without a word."""
    began: list[bytes] = []
    released = asyncio.Event()

    async def slow(request: Request) -> Response:
        began.append(request.target)
        await released.wait()
        return Response(200, body=b"for nobody")

    with serving(slow) as (server, front):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
            server.catch_up()
        server.catch_up()
        server.call(released.set)
        server.catch_up()
        assert [traffic.sent_bytes for _, _, traffic in front.exchanges] == [0]
    gc.collect()  # Now asyncio would tell of exceptions that nobody looked at.
    assert began == [b"/1"]
    assert caplog.records == []


def test_a_slow_reader_gets_everything(emulator: Emulator) -> None:
    data = content(9 * MIB)
    emulator.put(PUBLIC, "large", data)
    with socket.create_connection(address(emulator.domain(PUBLIC)), timeout=30) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        began = connection.recv(10)
        emulator.put(PUBLIC, "other", b"x")  # The server goes on meanwhile.
        emulator.delete(PUBLIC, "large")  # And the reader keeps what it began to read.
        assert (began + read_all(connection)).partition(b"\r\n\r\n")[2] == data


def test_pipelined_downloads_do_not_mix(emulator: Emulator) -> None:
    data = content(9 * MIB)
    emulator.put(PUBLIC, "k", data)
    asked = b"GET /k HTTP/1.1\r\nHost: h\r\n%b\r\n"
    with socket.socket() as connection:
        connection.settimeout(60)
        connection.connect(address(emulator.domain(PUBLIC)))
        connection.sendall(asked % b"" + asked % b"Range: bytes=5-8000000\r\n" + asked % b"Connection: close\r\n")
        with connection.makefile("rb") as answers:
            received = answers.read()
    bodies = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        bodies.append(rest[:length])
        received = rest[length:]
    assert bodies == [data, data[5:8_000_001], data]


def test_a_file_that_was_cut_ends_the_connection(tmp_path: Path) -> None:
    with Emulator(PUBLIC, data=tmp_path) as emulator:
        emulator.put(PUBLIC, "k", bytes(MIB))
        for path in (tmp_path / "contents").rglob("*"):
            if path.is_file():
                os.truncate(path, MIB // 2)
        with pytest.raises(IncompleteRead):
            fetch(emulator.url(PUBLIC, "k"))
