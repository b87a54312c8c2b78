"""Downloads: headers, names, queries, refusals."""

from email.utils import parsedate_to_datetime
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.vectors import content
from tests.emulator.wire import fetch, talk, with_token
from tests.emulator_process import Emulator

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)

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
        assert answer.headers["cache-control"] == "public, max-age=31536000"
        assert answer.headers["content-disposition"] == "inline; filename=\"k\"; filename*=utf-8''k"
        assert {"x-reqid", "x-log", "date"} <= answer.headers.keys()


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


def test_metadata_does_not_replace_what_the_server_writes(emulator: Emulator) -> None:
    framing = {"!Content-Length": "2", "!Connection": "close", "!transfer-encoding": "chunked"}
    others = {"!Content-Range": "bytes 0-0/1", "!X-Reqid": "mine", "!date": "today"}
    emulator.put(PUBLIC, "k", b"hello", metadata={**framing, **others})
    url = f"{emulator.domain(PUBLIC)}/k"
    answer = fetch(url)
    assert (answer.body, answer.headers["content-length"]) == (b"hello", "5")
    assert not {"transfer-encoding", "content-range"} & answer.headers.keys()
    assert (answer.headers["x-reqid"], answer.headers["date"]) != ("mine", "today")
    assert fetch(url, headers={"Range": "bytes=1-2"}).headers["content-range"] == "bytes 1-2/5"
    head = talk(url, b"GET /k HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")[0].lower()
    assert [head.count(b"\r\n%s:" % name) for name in (b"x-reqid", b"date", b"connection")] == [1, 1, 1]


def test_a_name_of_its_own(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "dir/李 a.png", b"x", metadata={"!Content-Disposition": "inline"})
    emulator.put(PUBLIC, "dir/b.png", b"x")
    emulator.put(PUBLIC, "dir/", b"")
    domain = emulator.domain(PUBLIC)
    assert (
        fetch(f"{domain}/dir/b.png").headers["content-disposition"]
        == "inline; filename=\"b.png\"; filename*=utf-8''b.png"
    )
    assert fetch(f"{domain}/dir/").headers["content-disposition"] == "inline"
    for query in ("", "?attname=x"):
        assert fetch(f"{domain}/dir/%E6%9D%8E%20a.png{query}").headers["content-disposition"] == "inline"


@pytest.mark.parametrize(
    ("query", "file_name", "in_full"),
    [
        ("attname=a%20b.png", "a b.png", "a%20b.png"),
        ("attname=a+b.png", "a b.png", "a%20b.png"),
        ("attname=a%22%0D%E6%9D%8E.png", "a___.png", "a%22%0D%E6%9D%8E.png"),
        ("attname=", "k", "k"),
        ("v=3&attname=first&attname=second", "first", "first"),
    ],
)
def test_attachments(url: str, query: str, file_name: str, in_full: str) -> None:
    answer = fetch(f"{url}?{query}")
    assert (answer.status, answer.body) == (200, DATA)
    wanted = f"attachment; filename=\"{file_name}\"; filename*=utf-8''{in_full}"
    assert answer.headers["content-disposition"] == wanted


def test_what_follows_the_token_does_not_count(emulator: Emulator) -> None:
    emulator.put(PRIVATE, "k", DATA)
    url = f"{emulator.domain(PRIVATE)}/k"
    named = fetch(with_token(emulator, f"{url}?attname=a.png"))
    assert (named.status, named.headers["content-disposition"][:10]) == (200, "attachment")
    for rest in ("attname=a.png", "imageView2/1/w/100", "e=1", "%ff", "token=x"):
        answer = fetch(f"{with_token(emulator, url)}&{rest}")
        assert (answer.status, answer.body) == (200, DATA)
        assert answer.headers["content-disposition"].startswith("inline")
    assert fetch(f"{url}?attname=a.png&{with_token(emulator, url).partition('?')[2]}").status == 401


@pytest.mark.parametrize(
    ("query", "operation"),
    [
        ("imageView2/1/w/100", "imageView2"),
        ("imageView2%2F1%2Fw%2F100", "imageView2"),
        ("imageMogr2/thumbnail/100x|imageView2/1/w/100", "imageMogr2"),
        ("watermark/1/image/aHR0cA==/dissolve/50&attname=a.png", "watermark"),
        ("v=3&imageInfo", "imageInfo"),
        ("imageslim|imageView2/0", "imageslim"),
        *((name, name) for name in ("exif", "avinfo", "imageAve", "md2html", "qrcode")),
        ("avthumb/mp4", "avthumb"),
        ("qhash/md5", "qhash"),
        ("vframe/jpg/offset/1", "vframe"),
        ("roundPic/radius/!25p", "roundPic"),
        ("somebodys-own/argument", "somebodys-own"),
    ],
)
def test_processing_is_refused_by_name(url: str, query: str, operation: str) -> None:
    for method in ("GET", "HEAD"):
        answer = fetch(f"{url}?{query}", method=method)
        assert answer.status == 501
        assert answer.headers["content-type"] == "application/json"
    assert fetch(f"{url}?{query}").error() == f"not supported by this emulator: {operation}"
    assert fetch(f"{url}-missing?{query}").status == 404


@pytest.mark.parametrize(
    "query", ["v=3", "_=123", "123", "t=2024/01/01", "exif=1", "", "&&", "=", "%FF=%FF", "Key=Value"]
)
def test_other_parameters_mean_nothing(url: str, query: str) -> None:
    assert fetch(f"{url}?{query}").body == DATA


@pytest.mark.parametrize("name", ["%ff", "%ED%A0%80", "a" * 1001, "%E4%B8%AD" * 1001])
def test_a_name_that_no_header_can_carry_is_refused(url: str, name: str) -> None:
    answer = fetch(f"{url}?attname={name}")
    assert (answer.status, answer.error()) == (400, "invalid argument: attname")
    assert fetch(f"{url}?attname={'%E4%B8%AD' * 1000}").body == DATA


@given(
    query=st.one_of(
        st.binary(max_size=30),
        st.lists(
            st.sampled_from([b"attname", b"token", b"e", b"=", b"&", b"imageView2", b"/", b"|", b"%", b"\xff"])
        ).map(b"".join),
    )
)
@relaxed
def test_any_query(url: str, query: bytes) -> None:
    answer = fetch(f"{url}?{quote_from_bytes(query, safe='=&/|%')}")
    if answer.status == 200:
        assert answer.body == DATA
    else:
        assert (answer.status, answer.error()[:13]) in {(400, "invalid argum"), (501, "not supported")}


def test_missing_objects(emulator: Emulator) -> None:
    url = f"{emulator.domain(PUBLIC)}/missing"
    assert (fetch(url).status, fetch(url).error()) == (404, "Document not found")
    page = content(300_000)
    emulator.put(PUBLIC, "errno-404", page, mime="text/html")
    for headers in ({}, {"Range": "bytes=0-0"}, {"If-None-Match": "*"}):
        answer = fetch(url, headers=headers)
        assert (answer.status, answer.body, answer.headers["content-type"]) == (404, page, "text/html")
    head = fetch(url, method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (404, b"", "300000")
    assert fetch(f"{emulator.domain(PUBLIC)}/errno-404").status == 200
    assert fetch(emulator.url(PUBLIC, "missing", origin=True)).body == page


def test_an_error_page_that_may_not_be_read_is_not_used(emulator: Emulator) -> None:
    url = f"{emulator.domain(PUBLIC)}/missing"
    emulator.put(PUBLIC, "errno-404", b"gone")
    emulator.status(PUBLIC, "errno-404", disabled=True)
    assert fetch(url).error() == "Document not found"
    emulator.put(PUBLIC, "errno-404", b"gone", policy={"fileType": 2})
    assert fetch(url).error() == "Document not found"


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
