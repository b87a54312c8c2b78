"""HTTP itself: routes, pipelines, limits, broken requests."""

import os
import socket
from http.client import IncompleteRead
from pathlib import Path

import pytest

from tests.emulator.conftest import PUBLIC
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import address, fetch, read_all, talk
from tests.emulator_process import Emulator


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v9/query", 404),
        ("POST", "/mkblk/4194304", 404),
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


def test_unknown_parameters_are_named(emulator: Emulator) -> None:
    answer = fetch(f"{emulator.uc}/v4/query?ak=a&bucket=b&surprise=1")
    assert (answer.status, answer.error()) == (400, "unknown parameter: surprise")


@pytest.mark.parametrize("path", ["/_emulator/log", "/_emulator/stats"])
def test_control_takes_no_parameters(emulator: Emulator, path: str) -> None:
    assert fetch(f"{emulator.uc}{path}?surprise=1").error() == "unknown parameter: surprise=1"


def test_pipelined_requests_are_answered_in_order(emulator: Emulator) -> None:
    for key in ("a", "b", "c"):
        emulator.put(PUBLIC, key, key.encode() * 3)
    requests = [b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % key for key in (b"a", b"b", b"a", b"c") * 20]
    received = talk(
        emulator.domain(PUBLIC), b"".join(requests), b"GET /z HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    bodies = [part[:3] for part in received.split(b"\r\n\r\n")[1:-1]]
    assert bodies == [b"aaa", b"bbb", b"aaa", b"ccc"] * 20


def test_an_upgrade_is_ignored(emulator: Emulator) -> None:
    """As curl asks for with --http2: the answer is complete, and the only one."""
    emulator.put(PUBLIC, "a", b"x")
    asked = b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    received = talk(emulator.domain(PUBLIC), asked)
    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in received
    assert received.endswith(b"\r\n\r\nx")


def test_http_1_0_closes(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "a", b"x")
    assert talk(emulator.domain(PUBLIC), b"GET /a HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\nx")


def test_a_body_that_nobody_wants_does_not_confuse_the_next_request(emulator: Emulator) -> None:
    body = b"GET /smuggled HTTP/1.1\r\n\r\n" * 100
    first = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    received = talk(emulator.uc, first, body, b"GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.count(b"HTTP/1.1 404") == 2
    assert b"smuggled" not in received


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000,
        b"GET /" + b"x" * 70_000,
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
)
def test_malformed_requests(emulator: Emulator, request_bytes: bytes) -> None:
    received = talk(emulator.uc, request_bytes)
    assert received.startswith(b"HTTP/1.1 4")
    assert b"X-Reqid: " in received
    assert b'{"error":"' in received


def test_clients_that_leave_do_no_harm(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "large", content(9 * MIB))
    for request in (b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /large HT"):
        with socket.create_connection(address(emulator.domain(PUBLIC)), timeout=30) as connection:
            connection.sendall(request)
            if b"\r\n" in request:
                connection.recv(10)
    head = b"POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 99\r\n\r\n--b\r\n"
    with socket.create_connection(address(emulator.uc), timeout=30) as connection:
        connection.sendall(head)
    with socket.create_connection(address(emulator.uc), timeout=30) as connection:
        connection.sendall(head)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == b""
    assert emulator.keys(PUBLIC) == ["large"]
    assert "Traceback" not in emulator.stderr_path.read_text()


def test_a_slow_reader_gets_everything(emulator: Emulator) -> None:
    data = content(9 * MIB)
    emulator.put(PUBLIC, "large", data)
    with socket.create_connection(address(emulator.domain(PUBLIC)), timeout=30) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        emulator.put(PUBLIC, "other", b"x")  # The server goes on meanwhile.
        emulator.delete(PUBLIC, "large")  # And the reader keeps what it began to read.
        assert read_all(connection).partition(b"\r\n\r\n")[2] == data


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
