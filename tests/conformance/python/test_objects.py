"""One object at a time: what the SDK tells of it and does to it."""

import time

import pytest
import qiniu
from qiniu import BucketManager

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PRIVATE, PUBLIC
from tests.conformance.python.helpers import DONE, outcome, refusal, upload
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

NO_SUCH_KEY = (612, "no such file or directory")
EXISTS = (614, "file exists")
HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"
DAY_S = 86_400

KEYS = ["plain", "dir/a b.txt", "文件/图.png", 'a\\b\\c"hello', "/leading//double", "a?b#c%2F&d=e", "a:b", "..", ""]


@pytest.mark.parametrize("key", KEYS)
@sdk_calls(answered=[BucketManager.stat, BucketManager.delete], refused=[BucketManager.stat, BucketManager.delete])
def test_stat_and_delete(sdk: qiniu.Auth, manager: BucketManager, key: str) -> None:
    assert refusal(manager.stat(PUBLIC, key)) == NO_SUCH_KEY
    before_ticks = time.time_ns() // 100
    upload(sdk, PUBLIC, key)
    stat, info = manager.stat(PUBLIC, key)
    assert info.status_code == 200
    assert (stat["fsize"], stat["hash"], stat["mimeType"], stat["type"]) == (5, HELLO, "application/octet-stream", 0)
    assert before_ticks <= stat["putTime"] <= time.time_ns() // 100
    assert outcome(manager.delete(PUBLIC, key)) == DONE
    assert refusal(manager.stat(PUBLIC, key)) == NO_SUCH_KEY
    assert refusal(manager.delete(PUBLIC, key)) == NO_SUCH_KEY


@sdk_calls(refused=[BucketManager.stat, BucketManager.delete, BucketManager.change_mime])
def test_a_wrong_secret_changes_nothing(sdk: qiniu.Auth, manager: BucketManager, forger: BucketManager) -> None:
    upload(sdk, PUBLIC, "k")
    before = manager.stat(PUBLIC, "k")[0]
    assert refusal(forger.stat(PUBLIC, "k")) == (401, "bad token")
    assert refusal(forger.delete(PUBLIC, "k")) == (401, "bad token")
    assert refusal(forger.change_mime(PUBLIC, "k", "text/css")) == (401, "bad token")
    assert manager.stat(PUBLIC, "k")[0] == before


@sdk_calls(answered=[BucketManager.copy], refused=[BucketManager.copy])
def test_copy(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k", b"first")
    upload(sdk, PUBLIC, "other", b"second")
    assert outcome(manager.copy(PUBLIC, "k", PRIVATE, "copy")) == DONE
    assert manager.stat(PRIVATE, "copy")[0]["hash"] == manager.stat(PUBLIC, "k")[0]["hash"]
    assert refusal(manager.copy(PUBLIC, "k", PUBLIC, "other")) == EXISTS
    assert outcome(manager.copy(PUBLIC, "k", PUBLIC, "other", force="true")) == DONE
    assert fetch(f"{emulator.domain(PUBLIC)}/other").body == fetch(f"{emulator.domain(PUBLIC)}/k").body == b"first"
    assert outcome(manager.copy(PUBLIC, "k", PUBLIC, "k", force="true")) == DONE
    assert refusal(manager.copy(PUBLIC, "missing", PUBLIC, "new")) == NO_SUCH_KEY
    assert refusal(manager.copy(PUBLIC, "k", "nowhere", "new")) == (631, "no such bucket")


@sdk_calls(
    answered=[BucketManager.move, BucketManager.rename],
    refused=[BucketManager.move, BucketManager.rename],
)
def test_move_and_rename(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k", b"first")
    upload(sdk, PRIVATE, "other", b"second")
    assert refusal(manager.move(PUBLIC, "k", PRIVATE, "other")) == EXISTS
    assert outcome(manager.move(PUBLIC, "k", PRIVATE, "other", force="true")) == DONE
    assert fetch(emulator.url(PRIVATE, "other")).body == b"first"
    assert refusal(manager.stat(PUBLIC, "k")) == NO_SUCH_KEY
    assert outcome(manager.rename(PRIVATE, "other", "new/name")) == DONE
    assert emulator.keys(PRIVATE) == ["new/name"]
    assert outcome(manager.rename(PRIVATE, "new/name", "new/name", force="true")) == DONE
    assert emulator.keys(PRIVATE) == ["new/name"]
    assert refusal(manager.rename(PRIVATE, "missing", "x")) == NO_SUCH_KEY
    assert refusal(manager.move(PUBLIC, "missing", PRIVATE, "x")) == NO_SUCH_KEY


@sdk_calls(answered=[BucketManager.change_mime], refused=[BucketManager.change_mime])
def test_change_mime(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k")
    assert outcome(manager.change_mime(PUBLIC, "k", "text/css")) == DONE
    assert manager.stat(PUBLIC, "k")[0]["mimeType"] == "text/css"
    assert fetch(f"{emulator.domain(PUBLIC)}/k").headers["content-type"] == "text/css"
    assert refusal(manager.change_mime(PUBLIC, "missing", "text/css")) == NO_SUCH_KEY


@sdk_calls(answered=[BucketManager.change_type], refused=[BucketManager.change_type])
def test_change_type(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k")
    assert refusal(manager.change_type(PUBLIC, "k", 0)) == (400, "already in normal stat")
    for kind in (1, 4, 5):
        assert outcome(manager.change_type(PUBLIC, "k", kind)) == DONE
        assert manager.stat(PUBLIC, "k")[0]["type"] == kind
    assert refusal(manager.change_type(PUBLIC, "k", 6))[0] == 400
    assert refusal(manager.change_type(PUBLIC, "missing", 1)) == NO_SUCH_KEY
    assert outcome(manager.change_type(PUBLIC, "k", 2)) == DONE
    assert refusal(manager.change_type(PUBLIC, "k", 0))[0] == 403
    assert outcome(manager.restore_ar(PUBLIC, "k", 1)) == DONE
    emulator.clock(elapsed_s=5 * 60 + 1)
    assert outcome(manager.change_type(PUBLIC, "k", 0)) == DONE


@sdk_calls(answered=[BucketManager.change_status], refused=[BucketManager.change_status])
def test_change_status(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k")
    assert not manager.change_status(PUBLIC, "k", 1, {"hash": "of-something-else"})[1].ok()
    assert "status" not in manager.stat(PUBLIC, "k")[0]
    assert outcome(manager.change_status(PUBLIC, "k", 1, {"hash": HELLO, "fsize": "5"})) == DONE
    assert manager.stat(PUBLIC, "k")[0]["status"] == 1
    assert fetch(f"{emulator.domain(PUBLIC)}/k").status == 403
    assert refusal(manager.change_status(PUBLIC, "k", 1, None)) == (400, "already disabled")
    assert outcome(manager.change_status(PUBLIC, "k", 0, None)) == DONE
    assert fetch(f"{emulator.domain(PUBLIC)}/k").status == 200
    assert refusal(manager.change_status(PUBLIC, "k", 0, None)) == (400, "already enabled")
    assert refusal(manager.change_status(PUBLIC, "missing", 1, None)) == NO_SUCH_KEY


@sdk_calls(
    answered=[BucketManager.restore_ar, BucketManager.restoreAr],
    refused=[BucketManager.restore_ar, BucketManager.restoreAr],
)
def test_restore(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "archived", fileType=2)
    upload(sdk, PUBLIC, "deep", fileType=3)
    upload(sdk, PUBLIC, "normal")
    assert refusal(manager.restore_ar(PUBLIC, "normal", 1))[0] == 403
    assert refusal(manager.restoreAr(PUBLIC, "missing", 1)) == NO_SUCH_KEY
    assert refusal(manager.restore_ar(PUBLIC, "archived", 8)) == (400, "invalid freeze after days")
    assert outcome(manager.restore_ar(PUBLIC, "archived", 2)) == DONE
    assert outcome(manager.restoreAr(PUBLIC, "deep", 7)) == DONE
    assert refusal(manager.restore_ar(PUBLIC, "archived", 1)) == (400, "archive already restored")
    assert [manager.stat(PUBLIC, key)[0]["restoreStatus"] for key in ("archived", "deep")] == [1, 1]
    assert fetch(f"{emulator.domain(PUBLIC)}/archived").status == 403
    emulator.clock(elapsed_s=5 * 60 + 1)
    assert [manager.stat(PUBLIC, key)[0]["restoreStatus"] for key in ("archived", "deep")] == [2, 1]
    assert fetch(f"{emulator.domain(PUBLIC)}/archived").body == b"hello"
    emulator.clock(elapsed_s=12 * 3600 + 1)
    assert fetch(f"{emulator.domain(PUBLIC)}/deep").body == b"hello"
    emulator.clock(elapsed_s=3 * DAY_S)
    assert fetch(f"{emulator.domain(PUBLIC)}/archived").status == 403
    assert "restoreStatus" not in manager.stat(PUBLIC, "archived")[0]


@sdk_calls(answered=[BucketManager.delete_after_days], refused=[BucketManager.delete_after_days])
def test_delete_after_days(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k")
    assert outcome(manager.delete_after_days(PUBLIC, "k", 3)) == DONE
    expiration_s = manager.stat(PUBLIC, "k")[0]["expiration"]
    assert 3 * DAY_S <= expiration_s - time.time() <= 4 * DAY_S
    assert (expiration_s + 8 * 3600) % DAY_S == 0, "the midnight of UTC+8 that follows"
    assert outcome(manager.delete_after_days(PUBLIC, "k", 0)) == DONE
    assert "expiration" not in manager.stat(PUBLIC, "k")[0]
    assert outcome(manager.delete_after_days(PUBLIC, "k", 1)) == DONE
    emulator.clock(elapsed_s=2 * DAY_S + 1)
    assert refusal(manager.stat(PUBLIC, "k")) == NO_SUCH_KEY
    assert manager.list(PUBLIC)[0]["items"] == []
    assert fetch(f"{emulator.domain(PUBLIC)}/k").status == 404
    assert refusal(manager.delete_after_days(PUBLIC, "missing", 1)) == NO_SUCH_KEY
    upload(sdk, PUBLIC, "k")
    assert refusal(manager.delete_after_days(PUBLIC, "k", "many"))[0] == 400


@sdk_calls(answered=[BucketManager.set_object_lifecycle], refused=[BucketManager.set_object_lifecycle])
def test_object_lifecycle(sdk: qiniu.Auth, manager: BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k")
    planned = {"to_line_after_days": 1, "to_archive_ir_after_days": 3, "to_archive_after_days": 5}
    late = {"to_deep_archive_after_days": 7, "delete_after_days": 9}
    assert not manager.set_object_lifecycle(PUBLIC, "k", delete_after_days=1, cond={"hash": "another"})[1].ok()
    assert "expiration" not in manager.stat(PUBLIC, "k")[0]
    assert (
        outcome(manager.set_object_lifecycle(PUBLIC, "k", **planned, **late, cond={"hash": HELLO, "fsize": "5"}))
        == DONE
    )
    stat = manager.stat(PUBLIC, "k")[0]
    moments = [
        "transitionToIA",
        "transitionToArchiveIR",
        "transitionToARCHIVE",
        "transitionToDeepArchive",
        "expiration",
    ]
    assert [(stat[name] - stat[moments[0]]) // DAY_S for name in moments] == [0, 2, 4, 6, 8]
    assert outcome(manager.set_object_lifecycle(PUBLIC, "k", to_archive_after_days=-1, delete_after_days=-1)) == DONE
    stat = manager.stat(PUBLIC, "k")[0]
    assert [name in stat for name in moments] == [True, True, False, True, False]
    for passed_days, kind in ((2, 1), (4, 4), (8, 3)):
        emulator.clock(elapsed_s=passed_days * DAY_S + 1)
        assert manager.stat(PUBLIC, "k")[0]["type"] == kind
    assert refusal(manager.set_object_lifecycle(PUBLIC, "missing", delete_after_days=1)) == NO_SUCH_KEY
