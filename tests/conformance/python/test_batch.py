"""Batches: what the builders build, the server does; part of it failing is status 298 (protocol §4.1)."""

import pytest
import qiniu
from qiniu import BucketManager

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PRIVATE, PUBLIC
from tests.conformance.python.helpers import refusal, upload
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

MISSING = {"code": 612, "data": {"error": "no such file or directory"}}
EXISTS = {"code": 614, "data": {"error": "file exists"}}


@sdk_calls(answered=[BucketManager.batch, qiniu.build_batch_stat])
def test_stat(sdk: qiniu.Auth, manager: BucketManager) -> None:
    for key in ("a", "文件", ""):
        upload(sdk, PUBLIC, key, key.encode() + b"!")
    ret, info = manager.batch(qiniu.build_batch_stat(PUBLIC, ["a", "文件", ""]))
    assert (info.status_code, [result["code"] for result in ret]) == (200, [200, 200, 200])
    assert [result["data"] for result in ret] == [manager.stat(PUBLIC, key)[0] for key in ("a", "文件", "")]


@sdk_calls(answered=[BucketManager.batch, qiniu.build_batch_stat, qiniu.build_batch_delete])
def test_a_partly_failed_batch_is_298_and_the_sdk_returns_nothing(sdk: qiniu.Auth, manager: BucketManager) -> None:
    upload(sdk, PUBLIC, "a")
    upload(sdk, PUBLIC, "b")
    ret, info = manager.batch(qiniu.build_batch_delete(PUBLIC, ["a", "missing", "b"]))
    assert (ret, info.status_code) == (None, 298)
    assert info.json() == [{"code": 200}, MISSING, {"code": 200}]
    ret, info = manager.batch(qiniu.build_batch_stat(PUBLIC, ["a"]))
    assert (ret, info.status_code, info.json()) == (None, 298, [MISSING])


@sdk_calls(answered=[BucketManager.batch, qiniu.build_batch_copy])
def test_copy(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "a", b"1")
    upload(sdk, PUBLIC, "b", b"2")
    upload(sdk, PRIVATE, "taken", b"3")
    pairs = {"a": "copy", "b": "taken"}
    ret, info = manager.batch(qiniu.build_batch_copy(PUBLIC, pairs, PRIVATE))
    assert (info.status_code, info.json()) == (298, [{"code": 200}, EXISTS])
    ret, info = manager.batch(qiniu.build_batch_copy(PUBLIC, pairs, PRIVATE, force="true"))
    assert (info.status_code, ret) == (200, [{"code": 200}, {"code": 200}])
    assert emulator.keys(PUBLIC) == ["a", "b"]
    assert [fetch(emulator.url(PRIVATE, key)).body for key in ("copy", "taken")] == [b"1", b"2"]
    assert manager.batch(qiniu.build_batch_copy(PUBLIC, {"a": "again"}, None))[1].status_code == 200
    assert emulator.keys(PUBLIC) == ["a", "again", "b"]


@sdk_calls(answered=[BucketManager.batch, qiniu.build_batch_move, qiniu.build_batch_rename])
def test_move_and_rename(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "a", b"1")
    upload(sdk, PUBLIC, "b", b"2")
    assert manager.batch(qiniu.build_batch_move(PUBLIC, {"a": "moved"}, PRIVATE))[0] == [{"code": 200}]
    assert (emulator.keys(PUBLIC), emulator.keys(PRIVATE)) == (["b"], ["moved"])
    assert manager.batch(qiniu.build_batch_rename(PUBLIC, {"b": "c"}))[0] == [{"code": 200}]
    assert emulator.keys(PUBLIC) == ["c"]
    ret, info = manager.batch(qiniu.build_batch_rename(PUBLIC, {"c": "c"}, force="true"))
    assert (ret, info.status_code, emulator.keys(PUBLIC)) == ([{"code": 200}], 200, ["c"])


@sdk_calls(answered=[BucketManager.batch, qiniu.build_batch_restore_ar, qiniu.build_batch_restoreAr])
def test_restore(sdk: qiniu.Auth, manager: BucketManager) -> None:
    upload(sdk, PUBLIC, "a", fileType=2)
    upload(sdk, PUBLIC, "b", fileType=3)
    upload(sdk, PUBLIC, "normal")
    assert manager.batch(qiniu.build_batch_restore_ar(PUBLIC, {"a": 1}))[0] == [{"code": 200}]
    _, info = manager.batch(qiniu.build_batch_restoreAr(PUBLIC, {"b": 7, "normal": 1}))
    assert (info.status_code, [result["code"] for result in info.json()]) == (298, [200, 403])
    assert [manager.stat(PUBLIC, key)[0].get("restoreStatus") for key in ("a", "b", "normal")] == [1, 1, None]


@sdk_calls(answered=[BucketManager.batch])
def test_operations_of_several_kinds_and_buckets(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "a")
    upload(sdk, PRIVATE, "b")
    entries = [qiniu.entry(PUBLIC, "a"), qiniu.entry(PRIVATE, "b")]
    mime = qiniu.urlsafe_base64_encode("text/css")
    operations = [
        f"chgm/{entries[0]}/mime/{mime}",
        f"/chtype/{entries[1]}/type/1",
        f"chstatus/{entries[0]}/status/1",
        f"deleteAfterDays/{entries[1]}/1",
        f"dance/{entries[0]}",
    ]
    _, info = manager.batch(operations)
    assert (info.status_code, [result["code"] for result in info.json()]) == (298, [200, 200, 200, 200, 400])
    assert (emulator.stat(PUBLIC, "a")["mimeType"], emulator.stat(PUBLIC, "a")["status"]) == ("text/css", 1)
    assert emulator.stat(PRIVATE, "b")["type"] == 1
    assert "expiration" in emulator.stat(PRIVATE, "b")


@sdk_calls(answered=[BucketManager.batch], refused=[BucketManager.batch])
def test_a_thousand_operations_and_one_more(manager: BucketManager) -> None:
    keys = [f"missing-{number}" for number in range(1001)]
    _, info = manager.batch(qiniu.build_batch_stat(PUBLIC, keys[:1000]))
    assert (info.status_code, info.json()) == (298, [MISSING] * 1000)
    assert refusal(manager.batch(qiniu.build_batch_stat(PUBLIC, keys)))[0] == 400


@sdk_calls(refused=[BucketManager.batch])
def test_what_never_gets_to_the_operations(forger: BucketManager, manager: BucketManager) -> None:
    assert refusal(forger.batch(qiniu.build_batch_stat(PUBLIC, ["k"]))) == (401, "bad token")
    with pytest.raises(Exception, match="operations is empty"):
        manager.batch([])
