"""Uploads: the overwrite matrix, policies, forms."""

import socket
from typing import Any

import pytest

from tests.emulator.conftest import PUBLIC
from tests.emulator.forms import BOUNDARY, form, post, upload
from tests.emulator.wire import address, fetch, talk
from tests.emulator_process import Emulator, EmulatorError


@pytest.mark.parametrize(
    ("scope", "policy", "same", "different"),
    [
        (None, {}, 200, 614),
        (None, {"insertOnly": 1}, 200, 614),
        ("k", {}, 200, 200),
        ("k", {"insertOnly": 1}, 200, 614),
        ("", {"isPrefixalScope": 1}, 200, 614),
        ("k", {"isPrefixalScope": 1}, 200, 614),
    ],
)
@pytest.mark.parametrize("parts", [False, True])
def test_the_overwrite_matrix(
    emulator: Emulator, scope: str | None, policy: dict[str, int], same: int, different: int, *, parts: bool
) -> None:
    def send(data: bytes) -> int:
        token = emulator.upload_token(PUBLIC, scope, **policy)
        if not parts:
            return upload(emulator, token, "k", data).status
        try:
            emulator.put_parts(PUBLIC, "k", [data], token, {})
        except EmulatorError as error:
            return error.status
        return 200

    assert send(b"first") == 200
    assert send(b"first") == same
    assert send(b"second") == different
    expected = b"second" if different == 200 else b"first"
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == expected


def test_put_time_moves_with_every_write(emulator: Emulator) -> None:
    times = []
    for _ in range(20):
        emulator.put(PUBLIC, "k", b"same")
        times.append(emulator.stat(PUBLIC, "k")["putTime"])
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("scope", "policy", "key", "status"),
    [
        ("k", {}, "other", 403),
        ("k", {}, None, 403),
        ("p/", {"isPrefixalScope": 1}, "p/x", 200),
        ("p/", {"isPrefixalScope": 1}, "x", 403),
        ("", {}, "", 200),
        ("", {}, "x", 403),
        ("k", {"fsizeLimit": 4}, "k", 413),
        ("k", {"fsizeMin": 6}, "k", 403),
        ("k", {"fsizeLimit": 5, "fsizeMin": 5}, "k", 200),
        ("k", {"mimeLimit": "image/*"}, "k", 403),
        ("k", {"mimeLimit": "!image/*;text/plain"}, "k", 200),
        ("k", {"fileType": 9}, "k", 400),
        ("k", {"deadline": "soon"}, "k", 401),
    ],
)
def test_policies(emulator: Emulator, scope: str, policy: dict[str, Any], key: str | None, status: int) -> None:
    answer = upload(emulator, emulator.upload_token(PUBLIC, scope, **policy), key, b"hello")
    assert answer.status == status, answer.body


def test_no_key_means_the_hash(emulator: Emulator) -> None:
    answer = upload(emulator, emulator.upload_token(PUBLIC), None, b"hello")
    assert answer.json() == {"hash": "Fqr0xh3cxeii2r7eDztILNmuqUNN", "key": "Fqr0xh3cxeii2r7eDztILNmuqUNN"}


def test_a_bucket_that_is_not_there(emulator: Emulator) -> None:
    assert upload(emulator, emulator.upload_token("nowhere"), "k", b"").status == 631


def test_fields_may_follow_the_file_in_a_chunked_body(emulator: Emulator) -> None:
    body = form(
        ("file", b"hello"), ("crc32", b"907060870"), ("key", b"k"), ("token", emulator.upload_token(PUBLIC).encode())
    )
    head = (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=%b\r\n\r\n" % BOUNDARY.encode()
    )
    chunks = [b"%x\r\n%b\r\n" % (len(body[i : i + 7]), body[i : i + 7]) for i in range(0, len(body), 7)]
    assert b"200 OK" in talk(emulator.uc, head, *chunks, b"0\r\n\r\n")
    assert emulator.stat(PUBLIC, "k")["fsize"] == 5


def test_a_client_that_asks_before_it_sends(emulator: Emulator) -> None:
    body = form(("token", emulator.upload_token(PUBLIC).encode()), ("key", b"k"), ("file", b"hello"))
    head = (
        b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n"
        b"Content-Type: multipart/form-data; boundary=%b\r\n\r\n" % (len(body), BOUNDARY.encode())
    )
    with socket.create_connection(address(emulator.uc), timeout=30) as connection:
        connection.sendall(head)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_a_body_that_was_not_asked_for_is_not_waited_for(emulator: Emulator) -> None:
    head = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    received = talk(emulator.uc, head)
    assert received.startswith(b"HTTP/1.1 404")
    assert b"Connection: close" in received
    assert b"100 Continue" not in received


def test_bad_forms(emulator: Emulator) -> None:
    token = ("token", emulator.upload_token(PUBLIC).encode())
    key = ("key", b"k")
    file = ("file", b"hello")
    cases = {
        form(token, key): "file is not specified",
        form(token, key, file, file): "more than one file",
        form(token, key, file, ("crc32", b"x")): "invalid argument: crc32",
        form(token, key, file, ("surprise", b"x")): "surprise",
        form(token, key, file, ("x-qn-meta-a b", b"x")): "a b",
        form(token, key, file, ("x-qn-meta-a", b"x" * 1024)): "metadata too large",
        form(token, key, file, ("x-qn-meta-" + "a" * 51, b"x")): "invalid metadata name",
        form(token, key, file, ("x-qn-meta-!A", b"x\r\nB: c")): "invalid value: !A",
        form(token, ("key", b"\xff"), file): "key must be utf8 encoding",
        form(token, key, file)[:-30]: "malformed form",
        b"": "malformed form",
    }
    for body, message in cases.items():
        answer = post(emulator, body)
        assert answer.status == 400, body
        assert message in answer.error()
    assert post(emulator, form(token, key, file, ("crc32", b"1"))).status == 406
    assert post(emulator, form(("token", b"x"), key, file, ("crc32", b""), ("accept", b""))).status == 401
    assert fetch(emulator.uc, method="POST", body=b"x").status == 400
    assert emulator.keys(PUBLIC) == []


def test_mime_types(emulator: Emulator) -> None:
    token = ("token", emulator.upload_token(PUBLIC).encode())
    for key, header, expected in (
        ("a.png", "Content-Type: text/x-own", "text/x-own"),
        ("a.css", "X-None: 1", "text/css"),
        ("a", "X-None: 1", "application/octet-stream"),
    ):
        assert post(emulator, form(token, ("key", key.encode()), ("file", b"x", header))).status == 200
        assert emulator.stat(PUBLIC, key)["mimeType"] == expected
