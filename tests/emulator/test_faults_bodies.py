"""Fault rules that damage bodies, or cut connections."""

import gzip
import http.client
import socket
import time

import pytest

from tests.emulator.conftest import PUBLIC
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import address, fetch, read_all, talk
from tests.emulator_process import Emulator

DATA = content(1000)
SIZES = [1000, 3 * MIB]
"""One body is sent at once, the other in pieces."""


@pytest.fixture
def url(emulator: Emulator) -> str:
    emulator.put(PUBLIC, "k", DATA)
    return f"{emulator.domain(PUBLIC)}/k"


def test_a_lost_reply_lets_it_happen(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "rs", "reset_at": 0, "times": 1}])
    with pytest.raises(ConnectionResetError):
        emulator.delete(PUBLIC, "k")
    emulator.disconnect()
    assert fetch(url).status == 404


def test_a_lost_request_leaves_it_undone(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "rs", "reset_at": 0, "status": 500, "times": 1}])
    with pytest.raises(ConnectionResetError):
        emulator.delete(PUBLIC, "k")
    emulator.disconnect()
    assert fetch(url).status == 200


def test_what_is_pipelined_behind_a_reset_is_not_done(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "io", "reset_at": 0, "times": 1}])
    with pytest.raises(ConnectionResetError):
        talk(url, b"GET /k HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    assert [line["sent"] for line in emulator.log("?host=io")] == [0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("at", [1, 500])
def test_reset_within_the_body(emulator: Emulator, size: int, at: int) -> None:
    emulator.put(PUBLIC, "k", content(size))
    emulator.faults([{"host": "io", "reset_at": at}])
    connection = http.client.HTTPConnection(emulator.domain(PUBLIC).removeprefix("http://"), timeout=30)
    connection.request("GET", "/k")
    response = connection.getresponse()
    assert response.getheader("Content-Length") == str(size)
    assert response.read(at) == content(at)
    with pytest.raises(ConnectionResetError):
        response.read()
    connection.close()
    assert emulator.log()[-1]["sent"] == at


@pytest.mark.parametrize("at", [0, 100_000])
def test_reset_within_an_upload(emulator: Emulator, at: int) -> None:
    emulator.faults([{"host": "up", "reset_request_at": at, "times": 1}])
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        emulator.put(PUBLIC, "k", content(MIB))
    emulator.disconnect()
    assert emulator.keys(PUBLIC) == []
    line = emulator.log("?host=up")[-1]
    assert (line["status"], line["faults"]) == (0, [1])
    assert at <= line["received"] < at + MIB
    emulator.put(PUBLIC, "k", b"x")


def test_an_upload_that_ends_before_its_reset_is_done(emulator: Emulator) -> None:
    emulator.faults([{"host": "up", "reset_request_at": MIB}])
    emulator.put(PUBLIC, "k", DATA)
    assert emulator.keys(PUBLIC) == ["k"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("at", [0, 10])
def test_truncate_declares_all_and_closes(emulator: Emulator, size: int, at: int) -> None:
    emulator.put(PUBLIC, "k", content(size))
    emulator.faults([{"host": "io", "truncate_at": at}])
    received = talk(emulator.domain(PUBLIC), b"GET /k HTTP/1.1\r\nHost: x\r\n\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % size in head
    assert body == content(at)


def test_truncated_chunks_have_no_end(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "io", "gzip": True, "truncate_at": 10}])
    received = talk(url, b"GET /k HTTP/1.1\r\nHost: x\r\n\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert body.startswith(b"a\r\n\x1f\x8b")
    assert not body.endswith(b"0\r\n\r\n")


def test_short_length_is_consistent(emulator: Emulator, url: str) -> None:
    emulator.put(PUBLIC, "large", content(MIB))
    emulator.faults([{"host": "io", "short_length": 10}])
    for key in ("k", "large"):
        answer = fetch(url[:-1] + key)
        assert (answer.headers["content-length"], answer.body) == ("10", DATA[:10])
        assert fetch(url[:-1] + key, method="HEAD").headers["content-length"] == "10"
    emulator.faults([{"host": "io", "short_length": 10, "gzip": True}])
    answer = fetch(url)
    assert (len(answer.body), answer.body[:2]) == (10, b"\x1f\x8b")


@pytest.mark.parametrize("size", SIZES)
def test_one_byte_is_altered(emulator: Emulator, size: int) -> None:
    emulator.put(PUBLIC, "k", content(size))
    emulator.faults([{"host": "io", "alter_at": 700}])
    body = fetch(f"{emulator.domain(PUBLIC)}/k").body
    assert [i for i, (a, b) in enumerate(zip(body, content(size), strict=True)) if a != b] == [700]


def test_a_stale_copy(emulator: Emulator, url: str) -> None:
    old = fetch(url)
    emulator.put(PUBLIC, "k", b"new")
    emulator.faults([{"host": "io", "stale": True}])
    stale = fetch(url)
    assert (stale.body, stale.headers["etag"]) == (DATA, old.headers["etag"])
    assert fetch(emulator.url(PUBLIC, "k", origin=True)).body == b"new"
    emulator.put(PUBLIC, "once", b"only")
    assert fetch(f"{emulator.domain(PUBLIC)}/once").body == b"only"


def test_ranges_are_ignored(emulator: Emulator, url: str) -> None:
    emulator.faults([{"ignore_range": True}])
    answer = fetch(url, headers={"Range": "bytes=5-6"})
    assert (answer.status, answer.body) == (200, DATA)


@pytest.mark.parametrize("size", SIZES)
def test_gzip_as_a_cdn_does(emulator: Emulator, size: int) -> None:
    emulator.put(PUBLIC, "k", content(size))
    etag = emulator.stat(PUBLIC, "k")["hash"]
    emulator.faults([{"host": "io", "gzip": True}])
    answer = fetch(f"{emulator.domain(PUBLIC)}/k")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"] == f'"{etag}.gz"'
    assert not answer.headers.keys() & {"content-length", "accept-ranges"}
    assert gzip.decompress(answer.body) == content(size)


def test_delay_and_slow_body(emulator: Emulator, url: str) -> None:
    for rule, least_s in (({"delay_s": 0.2}, 0.2), ({"slow_bytes_per_s": 5000}, 0.19)):
        emulator.faults([rule])
        began = time.monotonic()
        assert fetch(url).body == DATA
        assert time.monotonic() - began >= least_s


def test_effects_add_up(emulator: Emulator, url: str) -> None:
    emulator.faults([{"alter_at": 1}, {"short_length": 3}, {"headers": {"ETag": '"lie"'}}])
    answer = fetch(url)
    assert (answer.body, answer.headers["etag"]) == (b"\x00\xfe\x02", '"lie"')


def test_the_first_end_counts(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "io", "reset_at": 500}, {"host": "io", "truncate_at": 10}])
    with socket.create_connection(address(url), timeout=30) as connection:
        connection.sendall(b"GET /k HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_all(connection).endswith(b"\r\n\r\n" + DATA[:10])
