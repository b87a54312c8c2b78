"""Fault rules: every effect, every matcher, and rules that make no sense."""

import gzip
import http.client
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kodo_emulator.hosts.paging import decode_marker
from tests.emulator.conftest import PUBLIC
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import fetch, talk
from tests.emulator_process import Emulator, EmulatorError

DATA = content(1000)


@pytest.fixture
def url(emulator: Emulator) -> str:
    emulator.put(PUBLIC, "k", DATA)
    return f"{emulator.domain(PUBLIC)}/k"


def test_status_body_and_headers(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "io", "status": 573, "body": "busy", "headers": {"Retry-After": "3"}}])
    answer = fetch(url)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (573, b"busy", "3")
    assert answer.headers["x-reqid"]
    emulator.faults([{"status": 599}])
    assert fetch(url).error() == "injected fault: 599"
    emulator.clear_faults()
    assert fetch(url).body == DATA


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(emulator: Emulator, url: str, status: int) -> None:
    emulator.faults([{"host": "io", "status": status, "times": 1}, {"host": "io", "gzip": True, "times": 1}])
    received = talk(url, b"GET /k HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /k HTTP/1.0\r\n\r\n")
    first, second, body = received.split(b"\r\n\r\n", 2)
    assert first.startswith(b"HTTP/1.1 %d " % status)
    assert b"Transfer-Encoding" not in first
    assert second.startswith(b"HTTP/1.1 200 ")
    assert body == DATA


@pytest.mark.parametrize("body", ["<html>", "", "[]", "{}"])
def test_a_made_up_page_is_sent_as_it_is(emulator: Emulator, body: str) -> None:
    emulator.faults([{"host": "rsf", "status": 200, "body": body}, {"host": "rsf", "list_duplicate": True}])
    signed = {"Authorization": "not looked at"}
    answer = fetch(f"{emulator.uc}/list?bucket={PUBLIC}", headers=signed)
    assert (answer.status, answer.body) == (200, body.encode())


def test_a_status_keeps_the_operation_from_happening(emulator: Emulator) -> None:
    emulator.faults([{"host": "up", "status": 503, "times": 1}])
    with pytest.raises(EmulatorError, match="503"):
        emulator.put(PUBLIC, "k", b"x")
    assert emulator.keys(PUBLIC) == []
    emulator.put(PUBLIC, "k", b"x")


def test_a_lost_reply_lets_it_happen(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "rs", "reset_at": 0, "times": 1}])
    with pytest.raises(ConnectionResetError):
        emulator.delete(PUBLIC, "k")
    emulator.disconnect()
    assert fetch(url).status == 404


@pytest.mark.parametrize("size", [1000, 3 * MIB])
@pytest.mark.parametrize("at", [1, 500])
def test_reset_within_the_body(emulator: Emulator, size: int, at: int) -> None:
    emulator.put(PUBLIC, "k", content(size))
    emulator.faults([{"host": "io", "reset_at": at}])
    connection = http.client.HTTPConnection(emulator.domain(PUBLIC).removeprefix("http://"), timeout=30)
    connection.request("GET", "/k")
    response = connection.getresponse()
    assert response.getheader("Content-Length") == str(size)
    with pytest.raises(ConnectionResetError):
        response.read()
    connection.close()
    assert emulator.log()[-1]["sent"] == at


def test_truncate_declares_all_and_closes(emulator: Emulator, url: str) -> None:
    emulator.faults([{"host": "io", "truncate_at": 10}])
    received = talk(url, b"GET /k HTTP/1.1\r\nHost: x\r\n\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"Content-Length: 1000" in head
    assert body == DATA[:10]


def test_short_length_is_consistent(emulator: Emulator, url: str) -> None:
    emulator.put(PUBLIC, "large", content(MIB))
    emulator.faults([{"host": "io", "short_length": 10}])
    for key in ("k", "large"):
        answer = fetch(url[:-1] + key)
        assert (answer.headers["content-length"], answer.body) == ("10", DATA[:10])


@pytest.mark.parametrize("size", [1000, MIB])
def test_one_byte_is_altered(emulator: Emulator, url: str, size: int) -> None:
    emulator.put(PUBLIC, "k", content(size))
    emulator.faults([{"host": "io", "alter_at": 700}])
    body = fetch(url).body
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


def test_json_error_with_200(emulator: Emulator, url: str) -> None:
    emulator.faults([{"json_error_200": True, "body": "sorry"}])
    assert (fetch(url).status, fetch(url).json()) == (200, {"error": "sorry"})
    assert emulator.page(PUBLIC) == {"error": "sorry"}


def test_ranges_are_ignored(emulator: Emulator, url: str) -> None:
    emulator.faults([{"ignore_range": True}])
    answer = fetch(url, headers={"Range": "bytes=5-6"})
    assert (answer.status, answer.body) == (200, DATA)


@pytest.mark.parametrize("size", [1000, MIB])
def test_gzip_as_a_cdn_does(emulator: Emulator, url: str, size: int) -> None:
    emulator.put(PUBLIC, "k", content(size))
    etag = emulator.stat(PUBLIC, "k")["hash"]
    emulator.faults([{"host": "io", "gzip": True}])
    answer = fetch(url)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"] == f'"{etag}.gz"'
    assert "content-length" not in answer.headers
    assert gzip.decompress(answer.body) == content(size)


def test_delay_and_slow_body(emulator: Emulator, url: str) -> None:
    for rule, least_s in (({"delay_s": 0.2}, 0.2), ({"slow_bytes_per_s": 5000}, 0.19)):
        emulator.faults([rule])
        began = time.monotonic()
        assert fetch(url).body == DATA
        assert time.monotonic() - began >= least_s


def test_matchers(emulator: Emulator, url: str) -> None:
    emulator.put(PUBLIC, "other/é", b"x")
    other = f"{emulator.domain(PUBLIC)}/other%2F%C3%A9"
    emulator.faults([{"path": "^other/é$", "method": "GET", "status": 502}])
    assert (fetch(url).status, fetch(other).status, fetch(other, method="HEAD").status) == (200, 502, 200)
    emulator.faults([{"path": f"^{PUBLIC}:k$", "status": 502}])
    with pytest.raises(EmulatorError, match="502"):
        emulator.stat(PUBLIC, "k")
    emulator.faults([{"path": "^/list", "status": 502}])
    with pytest.raises(EmulatorError, match="502"):
        emulator.page(PUBLIC)


def test_nth_times_and_probability(emulator: Emulator, url: str) -> None:
    def statuses(count: int) -> list[int]:
        return [fetch(url).status for _ in range(count)]

    emulator.faults([{"host": "io", "nth": 2, "status": 500}])
    assert statuses(4) == [200, 500, 200, 200]
    emulator.faults([{"host": "io", "nth": [1, 3], "status": 500}])
    assert statuses(4) == [500, 200, 500, 200]
    emulator.faults([{"host": "io", "times": 2, "status": 500}])
    assert statuses(4) == [500, 500, 200, 200]
    rule = {"host": "io", "probability": 0.5, "seed": 7, "status": 500}
    emulator.faults([rule])
    first = statuses(12)
    emulator.faults([rule])
    assert statuses(12) == first
    assert set(first) == {200, 500}


def test_effects_add_up(emulator: Emulator, url: str) -> None:
    emulator.faults([{"alter_at": 1}, {"short_length": 3}, {"headers": {"ETag": '"lie"'}}])
    answer = fetch(url)
    assert (answer.body, answer.headers["etag"]) == (b"\x00\xfe\x02", '"lie"')


@pytest.fixture
def listed(emulator: Emulator) -> list[str]:
    keys = [f"d/{i}" for i in range(6)]
    for key in keys:
        emulator.put(PUBLIC, key, b"x")
    return keys


def walk(emulator: Emulator, **parameters: object) -> Iterator[dict[str, Any]]:
    page = emulator.page(PUBLIC, limit=2, **parameters)
    yield page
    while "marker" in page:
        page = emulator.page(PUBLIC, limit=2, marker=page["marker"], **parameters)
        yield page


def keys_of(page: dict[str, Any]) -> list[str]:
    return [item["key"] for item in page["items"]]


@pytest.mark.parametrize("parameters", [{}, {"prefix": "d/"}])
def test_empty_pages_lose_nothing(emulator: Emulator, listed: list[str], parameters: dict[str, str]) -> None:
    emulator.faults([{"list_empty_page": True, "nth": [1, 3, 4]}])
    pages = list(walk(emulator, **parameters))
    assert [len(page["items"]) for page in pages] == [0, 2, 0, 0, 2, 2]
    assert [key for page in pages for key in keys_of(page)] == listed
    markers = [decode_marker(page["marker"]) for page in pages[:-1]]
    assert markers == sorted(set(markers))
    emulator.faults([{"list_empty_page": True, "nth": 1}])
    assert emulator.page(PUBLIC, delimiter="/") == {"items": [], "commonPrefixes": [], "marker": pages[0]["marker"]}


def test_a_marker_that_does_not_move(emulator: Emulator, listed: list[str]) -> None:
    emulator.faults([{"list_stuck_marker": True}])
    pages = walk(emulator)
    assert [keys_of(next(pages)) for _ in range(3)] == [listed[:2]] * 3


def test_a_listing_that_is_cut(emulator: Emulator, listed: list[str]) -> None:
    emulator.faults([{"list_cut": True, "nth": 2}])
    assert [key for page in walk(emulator) for key in keys_of(page)] == listed[:4]


def test_duplicates_and_disorder(emulator: Emulator, listed: list[str]) -> None:
    emulator.faults([{"list_duplicate": True, "nth": 2}])
    assert [keys_of(page) for page in walk(emulator)][1] == [*listed[2:4], listed[3]]
    emulator.faults([{"list_disorder": True, "nth": 2}])
    assert [keys_of(page) for page in walk(emulator)][1] == listed[3:1:-1]


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ("[{'surprise': 1, 'status': 500}]", "surprise"),
        ("[{'host': 'moon', 'status': 500}]", "host"),
        ("[{'host': 'io'}]", "no effect"),
        ("[{'body': 'x'}]", "no effect"),
        ("[{'path': '(', 'status': 500}]", "path"),
        ("[{'status': 'x'}]", "status"),
        ("[{'nth': 0, 'status': 500}]", "nth"),
        ("[{'reset_at': -1}]", "reset_at"),
        ("{}", "array"),
        ("[", "truncated"),
    ],
)
def test_bad_rules_are_named(emulator: Emulator, rules: str, named: str) -> None:
    answer = fetch(f"{emulator.uc}/_emulator/faults", method="POST", body=rules.replace("'", '"').encode())
    assert answer.status == 400
    assert named in answer.error()


def test_log_and_stats(emulator: Emulator, url: str) -> None:
    emulator.clear_log()
    answer = fetch(url, headers={"Range": "bytes=0-9"})
    fetch(f"{emulator.uc}/nowhere")
    assert emulator.log() == [
        {
            "host": "io",
            "method": "GET",
            "target": "/k",
            "status": 206,
            "sent": 10,
            "range": "bytes=0-9",
            "reqid": answer.headers["x-reqid"],
        },
        {**emulator.log()[1], "host": "unknown", "target": "/nowhere", "status": 404, "range": None},
    ]
    assert emulator.stats()["requests"] == {"io": 1, "unknown": 1}
    assert emulator.stats()["sent_bytes"]["io"] == 10


def test_bad_clock(emulator: Emulator) -> None:
    for skew in (b'"x"', b"1e300", b"-1e300"):
        answer = fetch(f"{emulator.uc}/_emulator/clock", method="POST", body=b'{"skew_s":%b}' % skew)
        assert (answer.status, "skew_s" in answer.error()) == (400, True)
