"""fetch and prefetch: the cloud gets objects from other servers."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, Settings
from tests.emulator.asking import refusal
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.sources import say, serving
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, b64url, entry

FAR = "http://far.example.com/pictures/cat.png"


def order(emulator: Emulator, url: str, place: str, *more: str) -> dict[str, Any]:
    segments = ["/fetch", b64url(url.encode()), "to", place, *more]
    fetched: dict[str, Any] = emulator.manage("POST", "/".join(segments))
    return fetched


@pytest.fixture
def table(emulator: Emulator) -> Iterator[Emulator]:
    """An emulator for which some far addresses have answers."""
    emulator.call("DELETE", "/_emulator/calls")
    emulator.urls(
        {
            FAR: {"body": "hello", "headers": {"Content-Type": "image/png"}},
            "http://far.example.com/plain.css": {"body": "a{}"},
            "http://far.example.com/odd": {"body": "x", "headers": {"Content-Type": "text/x\r\nX-Evil: 1"}},
            "http://far.example.com/gone": {"status": 404},
            "http://far.example.com/broken": {"status": 503},
        }
    )
    yield emulator
    emulator.call("DELETE", "/_emulator/urls")


def test_fetch_puts_an_object(table: Emulator) -> None:
    table.put(PUBLIC, "cat", b"an older one")
    fetched = order(table, FAR, entry(PUBLIC, "cat"))
    assert fetched == {"hash": "Fqr0xh3cxeii2r7eDztILNmuqUNN", "key": "cat", "fsize": 5, "mimeType": "image/png"}
    answer = fetch(f"{table.domain(PUBLIC)}/cat")
    assert (answer.body, answer.headers["content-type"]) == (b"hello", "image/png")
    assert table.stat(PUBLIC, "cat")["hash"] == fetched["hash"]


def test_fetch_without_a_key_takes_the_hash(table: Emulator) -> None:
    fetched = order(table, FAR, b64url(PUBLIC.encode()))
    assert fetched["key"] == fetched["hash"]
    assert order(table, FAR, entry(PUBLIC, ""))["key"] == ""
    assert table.keys(PUBLIC) == ["", fetched["hash"]]


def test_the_type_comes_from_the_source_or_from_the_name(table: Emulator) -> None:
    assert order(table, "http://far.example.com/plain.css", entry(PUBLIC, "k"))["mimeType"] == "text/css"
    assert order(table, "http://far.example.com/odd", entry(PUBLIC, "k"))["mimeType"] == "application/octet-stream"
    assert "x-evil" not in fetch(f"{table.domain(PUBLIC)}/k").headers


def test_sources_that_fail(table: Emulator) -> None:
    place = entry(PUBLIC, "k")
    failures = {
        "http://far.example.com/gone": (404, "httpGet url failed and meet 404"),
        "http://far.example.com/broken": (478, "httpGet url failed: E503"),
    }
    for url, refused in failures.items():
        assert refusal(table, "fetch", b64url(url.encode()), "to", place) == refused
    for url in ("http://192.0.2.1\\@127.0.0.1:1/", "http://127.0.0.1@192.0.2.1/", "http://0.0.0.0:1/", "http://[::2]/"):
        status, text = refusal(table, "fetch", b64url(url.encode()), "to", place)
        assert (status, "this emulator only reaches loopback" in text) == (478, True)
    for url in ("http://192.0.2.1/", "ftp://127.0.0.1/", "http://127.0.0.1:1/x", "no url", "http://[::1", "http:///"):
        status, text = refusal(table, "fetch", b64url(url.encode()), "to", place)
        assert (status, "httpGet url failed: E502" in text) == (478, True)
    assert table.keys(PUBLIC) == []


def test_what_is_no_order(table: Emulator) -> None:
    url, place = b64url(FAR.encode()), entry(PUBLIC, "k")
    for segments in (
        ("fetch", url),
        ("fetch", url, "to"),
        ("fetch", url, "into", place),
        ("fetch", "", "to", place),
        ("fetch", "!", "to", place),
        ("fetch", url, "to", "!"),
        ("fetch", url, "to", place, "host"),
        ("fetch", url, "to", place, "host", "!"),
        ("prefetch", "!"),
        ("prefetch", place, "more"),
        ("prefetch", b64url(PUBLIC.encode())),
    ):
        assert refusal(table, *segments)[0] == 400
    assert refusal(table, "fetch", url, "to", entry("nowhere", "k"))[0] == 631
    assert refusal(table, "prefetch", entry("nowhere", "k"))[0] == 631
    assert table.calls() == []
    assert fetch(f"{table.uc}/fetch/{url}/to/{place}", method="POST").status == 401


def test_a_real_source_is_streamed_with_the_host_that_was_asked_for(emulator: Emulator) -> None:
    data = content(9 * MIB)
    hosts: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        hosts.append(request.headers["Host"])
        say(request, data)

    with serving(answer) as url:
        fetched = order(emulator, url, entry(PUBLIC, "k"), "host", b64url(b"www.example.com"))
    assert hosts == ["www.example.com"]
    assert (fetched["fsize"], fetched["hash"]) == (9 * MIB, "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H")
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == data


def test_the_first_content_of_a_data_directory_may_be_fetched(tmp_path: Path) -> None:
    data = content(2 * MIB)
    with serving(lambda request: say(request, data)) as url, Emulator(PUBLIC, data=tmp_path / "data") as emulator:
        order(emulator, url, entry(PUBLIC, "fetched"))
        emulator.put(PUBLIC, "uploaded", data)
        for key in ("fetched", "uploaded"):
            assert fetch(f"{emulator.domain(PUBLIC)}/{key}").body == data


def test_the_cloud_can_fetch_from_itself(emulator: Emulator) -> None:
    emulator.put(PRIVATE, "secret", b"hello")
    assert order(emulator, emulator.url(PRIVATE, "secret"), entry(PUBLIC, "k"))["fsize"] == 5
    assert refusal(emulator, "fetch", b64url(emulator.domain(PRIVATE).encode()), "to", entry(PUBLIC, "k"))[0] == 478


def test_half_a_content_is_none(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"kept")
    with serving(lambda request: say(request, bytes(2 * MIB), length=3 * MIB)) as url:
        assert refusal(emulator, "fetch", b64url(url.encode()), "to", entry(PUBLIC, "k"))[0] == 478
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"kept"


def test_a_source_that_hangs_does_not_keep_the_server(tmp_path: Path) -> None:
    asked, over = threading.Event(), threading.Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        say(request, b"x" * 2 * MIB, length=3 * MIB)
        asked.set()
        over.wait()

    def ask(emulator: Emulator, url: str) -> None:
        with suppress(OSError, HTTPException):  # The server stops before it can answer.
            order(emulator, url, entry(PUBLIC, "k"))

    with serving(answer) as url:
        emulator = Emulator(PUBLIC, data=tmp_path / "data")
        client = threading.Thread(target=ask, args=(emulator, url))
        client.start()
        assert asked.wait(60)
        assert emulator.stop() == 0
        over.set()
        client.join()
    assert [path for path in (tmp_path / "data" / "contents").rglob("*") if path.is_file()] == []


@pytest.fixture
def mirrored(tmp_path: Path) -> Iterator[Emulator]:
    """A bucket whose mirror is http://one.example.com/base, then http://two.example.com."""
    disk = DiskStore(tmp_path, sync=False)
    sources = ("http://one.example.com/base/", "http://two.example.com")
    bucket = Bucket("m", private=False, created_s=0, settings=Settings(mirror_sources=sources, mirror_host="origin"))
    disk.put_bucket(bucket)
    disk.put_bucket(Bucket("bare", private=False, created_s=0))
    disk.close()
    with Emulator(data=tmp_path) as emulator:
        yield emulator


def test_prefetch_takes_the_first_source_that_has_it(mirrored: Emulator) -> None:
    mirrored.put("m", "a b/ü?", b"older")
    table = {
        "http://one.example.com/base/a%20b/%C3%BC%3F": {"status": 500},
        "http://two.example.com/a%20b/%C3%BC%3F": {"body": "new"},
    }
    mirrored.urls(table)
    assert mirrored.manage("POST", f"/prefetch/{entry('m', 'a b/ü?')}")["key"] == "a b/ü?"
    assert fetch(mirrored.url("m", "a b/ü?")).body == b"new"
    calls = mirrored.calls()
    assert [call["url"] for call in calls] == list(table)
    assert calls[0]["headers"] == {"Host": "origin", "User-Agent": "z0-qiniu-imgstg-spider-1.0"}


def test_a_key_with_dots_is_asked_for_as_it_is(mirrored: Emulator) -> None:
    keys = ["a/../b", "./..", "...", "a//.b"]
    with serving(lambda request: say(request, request.path.encode())) as url:
        mirrored.manage("POST", f"/image/m/from/{b64url(url.encode())}")
        for key in keys:
            mirrored.manage("POST", f"/prefetch/{entry('m', key)}")
    asked = [unquote(fetch(mirrored.url("m", key)).body.decode()) for key in keys]
    assert asked == [f"/{key}" for key in keys]


def test_prefetch_that_no_source_serves(mirrored: Emulator) -> None:
    addresses = ("http://one.example.com/base/k", "http://two.example.com/k")
    for statuses, expected in {(404, 404): 404, (404, 500): 478, (500, 404): 478, (502, 500): 478}.items():
        mirrored.urls({url: {"status": status} for url, status in zip(addresses, statuses, strict=True)})
        assert refusal(mirrored, "prefetch", entry("m", "k"))[0] == expected
    assert refusal(mirrored, "prefetch", entry("bare", "k"))[0] == 478
