"""Downloads from the bucket's domain and its origin host (protocol §2.5, §6)."""

import urllib.parse

import pytest

from tests.contract.cloud import Cloud
from tests.contract.conftest import Ask
from tests.emulator.wire import fetch


@pytest.mark.parametrize("origin", [False, True])
def test_a_whole_object_with_its_headers(cloud: Cloud, name: str, origin: bool) -> None:
    uploaded = cloud.put(name, b"hello", mime="text/plain", fields={"x-qn-meta-a": "1"})
    answer = cloud.get(name, origin=origin, headers={"Accept-Encoding": "identity"})
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["etag"] == f'"{uploaded.hash}"'
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-qn-meta-a"] == "1"


def test_ranges(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name, b"hello")
    for wanted, body, told in (
        ("bytes=1-2", b"el", "bytes 1-2/5"),
        ("bytes=3-", b"lo", "bytes 3-4/5"),
        ("bytes=-1", b"o", "bytes 4-4/5"),
    ):
        answer = cloud.get(name, origin=True, headers={"Range": wanted})
        assert (answer.status, answer.body, answer.headers["content-range"]) == (206, body, told)
    assert cloud.get(name, origin=True, headers={"Range": "bytes=5-"}).status == 416
    ask("several-ranges", 200, cloud.get(name, origin=True, headers={"Range": "bytes=0-0,2-2"}).status)


def test_an_empty_object_has_no_range(cloud: Cloud, name: str) -> None:
    cloud.put(name, b"")
    answer = cloud.get(name, origin=True, headers={"Range": "bytes=0-0"})
    assert answer.status == 416
    assert answer.headers["etag"] == '"Fto5o-5ea0sNMlW_75VgGJCv2AcJ"'


def test_head_and_missing_objects(cloud: Cloud, name: str) -> None:
    cloud.put(name, b"hello")
    head = cloud.get(name, method="HEAD", origin=True)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "5")
    assert cloud.get(name + "missing", origin=True).status == 404


def test_conditions(cloud: Cloud, name: str, ask: Ask) -> None:
    uploaded = cloud.put(name, b"hello")
    assert cloud.get(name, origin=True, headers={"If-None-Match": f'"{uploaded.hash}"'}).status == 304
    assert cloud.get(name, origin=True, headers={"If-None-Match": '"other"'}).status == 200
    ask("if-match", 200, cloud.get(name, origin=True, headers={"If-Match": '"other"'}).status)


def test_folders(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name + "dir/", b"marker")
    cloud.put(name + "dir/index.html", b"page")
    ask("index-page-or-marker", b"marker", cloud.get(name + "dir/", origin=True).body)


def test_attachment_names(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name, b"hello")
    answer = cloud.get(name, origin=True, query="attname=x.txt")
    assert answer.status == 200
    assert "x.txt" in answer.headers["content-disposition"]
    odd = cloud.get(name, origin=True, query="attname=" + urllib.parse.quote('李".png'))
    plain, full = 'attachment; filename="__.png"', "filename*=utf-8''%E6%9D%8E%22.png"
    ask("disposition-letters", f"{plain}; {full}", odd.headers["content-disposition"])
    ask("attname-length", 400, cloud.get(name, origin=True, query="attname=" + "n" * 1001).status)


def test_tokens(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name, b"hello")
    url = cloud.url(name, origin=True)
    assert fetch(url.partition("?")[0]).status == 401
    assert fetch(url[:-3]).status == 401
    expired = fetch(cloud.url(name, origin=True, life_s=-10))
    assert expired.status == 401
    ask("download-token-expired-text", "token out of date", expired.error())


def test_metadata_that_is_a_header(cloud: Cloud, name: str) -> None:
    cloud.put(name, b"hello", fields={"x-qn-meta-!Cache-Control": "max-age=7"})
    assert cloud.get(name, origin=True).headers["cache-control"] == "max-age=7"


def test_disabled_objects(cloud: Cloud, name: str, ask: Ask) -> None:
    cloud.put(name, b"hello")
    assert cloud.operate("chstatus", name, "status", "1").status == 200
    assert cloud.get(name).status == 200
    unsigned = fetch(cloud.url(name).partition("?")[0])
    ask("disabled-download", 403, unsigned.status)


ODD_NAMES = ["a b", "100%", "q?x=1&y", "#", "a//b", "./x", "../y", "文件", "+", 'quo"te', "back\\slash"]


@pytest.mark.parametrize("odd", ODD_NAMES)
def test_every_name_comes_back(cloud: Cloud, odd: str) -> None:
    cloud.put(f"odd/{odd}", odd.encode())
    assert cloud.stat(f"odd/{odd}")["fsize"] == len(odd.encode())
    assert cloud.get(f"odd/{odd}", origin=True).body == odd.encode()
