"""What buckets are set to and uploads stored shows in downloads: ages, headers, index pages, protection, mirrors."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.io import Download
from kodo_emulator.net.http1 import Request, Response
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, Settings, StoredObject
from tests.emulator.prepared import CREATED_S, described, keep, prepared
from tests.emulator.wire import fetch, with_token
from tests.emulator_process import Emulator

STORED_HEADERS = {
    "Cache-Control": "no-cache",
    "content-disposition": "inline; filename=own",
    "Content-Encoding": "identity",
    "Content-Language": "de",
    "Expires": "Wed, 21 Oct 2015 07:28:00 GMT",
}


def bucket(name: str, *, private: bool = False, **settings: object) -> Bucket:
    return Bucket(name, private, CREATED_S, settings=Settings(**settings))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    buckets = (
        bucket("aged", max_age_s=60),
        bucket("pages", no_index_page=False),
        bucket("private-pages", private=True, no_index_page=False),
        bucket("protected", protected=True),
        bucket("mirrored", mirror_sources=("http://mirror.example/",)),
    )
    both = described("both", headers=STORED_HEADERS, meta={"!cache-control": "private", "a": "1"})
    objects = (("aged", described("stored", headers=STORED_HEADERS), b"hello"), ("aged", both, b"hello"))
    with prepared(tmp_path_factory.mktemp("settings"), *buckets, objects=objects) as running:
        yield running


@pytest.fixture(autouse=True)
def _tidy(emulator: Emulator) -> Iterator[None]:
    yield
    for name in ("pages", "private-pages", "protected"):
        for key in emulator.keys(name):
            emulator.delete(name, key)


def test_the_age_of_the_bucket(emulator: Emulator) -> None:
    emulator.put("aged", "k", b"x")
    assert fetch(f"{emulator.domain('aged')}/k").headers["cache-control"] == "public, max-age=60"
    emulator.put("aged", "k", b"x", metadata={"!Cache-Control": "no-store"})
    assert fetch(f"{emulator.domain('aged')}/k").headers["cache-control"] == "no-store"


def test_headers_that_an_upload_stored(emulator: Emulator) -> None:
    url = f"{emulator.domain('aged')}/stored"
    for method in ("GET", "HEAD"):
        answer = fetch(url, method=method)
        assert answer.status == 200
        for name, value in STORED_HEADERS.items():
            assert answer.headers[name.lower()] == value
    assert fetch(f"{url}?attname=a").headers["content-disposition"].startswith("attachment")
    assert fetch(url, headers={"Range": "bytes=1-2"}).headers["content-language"] == "de"


def test_metadata_wins_over_what_an_upload_stored(emulator: Emulator) -> None:
    answer = fetch(f"{emulator.domain('aged')}/both")
    assert (answer.headers["cache-control"], answer.headers["x-qn-meta-a"]) == ("private", "1")
    assert answer.headers["content-language"] == "de"


def test_index_pages(emulator: Emulator) -> None:
    domain = emulator.domain("pages")
    assert fetch(f"{domain}/").status == 404
    for key in ("index.html", "dir/index.htm", "dir//index.html"):
        emulator.put("pages", key, key.encode(), mime="text/html")
    for path, served in (("/", "index.html"), ("", "index.html"), ("/dir/", "dir/index.htm")):
        for method in ("GET", "HEAD"):
            answer = fetch(domain + path, method=method)
            assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
            assert answer.headers["etag"] == f'"{emulator.stat("pages", served)["hash"]}"'
    name = served.rpartition("/")[2]
    assert (
        fetch(f"{domain}/dir/").headers["content-disposition"]
        == f"inline; filename=\"{name}\"; filename*=utf-8''{name}"
    )
    assert fetch(f"{domain}/dir%2F?v=1", headers={"Range": "bytes=0-2"}).body == b"dir"
    assert fetch(f"{domain}/dir//").body == b"dir//index.html"
    for path in ("/dir", "/other/", "//", "/dir/x", "/dir/index.html"):
        assert fetch(domain + path).status == 404
    emulator.put("pages", "dir/index.html", b"first")
    assert fetch(f"{domain}/dir/").body == b"first"


def test_an_object_with_the_very_key_wins_over_an_index_page(emulator: Emulator) -> None:
    domain = emulator.domain("pages")
    for key in ("", "dir/"):
        emulator.put("pages", key + "index.html", b"page")
        emulator.put("pages", key, b"object")
        assert fetch(f"{domain}/{key}").body == b"object"
    emulator.status("pages", "dir/", disabled=True)
    assert fetch(f"{domain}/dir/").status == 403


def test_index_pages_keep_the_rules_of_the_bucket(emulator: Emulator) -> None:
    emulator.put("private-pages", "index.html", b"page")
    url = f"{emulator.domain('private-pages')}/"
    assert (fetch(url).status, fetch(with_token(emulator, url)).body) == (401, b"page")
    emulator.put("aged", "index.html", b"page")
    assert fetch(f"{emulator.domain('aged')}/").status == 404
    emulator.put("pages", "index.html", b"page", policy={"fileType": 3})
    assert fetch(f"{emulator.domain('pages')}/").status == 403


def test_protected_originals_need_a_token(emulator: Emulator) -> None:
    emulator.put("protected", "k", b"x")
    url = f"{emulator.domain('protected')}/k"
    assert (fetch(url).status, fetch(f"{url}-missing").status) == (401, 401)
    assert fetch(with_token(emulator, url)).body == b"x"


def test_a_mirror_over_the_wire(emulator: Emulator) -> None:
    sources = {name: f"http://mirror.example/{name}" for name in ("k%20k", "gone", "broken")}
    emulator.urls(
        {
            sources["k%20k"]: {"body": "hello", "headers": {"Content-Type": "text/x-mirrored"}},
            sources["gone"]: {"status": 404},
            sources["broken"]: {"status": 500},
        }
    )
    for _ in range(2):
        answer = fetch(f"{emulator.domain('mirrored')}/k%20k")
        assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"hello", "text/x-mirrored")
    assert [call["url"] for call in emulator.calls()] == [sources["k%20k"]]
    assert emulator.stat("mirrored", "k k")["fsize"] == 5
    answer = fetch(f"{emulator.domain('mirrored')}/gone")
    assert (answer.status, answer.error()) == (404, "Document not found")
    assert fetch(f"{emulator.domain('mirrored')}/broken").status == 478


class Mirror:
    """A store with a mirrored bucket, and the pull of a mirror that has some keys."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.store = DiskStore(data, sync=False)
        self.store.put_bucket(bucket("b", **settings))
        self.has: dict[str, bytes] = {}
        self.pulled: list[tuple[str, str]] = []
        self._download = Download("b", self.store, Keys("a", "s"), Clock(), origin=False, pull=self.pull)

    async def pull(self, name: str, key: str) -> StoredObject | None:
        await asyncio.sleep(0)
        self.pulled.append((name, key))
        if key == "broken":
            raise KodoError(478, "mirror failed")
        if key in self.has:
            keep(self.store, name, described(key), self.has[key])
        return self.store.find(name, key)

    def get(self, target: str, method: str = "GET") -> Response:
        request = Request(method, target.encode(), {"host": "h"}, Nothing(), "id")
        return asyncio.run(self._download.handle(request))


class Nothing:
    """A body that is not there."""

    async def read(self) -> bytes:
        return b""


SOURCES = ("http://127.0.0.1:9/",)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    mirror = Mirror(tmp_path, mirror_sources=SOURCES, no_index_page=False)
    yield mirror
    mirror.store.close()


def test_a_missing_key_is_pulled_once(mirror: Mirror) -> None:
    mirror.has = {"a b": b"pulled", "head": b"12345"}
    for _ in range(2):
        response = mirror.get("/a%20b")
        assert (response.status, response.body) == (200, b"pulled")
    assert mirror.pulled == [("b", "a b")]
    assert mirror.get("/head", "HEAD").length == 5


def test_what_the_mirror_lacks_is_missing(mirror: Mirror) -> None:
    assert mirror.get("/missing").status == 404
    keep(mirror.store, "b", described("errno-404"), b"gone")
    response = mirror.get("/missing")
    assert (response.status, response.body) == (404, b"gone")
    response = mirror.get("/broken")
    assert (response.status, response.body) == (478, b'{"error":"mirror failed"}')


def test_the_bucket_comes_before_the_mirror(mirror: Mirror) -> None:
    mirror.has = {"dir/": b"pulled"}
    keep(mirror.store, "b", described("k"), b"own")
    assert mirror.get("/k").body == b"own"
    assert mirror.get("/dir/").body == b"pulled"
    keep(mirror.store, "b", described("index.html"), b"page")
    assert mirror.get("/").body == b"page"
    assert mirror.pulled == [("b", "dir/")]


def test_only_mirrored_buckets_pull_and_only_for_who_may_read(tmp_path: Path) -> None:
    for name, settings in (("plain", {}), ("private", {"private": True, "mirror_sources": SOURCES})):
        mirror = Mirror(tmp_path / name, **settings)
        assert mirror.get("/k").status in {404, 401}
        assert mirror.pulled == []
        mirror.store.close()
