"""The official Python SDK, unmodified, redirected by one setting."""

from pathlib import Path

import pytest
import qiniu
from qiniu.services.storage.uploaders import FormUploader

from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator


@pytest.fixture
def manager(sdk: qiniu.Auth) -> qiniu.BucketManager:
    return qiniu.BucketManager(sdk)


def test_small_files_and_data(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "small.txt"
    path.write_bytes(b"hello")
    token = sdk.upload_token(PUBLIC, "dir/a b.txt")
    ret, info = qiniu.put_data(token, "dir/a b.txt", b"hello", mime_type="text/plain")
    assert (info.status_code, ret["hash"]) == (200, "Fqr0xh3cxeii2r7eDztILNmuqUNN")
    ret, info = qiniu.put_file_v2(sdk.upload_token(PUBLIC), "文件", str(path), metadata={"x-qn-meta-!Age": "7"})
    assert (info.status_code, ret["key"]) == (200, "文件")
    assert emulator.stat(PUBLIC, "dir/a b.txt")["mimeType"] == "text/plain"
    assert fetch(f"{emulator.domain(PUBLIC)}/%E6%96%87%E4%BB%B6").headers["age"] == "7"


def test_a_large_file_in_parts(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    data = content(9 * MIB)
    path = tmp_path / "large.bin"
    path.write_bytes(data)
    token = sdk.upload_token(PRIVATE, "large")
    ret, info = qiniu.put_file_v2(token, "large", str(path), part_size=5 * MIB, version="v2", bucket_name=PRIVATE)
    assert (info.status_code, ret["hash"]) == (200, "npJEZlffMh0ezFDUPgmeNeRSnwer")
    assert emulator.stat(PRIVATE, "large", parts=True)["parts"] == [5 * MIB, 4 * MIB]
    url = sdk.private_download_url(f"{emulator.domain(PRIVATE)}/large")
    assert fetch(url).body == data


def test_an_empty_file(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    _, info = qiniu.put_file_v2(sdk.upload_token(PUBLIC, "empty"), "empty", str(path))
    assert info.status_code == 200
    assert emulator.stat(PUBLIC, "empty")["fsize"] == 0


def test_a_wrong_crc_is_noticed(sdk: qiniu.Auth, tmp_path: Path) -> None:
    uploader = FormUploader(PUBLIC)
    ret, info = uploader.upload(key="k", data=b"hello", crc32_int=1, up_token=sdk.upload_token(PUBLIC, "k"))
    assert (ret, info.status_code) == (None, 406)


def test_listing_with_pages_and_delimiter(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    for key in ("a", "d/1", "d/2", "e/1", "z"):
        emulator.put(PUBLIC, key, key.encode())
    found: list[str] = []
    marker, eof = None, False
    while not eof:
        ret, eof, info = manager.list(PUBLIC, marker=marker, limit=2)
        assert info.status_code == 200
        found += [item["key"] for item in ret["items"]]
        marker = ret.get("marker")
    assert found == ["a", "d/1", "d/2", "e/1", "z"]
    ret, eof, _ = manager.list(PUBLIC, delimiter="/")
    assert ([item["key"] for item in ret["items"]], ret["commonPrefixes"], eof) == (["a", "z"], ["d/", "e/"], True)
    ret, _, _ = manager.list(PUBLIC, prefix="d/")
    assert [item["key"] for item in ret["items"]] == ["d/1", "d/2"]


def test_stat_copy_move_delete(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"hello")
    assert manager.stat(PUBLIC, "k")[0]["fsize"] == 5
    assert manager.copy(PUBLIC, "k", PRIVATE, "copy")[1].status_code == 200
    assert manager.copy(PUBLIC, "k", PRIVATE, "copy")[1].status_code == 614
    assert manager.move(PUBLIC, "k", PUBLIC, "moved")[1].status_code == 200
    assert manager.stat(PUBLIC, "k")[1].status_code == 612
    assert manager.delete(PUBLIC, "moved")[1].status_code == 200
    assert manager.delete(PUBLIC, "moved")[1].status_code == 612
    assert manager.change_mime(PRIVATE, "copy", "text/css")[1].status_code == 200
    assert manager.change_type(PRIVATE, "copy", 1)[1].status_code == 200
    assert (
        manager.change_status(PRIVATE, "copy", 1, cond={"hash": "Fqr0xh3cxeii2r7eDztILNmuqUNN"})[1].status_code == 200
    )
    stat = manager.stat(PRIVATE, "copy")[0]
    assert (stat["mimeType"], stat["type"], stat["status"]) == ("text/css", 1, 1)


def test_batches(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    emulator.put(PUBLIC, "a", b"1")
    emulator.put(PUBLIC, "b", b"2")
    ret, info = manager.batch(qiniu.build_batch_stat(PUBLIC, ["a", "b"]))
    assert (info.status_code, [result["code"] for result in ret]) == (200, [200, 200])
    ret, info = manager.batch(qiniu.build_batch_delete(PUBLIC, ["a", "missing", "b"]))
    assert (info.status_code, ret) == (298, None)
    assert [result["code"] for result in info.json()] == [200, 612, 200]
    emulator.put(PUBLIC, "c", b"3")
    ret, info = manager.batch(qiniu.build_batch_move(PUBLIC, {"c": "d"}, PUBLIC, force="true"))
    assert (info.status_code, emulator.keys(PUBLIC)) == (200, ["d"])


def test_buckets_and_domains(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    assert manager.buckets()[0] == [PRIVATE, PUBLIC]
    assert manager.bucket_info(PRIVATE)[0]["private"] == 1
    assert manager.list_domains(PUBLIC)[0] == [emulator.domain(PUBLIC).removeprefix("http://")]


def test_restore(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x", policy={"fileType": 2})
    assert manager.restore_ar(PUBLIC, "k", 3)[1].status_code == 200
    assert manager.stat(PUBLIC, "k")[0]["restoreStatus"] == 1
