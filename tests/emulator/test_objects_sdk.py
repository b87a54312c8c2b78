"""What the official Python SDK does to objects: methods and builders of its BucketManager, with good and bad input."""

import pytest
import qiniu

from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator_process import Emulator


@pytest.fixture
def manager(sdk: qiniu.Auth) -> qiniu.BucketManager:
    return qiniu.BucketManager(sdk)


def status(answer: tuple[object, qiniu.http.ResponseInfo]) -> int:
    code: int = answer[1].status_code
    return code


def test_delete_after_days(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    assert status(manager.delete_after_days(PUBLIC, "k", 5)) == 200
    assert manager.stat(PUBLIC, "k")[0]["expiration"] > 1_700_000_000
    assert status(manager.delete_after_days(PUBLIC, "k", "0")) == 200
    assert "expiration" not in manager.stat(PUBLIC, "k")[0]
    assert status(manager.delete_after_days(PUBLIC, "missing", 5)) == 612
    assert status(manager.delete_after_days(PUBLIC, "k", "many")) == 400


def test_set_object_lifecycle(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"hello")
    days = {"to_line_after_days": 10, "to_archive_ir_after_days": 15, "to_archive_after_days": 20}
    answer = manager.set_object_lifecycle(PUBLIC, "k", **days, to_deep_archive_after_days=30, delete_after_days=40)
    assert status(answer) == 200
    stat = manager.stat(PUBLIC, "k")[0]
    names = ["transitionToIA", "transitionToArchiveIR", "transitionToARCHIVE", "transitionToDeepArchive", "expiration"]
    dates = [stat[name] for name in names]
    assert [(later - dates[0]) // 86_400 for later in dates] == [0, 5, 10, 20, 30]
    good, bad = {"hash": stat["hash"], "fsize": "5"}, {"hash": stat["hash"], "fsize": "6"}
    assert status(manager.set_object_lifecycle(PUBLIC, "k", delete_after_days=-1, cond=bad)) == 412
    assert status(manager.set_object_lifecycle(PUBLIC, "k", delete_after_days=-1, cond=good)) == 200
    assert "expiration" not in manager.stat(PUBLIC, "k")[0]
    assert status(manager.set_object_lifecycle(PUBLIC, "missing")) == 612


def test_types_and_thaws(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    for kind in (1, 4, 5, 3):
        assert status(manager.change_type(PUBLIC, "k", kind)) == 200
        assert manager.stat(PUBLIC, "k")[0]["type"] == kind
    assert status(manager.change_type(PUBLIC, "k", 3)) == 400
    assert status(manager.change_type(PUBLIC, "k", 0)) == 403
    assert status(manager.restore_ar(PUBLIC, "k", 8)) == 400
    assert status(manager.restoreAr(PUBLIC, "k", 7)) == 200
    assert status(manager.restore_ar(PUBLIC, "k", 7)) == 400
    emulator.clock(elapsed_s=12 * 3600 + 1)
    assert manager.stat(PUBLIC, "k")[0]["restoreStatus"] == 2
    assert status(manager.change_type(PUBLIC, "k", 0)) == 200
    assert status(manager.restore_ar(PUBLIC, "k", 1)) == 403
    assert status(manager.restore_ar(PUBLIC, "missing", 1)) == 612


def test_rename(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    emulator.put_many(PUBLIC, {"a": b"1", "b": b"2"})
    assert status(manager.rename(PUBLIC, "a", "b")) == 614
    assert status(manager.rename(PUBLIC, "a", "b", force="true")) == 200
    assert status(manager.rename(PUBLIC, "a", "c")) == 612
    assert emulator.keys(PUBLIC) == ["b"]


def test_batches_of_every_builder(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    for key in ("a", "b", "c"):
        emulator.put(PUBLIC, key, b"x", policy={"fileType": 2})
    ret, info = manager.batch(qiniu.build_batch_restore_ar(PUBLIC, {"a": 1, "b": 2}))
    assert (info.status_code, [one["code"] for one in ret]) == (200, [200, 200])
    assert [emulator.stat(PUBLIC, key).get("restoreStatus") for key in ("a", "b", "c")] == [1, 1, None]
    emulator.clock(elapsed_s=301)
    operations = [
        *qiniu.build_batch_restoreAr(PUBLIC, {"a": 1, "missing": 1, "c": 9}),
        *qiniu.build_batch_copy(PUBLIC, {"a": "copy"}, PRIVATE),
        *qiniu.build_batch_rename(PUBLIC, {"b": "renamed"}),
        *qiniu.build_batch_move(PUBLIC, {"renamed": "copy"}, PRIVATE),
        *qiniu.build_batch_stat(PUBLIC, ["a", "b"]),
        *qiniu.build_batch_delete(PUBLIC, ["a", "renamed"]),
    ]
    ret, info = manager.batch(operations)
    assert (ret, info.status_code) == (None, 298)
    assert [one["code"] for one in info.json()] == [400, 612, 400, 200, 200, 614, 200, 612, 200, 200]
    assert info.json()[0]["data"] == {"error": "archive already restored"}
    assert (emulator.keys(PUBLIC), emulator.keys(PRIVATE)) == (["c"], ["copy"])
