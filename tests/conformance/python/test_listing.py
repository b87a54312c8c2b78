"""Listing (protocol §3), as the SDK hands it out: one page, whether it is the last, and the answer."""

import pytest
import qiniu
from qiniu import BucketManager

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PUBLIC
from tests.conformance.python.helpers import refusal, upload
from tests.emulator_process import Emulator, b64url

KEYS = ["a", "d/1", "d/2", "d/e/3", "é", "文件", "𐀀"]


@pytest.fixture
def filled(emulator: Emulator) -> None:
    emulator.put_many(PUBLIC, {key: key.encode() for key in KEYS})


def keys(ret: dict[str, list[dict[str, str]]]) -> list[str]:
    return [item["key"] for item in ret["items"]]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000, None])
@pytest.mark.usefixtures("filled")
@sdk_calls(answered=[BucketManager.list])
def test_pages(manager: BucketManager, limit: int | None) -> None:
    found: list[str] = []
    marker, eof = None, False
    while not eof:
        ret, eof, info = manager.list(PUBLIC, marker=marker, limit=limit)
        assert info.status_code == 200
        assert len(ret["items"]) <= (limit or 1000)
        found += keys(ret)
        marker = ret.get("marker")
        assert bool(marker) != eof
    assert found == KEYS


@pytest.mark.usefixtures("filled")
@sdk_calls(answered=[BucketManager.list])
def test_prefix_and_delimiter(manager: BucketManager) -> None:
    assert keys(manager.list(PUBLIC, prefix="d/")[0]) == ["d/1", "d/2", "d/e/3"]
    assert keys(manager.list(PUBLIC, prefix="文")[0]) == ["文件"]
    ret, eof, _ = manager.list(PUBLIC, delimiter="/")
    assert (keys(ret), ret["commonPrefixes"], eof) == (["a", "é", "文件", "𐀀"], ["d/"], True)
    ret, eof, _ = manager.list(PUBLIC, prefix="d/", delimiter="/")
    assert (keys(ret), ret["commonPrefixes"], eof) == (["d/1", "d/2"], ["d/e/"], True)
    ret, eof, _ = manager.list(PUBLIC, prefix="no such")
    assert (ret["items"], eof) == ([], True)


@pytest.mark.usefixtures("filled")
@sdk_calls(answered=[BucketManager.list])
def test_pages_with_a_delimiter_repeat_nothing(manager: BucketManager) -> None:
    names: list[str] = []
    marker, eof = None, False
    while not eof:
        ret, eof, _ = manager.list(PUBLIC, delimiter="/", limit=1, marker=marker)
        names += keys(ret) + ret.get("commonPrefixes", [])
        marker = ret.get("marker")
    assert names == ["a", "d/", "é", "文件", "𐀀"]


@pytest.mark.usefixtures("filled")
@sdk_calls(answered=[BucketManager.list])
def test_a_marker_may_be_made_up(manager: BucketManager) -> None:
    marker = b64url(b'{"c":0,"k":"d/15"}')
    assert keys(manager.list(PUBLIC, marker=marker)[0]) == ["d/2", "d/e/3", "é", "文件", "𐀀"]


@sdk_calls(answered=[BucketManager.list])
def test_items(sdk: qiniu.Auth, manager: BucketManager) -> None:
    upload(sdk, PUBLIC, "k", b"hello", endUser="somebody", fileType=1)
    manager.change_status(PUBLIC, "k", 1, None)
    item = manager.list(PUBLIC)[0]["items"][0]
    stat = manager.stat(PUBLIC, "k")[0]
    named = ("hash", "fsize", "mimeType", "putTime", "type", "status", "endUser", "md5")
    assert {name: item[name] for name in named} == {name: stat[name] for name in named}
    assert (item["key"], item["status"], item["type"], item["endUser"]) == ("k", 1, 1, "somebody")


@sdk_calls(refused=[BucketManager.list])
def test_refusals(manager: BucketManager, forger: BucketManager) -> None:
    assert refusal(forger.list(PUBLIC)) == (401, "bad token")
    assert refusal(manager.list(PUBLIC, marker="!"))[0] == 640
    assert refusal(manager.list(PUBLIC, marker=b64url(b"[]")))[0] == 640
    for limit in (0, -1, 1001, "many"):
        assert refusal(manager.list(PUBLIC, limit=limit))[0] == 400
