"""Bytes that are no HTTP, or the kind that two servers would read differently.

Whatever comes: a 4xx or a closed connection, never a 5xx, never a hang, no traceback, and the next client is served.
"""

import re
import socket
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodo_emulator.net.connections import Limits
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.in_process import echo, serving
from tests.emulator.wire import TIMEOUT_S, address, fetch, read_all, talk
from tests.emulator_process import Emulator

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)

HOST = b"Host: x\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"GET /\r\n\r\n",
        b"GET / HTTP/0.9\r\n" + HOST + b"\r\n",
        b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\n" + b"Host: x\n\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST * 2 + b"\r\n",
        b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET nowhere HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET http:// HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET ftp://h/a HTTP/1.1\r\n" + HOST + b"\r\n",
        b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
        b"CONNECT h:1 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"CONNECT / HTTP/1.1\r\n" + HOST + b"\r\nGET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Folded: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Na me: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"A: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000,
        b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"A%d: b\r\n" % i for i in range(10_000)) + b"\r\n",
        b"GET /" + b"x" * 70_000,
        POST + b"Content-Length: x\r\n\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: +1\r\n\r\nx",
        POST + b"Content-Length: 1,1\r\n\r\nx",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\nx",
        POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: \xff\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"-1\r\n",
        CHUNKED + b"0x1\r\nx\r\n",
        CHUNKED + b"1 \r\nx\r\n",
        CHUNKED + b"1\nx\n0\n\n",
        CHUNKED + b"1\r\nxy\r\n",
        CHUNKED + b"fffffffffffffffff\r\n",
        CHUNKED + b"1;" + b"x" * 400_000,
        CHUNKED + b"1\r\nx\r\n0\r\nTrailer: " + b"x" * 400_000,
    ],
)
def test_malformed_requests(emulator: Emulator, request_bytes: bytes) -> None:
    received = talk(emulator.uc, request_bytes)
    assert statuses(received) == [400], received
    assert b"X-Reqid: " in received
    assert b'{"error":"malformed request: ' in received
    assert [line["status"] for line in emulator.log()] == [400]


def test_what_follows_a_malformed_request_is_not_served(emulator: Emulator) -> None:
    """Nobody knows where the next request begins."""
    good = b"GET /v4/query HTTP/1.1\r\n" + HOST + b"\r\n"
    assert (
        statuses(talk(emulator.uc, good + POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx" + good))
        == [400] * 2
    )


def test_requests_behind_the_last_one_are_not_served(emulator: Emulator) -> None:
    last = b"GET /v4/query HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    assert statuses(talk(emulator.uc, last + b"GET /nowhere HTTP/1.1\r\n" + HOST + b"\r\n")) == [400]


def test_a_pipeline_is_bounded() -> None:
    with serving(echo, Limits(pipelined_requests=10, waiting_requests=1)) as (server, front):
        received = talk(server.url, (b"GET / HTTP/1.1\r\n" + HOST + b"\r\n") * 1000)
        assert statuses(received) == [200] * 10 + [400]
        assert b"too many pipelined requests" in received
        assert len(front.exchanges) == 11


def test_heads_are_bounded_wherever_they_are_cut() -> None:
    head = b"GET / HTTP/1.1\r\n" + HOST + b"A: %b\r\n\r\n"
    with serving(echo, Limits(head_bytes=1000)) as (server, _):
        fitting = 1000 - len(b"/") - len(b"Host: x\r\n") - len(b"A: \r\n")
        last = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        assert statuses(talk(server.url, head % (b"x" * fitting), last)) == [200, 200]
        too_long = head % (b"x" * (fitting + 1))
        for cut in (1, 500, 1000, len(too_long)):
            assert statuses(talk(server.url, too_long[:cut], too_long[cut:])) == [400]


METHODS = st.sampled_from([b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"CONNECT", b"get"])
TARGETS = st.one_of(
    st.sampled_from([b"/", b"/k", b"*", b"http://h/k", b"https://u@h:1?x", b"/list", b"/buckets", b"/batch", b"//../"]),
    st.sampled_from(
        [b"/_emulator/log?since=%ff", b"/_emulator/faults", b"/buckets/pub/objects//uploads", b"/stat/%ff"]
    ),
    st.binary(max_size=12).map(b"/".__add__),
)
VERSIONS = st.one_of(st.just(b"HTTP/1.1"), st.sampled_from([b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"RTSP/1.0", b""]))
NAMES = st.sampled_from(
    b"Connection Upgrade Expect Range Authorization Content-Type X-Qiniu-Date Host If-None-Match If-Modified-Since "
    b"If-Range Transfer-Encoding Content-Length X-Qiniu- \xe9".split()
)
VALUES = st.one_of(
    st.sampled_from(
        [b"", b"close", b"keep-alive", b"upgrade", b"h2c", b"100-continue", b"chunked", b"3", b"bytes=0-0"]
    ),
    st.sampled_from([b"Qiniu a:b", b"QBox a:b", b"UpToken a:b:c", b"multipart/form-data; boundary=b", b"\xff\xfe"]),
    st.sampled_from([b"application/x-www-form-urlencoded", b"Wed, 21 Oct 99999 07:28:00 GMT", b"20240101T000000Z"]),
    st.binary(max_size=10),
)
LINE_ENDS = st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r\n ", b"\r", b""])
HEADERS = st.tuples(NAMES, st.sampled_from([b": ", b":", b" : "]), VALUES, LINE_ENDS).map(b"".join)
CHUNKS = st.tuples(
    st.sampled_from([b"3", b"3", b"3;a=b", b"4", b"zz", b"0"]), LINE_ENDS, st.just(b"abc"), LINE_ENDS
).map(b"".join)
BODIES = st.one_of(
    st.just(b"\r\n"),
    st.binary(max_size=40).map(lambda body: b"Content-Length: %d\r\n\r\n%b" % (len(body), body)),
    st.binary(max_size=10).map(lambda body: b"Content-Length: 5\r\n\r\n" + body),
    st.lists(CHUNKS, max_size=3).map(
        lambda chunks: b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks) + b"0\r\nHost: y\r\n\r\n"
    ),
)
REQUESTS = st.builds(
    lambda method, target, version, headers, body: (
        b"%b %b %b\r\nHost: x\r\n%b%b" % (method, target, version, b"".join(headers), body)
    ),
    *(METHODS, TARGETS, VERSIONS, st.lists(HEADERS, max_size=3), BODIES),
)


@given(
    data=st.one_of(st.lists(REQUESTS, min_size=1, max_size=3).map(b"".join), st.binary(max_size=100)),
    cuts=st.lists(st.integers(0, 300), max_size=3),
    bucket=st.sampled_from([None, PUBLIC, PRIVATE]),
    leaves=st.booleans(),
)
@relaxed
def test_any_bytes(emulator: Emulator, data: bytes, cuts: list[int], bucket: str | None, leaves: bool) -> None:
    url = emulator.domain(bucket) if bucket else emulator.uc
    with socket.create_connection(address(url), timeout=TIMEOUT_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begin = 0
        for cut in [*sorted(cuts), len(data)]:
            connection.sendall(data[begin:cut])
            begin = max(begin, cut)
        if leaves:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            connection.shutdown(socket.SHUT_WR)
            received = read_all(connection)
            assert received == b"" or received.startswith(b"HTTP/1.1 ")
            assert not [status for status in statuses(received) if 500 <= status < 600]
    assert fetch(f"{emulator.uc}/_emulator/clock").status == 200
    assert "Traceback" not in emulator.stderr_path.read_text()
