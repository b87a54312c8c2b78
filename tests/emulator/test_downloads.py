"""Downloads: headers, ranges, conditions, refusals."""

from email.utils import formatdate, parsedate_to_datetime

import pytest

from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

DATA = content(1000)


@pytest.fixture
def url(emulator: Emulator) -> str:
    emulator.put(PUBLIC, "k", DATA, mime="image/png")
    return f"{emulator.domain(PUBLIC)}/k"


def test_headers(emulator: Emulator, url: str) -> None:
    stat = emulator.stat(PUBLIC, "k")
    for method, body in (("GET", DATA), ("HEAD", b"")):
        answer = fetch(url, method=method)
        assert (answer.status, answer.body) == (200, body)
        assert answer.headers["content-length"] == "1000"
        assert answer.headers["etag"] == f'"{stat["hash"]}"'
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["accept-ranges"] == "bytes"
        assert parsedate_to_datetime(answer.headers["last-modified"]).timestamp() == stat["putTime"] // 10**7
        assert {"x-reqid", "x-log", "date", "cache-control"} <= answer.headers.keys()


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, 999),
        ("bytes=10-19", 10, 19),
        ("bytes=990-5000", 990, 999),
        ("bytes=-1", 999, 999),
        ("bytes=-5000", 0, 999),
        ("bytes=999-", 999, 999),
        (" bytes=5-6 ", 5, 6),
    ],
)
def test_ranges(url: str, asked: str, first: int, last: int) -> None:
    whole = fetch(url)
    for method in ("GET", "HEAD"):
        answer = fetch(url, method=method, headers={"Range": asked})
        assert answer.status == 206
        assert answer.body == (DATA[first : last + 1] if method == "GET" else b"")
        assert answer.headers["content-range"] == f"bytes {first}-{last}/1000"
        assert answer.headers["content-length"] == str(last - first + 1)
        assert answer.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_ranges_outside(url: str, asked: str) -> None:
    answer = fetch(url, headers={"Range": asked})
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */1000")
    assert answer.headers["etag"]


@pytest.mark.parametrize("asked", ["bytes=5-4", "bytes=-", "bytes=x-y", "items=0-1", "bytes=0-1,3-4", "", "bytes=٣-4"])
def test_ranges_that_are_ignored(url: str, asked: str) -> None:
    answer = fetch(url, headers={"Range": asked.encode().decode("latin-1")})
    assert (answer.status, answer.body) == (200, DATA)


@pytest.mark.parametrize("asked", ["bytes=0-0", "bytes=0-", "bytes=-1", "bytes=5-"])
def test_an_empty_object_has_no_range_but_an_etag(emulator: Emulator, asked: str) -> None:
    emulator.put(PUBLIC, "empty", b"")
    url = f"{emulator.domain(PUBLIC)}/empty"
    answer = fetch(url, headers={"Range": asked})
    assert (answer.status, answer.headers["etag"]) == (416, '"Fto5o-5ea0sNMlW_75VgGJCv2AcJ"')
    assert fetch(url).headers["content-length"] == "0"


def test_large_objects_are_streamed(emulator: Emulator) -> None:
    data = content(9 * MIB)
    emulator.put(PUBLIC, "large", data)
    url = f"{emulator.domain(PUBLIC)}/large"
    assert fetch(url).body == data
    assert fetch(url, headers={"Range": "bytes=1000000-8000000"}).body == data[1_000_000:8_000_001]


def test_conditions(url: str) -> None:
    whole = fetch(url)
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    for headers in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"other", W/{etag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
    ):
        answer = fetch(url, headers=headers)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": modified},
        {"If-Modified-Since": formatdate(0, usegmt=True)},
        {"If-Modified-Since": "yesterday"},
    ):
        assert fetch(url, headers=headers).status == 200
    assert fetch(url, headers={"Range": "bytes=0-1", "If-Range": etag}).status == 206
    assert fetch(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status == 200


def test_metadata_becomes_headers(emulator: Emulator) -> None:
    modified = "Wed, 21 Oct 2015 07:28:00 GMT"
    metadata = {"author": "李", "!Last-Modified": modified, "!content-type": "text/own", "!X-Extra": "1"}
    emulator.put(PUBLIC, "k", b"x", metadata=metadata)
    answer = fetch(f"{emulator.domain(PUBLIC)}/k")
    assert answer.headers["x-qn-meta-author"].encode("latin-1").decode() == "李"
    assert answer.headers["last-modified"] == modified
    assert answer.headers["content-type"] == "text/own"
    assert answer.headers["x-extra"] == "1"
    assert emulator.stat(PUBLIC, "k")["x-qn-meta"] == metadata


def test_metadata_does_not_delimit_the_message(emulator: Emulator) -> None:
    framing = {"!Content-Length": "2", "!Connection": "close", "!transfer-encoding": "chunked"}
    emulator.put(PUBLIC, "k", b"hello", metadata=framing)
    answer = fetch(f"{emulator.domain(PUBLIC)}/k")
    assert (answer.body, answer.headers["content-length"]) == (b"hello", "5")
    assert "transfer-encoding" not in answer.headers


def test_attachments(url: str) -> None:
    plain = fetch(f"{url}?attname=a%20b.png").headers["content-disposition"]
    assert plain == "attachment; filename=\"a b.png\"; filename*=utf-8''a%20b.png"
    odd = fetch(f"{url}?attname=a%22%0D%E6%9D%8E.png").headers["content-disposition"]
    assert odd == "attachment; filename=\"a___.png\"; filename*=utf-8''a%22%0D%E6%9D%8E.png"


def test_unknown_parameters_are_refused(url: str) -> None:
    answer = fetch(f"{url}?imageView2/1/w/100")
    assert (answer.status, answer.error()) == (400, "unknown parameter: imageView2/1/w/100")


def test_missing_objects(emulator: Emulator) -> None:
    url = f"{emulator.domain(PUBLIC)}/missing"
    assert (fetch(url).status, fetch(url).error()) == (404, "Document not found")
    emulator.put(PUBLIC, "errno-404", b"<h1>gone</h1>", mime="text/html")
    answer = fetch(url)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (404, b"<h1>gone</h1>", "text/html")
    assert fetch(url, method="HEAD").headers["content-length"] == "13"


def test_disabled_objects_need_a_token_even_in_a_public_bucket(emulator: Emulator) -> None:
    for bucket in (PUBLIC, PRIVATE):
        emulator.put(bucket, "k", b"x")
        emulator.status(bucket, "k", disabled=True)
        assert fetch(emulator.url(bucket, "k")).body == b"x"
        assert fetch(emulator.url(bucket, "k", origin=True)).body == b"x"
    assert fetch(f"{emulator.domain(PUBLIC)}/k").status == 403
    assert fetch(emulator.url(PUBLIC, "k", life_s=-5)).status == 403
    assert fetch(f"{emulator.domain(PRIVATE)}/k").status == 401


@pytest.mark.parametrize("kind", range(6))
def test_frozen_objects(emulator: Emulator, kind: int) -> None:
    emulator.put(PUBLIC, "k", b"x", policy={"fileType": kind})
    for url in (f"{emulator.domain(PUBLIC)}/k", emulator.url(PUBLIC, "k", origin=True)):
        assert fetch(url).status == (403 if kind in {2, 3} else 200)
    if kind in {2, 3}:
        emulator.restore(PUBLIC, "k")
        assert fetch(f"{emulator.domain(PUBLIC)}/k").status == 403
        emulator.clock(elapsed_s=13 * 3600)
        assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"x"


def test_other_methods(url: str) -> None:
    assert fetch(url, method="POST", body=b"x" * 1000).status == 405
    assert fetch(url, method="DELETE").status == 405
