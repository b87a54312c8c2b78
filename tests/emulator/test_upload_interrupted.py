"""Uploads that something comes in between of: their bucket goes while they arrive, their headers are no text."""

import http.client
import socket
from collections.abc import Callable

import pytest

from tests.emulator.conftest import PUBLIC
from tests.emulator.forms import BOUNDARY, form
from tests.emulator.wire import TIMEOUT_S, Answer, address
from tests.emulator_process import Emulator

Way = tuple[str, str, bytes]


def by_form(emulator: Emulator, token: str, bucket: str) -> Way:
    return "POST", "/", form(("token", token.encode()), ("file", b"hello"))


def raw(emulator: Emulator, token: str, bucket: str) -> Way:
    return "POST", "/put/5", b"hello"


def block(emulator: Emulator, token: str, bucket: str) -> Way:
    return "POST", "/mkblk/9", b"hello"


def chunk(emulator: Emulator, token: str, bucket: str) -> Way:
    begun = emulator.call("POST", "/mkblk/9", b"1234", {"Authorization": f"UpToken {token}"})
    return "POST", f"/bput/{begun['ctx']}/4", b"hello"


def part(emulator: Emulator, token: str, bucket: str) -> Way:
    base = f"/buckets/{bucket}/objects/~/uploads"
    return (
        "PUT",
        f"{base}/{emulator.call('POST', base, b'', {'Authorization': f'UpToken {token}'})['uploadId']}/1",
        b"x",
    )


@pytest.mark.parametrize(("way", "status"), [(by_form, 631), (raw, 631), (block, 631), (chunk, 701), (part, 612)])
def test_a_bucket_that_goes_while_an_upload_arrives(
    emulator: Emulator, bucket: str, way: Callable[[Emulator, str, str], Way], status: int
) -> None:
    token = emulator.upload_token(bucket)
    method, path, body = way(emulator, token, bucket)
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: h\r\nAuthorization: UpToken {token}\r\nExpect: 100-continue\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(address(emulator.uc), timeout=TIMEOUT_S) as connection:
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 100"), "it was permitted, and is waited for"
        emulator.manage("POST", f"/drop/{bucket}")
        connection.sendall(body)
        assert read_answer(connection).status == status


def test_headers_that_are_no_text(emulator: Emulator) -> None:
    token = emulator.upload_token(PUBLIC).encode()
    made = ask(emulator, b"POST /mkblk/1", b"x", b"Host: a\xffb", b"Authorization: UpToken " + token)
    assert (made.status, made.json()["host"]) == (200, "http://a?b")
    form_type = b'Content-Type: multipart/form-data; boundary="\xff"'
    assert ask(emulator, b"POST /", b"--\xff--", b"Host: h", form_type).status == 400


def ask(emulator: Emulator, first: bytes, body: bytes, *headers: bytes) -> Answer:
    lines = (first + b" HTTP/1.1", *headers, b"Content-Length: %d" % len(body), b"", body)
    with socket.create_connection(address(emulator.uc), timeout=TIMEOUT_S) as connection:
        connection.sendall(b"\r\n".join(lines))
        return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
