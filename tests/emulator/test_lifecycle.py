"""Dates of objects: who sets them, what shows them, and what happens when they come."""

import urllib.parse
from datetime import datetime, timedelta, timezone

import pytest

from tests.emulator.asking import operate, refusal
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError, b64url, entry

DAY_S = 86_400
CHINA = timezone(timedelta(hours=8))


def gone(emulator: Emulator, key: str) -> bool:
    return refusal(emulator, "stat", entry(PUBLIC, key))[0] == 612


def days_left(emulator: Emulator, unix_s: int) -> int:
    """The days of a date that was set just now: it must be a midnight in China."""
    midnight = datetime.fromtimestamp(unix_s, CHINA)
    assert (midnight.hour, midnight.minute, midnight.second) == (0, 0, 0)
    put = datetime.fromtimestamp(emulator.stat(PUBLIC, "k")["putTime"] / 1e7, CHINA)
    return (midnight.date() - put.date()).days - 1


def test_an_expired_object_is_gone_for_every_reader(emulator: Emulator) -> None:
    for key in ("k", "kept"):
        emulator.put(PUBLIC, key, b"old")
    operate(emulator, "deleteAfterDays", entry(PUBLIC, "k"), 3)
    expires_s = emulator.stat(PUBLIC, "k")["expiration"]
    assert days_left(emulator, expires_s) == 3
    emulator.clock(elapsed_s=3 * DAY_S)
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"old"
    emulator.clock(elapsed_s=4 * DAY_S)
    assert gone(emulator, "k")
    assert emulator.keys(PUBLIC) == ["kept"]
    assert emulator.page(PUBLIC, delimiter="/", prefix="k")["items"][0]["key"] == "kept"
    assert fetch(f"{emulator.domain(PUBLIC)}/k").status == 404
    assert refusal(emulator, "delete", entry(PUBLIC, "k"))[0] == 612
    assert refusal(emulator, "copy", entry(PUBLIC, "k"), entry(PUBLIC, "c"))[0] == 612
    operate(emulator, "copy", entry(PUBLIC, "kept"), entry(PUBLIC, "k"))  # Not forced: the place is free.
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"old"


def test_an_expired_object_does_not_stop_an_upload(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"old")
    operate(emulator, "deleteAfterDays", entry(PUBLIC, "k"), 1)
    with pytest.raises(EmulatorError, match="614"):
        emulator.put_parts(PUBLIC, "k", [b"new"], emulator.upload_token(PUBLIC), {})
    emulator.clock(elapsed_s=2 * DAY_S)
    emulator.put_parts(PUBLIC, "k", [b"new"], emulator.upload_token(PUBLIC), {})
    assert "expiration" not in emulator.stat(PUBLIC, "k")


def test_delete_after_days_is_cancelled_by_zero(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    operate(emulator, "deleteAfterDays", entry(PUBLIC, "k"), 1)
    operate(emulator, "deleteAfterDays", entry(PUBLIC, "k"), 0)
    assert "expiration" not in emulator.stat(PUBLIC, "k")
    emulator.clock(elapsed_s=3 * DAY_S)
    assert emulator.keys(PUBLIC) == ["k"]


def test_a_lifecycle_sets_leaves_and_cancels(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    days = ["toDeepArchiveAfterDays", 40, "toIAAfterDays", 10, "deleteAfterDays", 50, "toArchiveAfterDays", 30]
    operate(emulator, "lifecycle", entry(PUBLIC, "k"), *days, "toArchiveIRAfterDays", 20)
    stat = emulator.stat(PUBLIC, "k")
    names = ["IA", "ArchiveIR", "ARCHIVE", "DeepArchive"]
    assert [days_left(emulator, stat[f"transitionTo{name}"]) for name in names] == [10, 20, 30, 40]
    assert days_left(emulator, stat["expiration"]) == 50
    listed = emulator.page(PUBLIC)["items"][0]
    assert not {name for name in listed if name.startswith("transition") or name == "expiration"}
    kept = ["toIAAfterDays", 0, "toArchiveIRAfterDays", -1, "toArchiveAfterDays", 0, "toDeepArchiveAfterDays", 0]
    operate(emulator, "lifecycle", entry(PUBLIC, "k"), *kept, "deleteAfterDays", -1)
    left = emulator.stat(PUBLIC, "k")
    del stat["expiration"], stat["transitionToArchiveIR"]
    assert left == stat
    operate(emulator, "lifecycle", entry(PUBLIC, "k"), "toIntelligentTieringAfterDays", 12)
    assert days_left(emulator, emulator.stat(PUBLIC, "k")["transitionToIntelligentTiering"]) == 12


def test_transitions_come_in_their_order(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    before = emulator.stat(PUBLIC, "k")
    operate(
        emulator, "lifecycle", entry(PUBLIC, "k"), "toIAAfterDays", 2, "toArchiveAfterDays", 5, "deleteAfterDays", 9
    )
    kinds = []
    for elapsed in (1, 3, 6):
        emulator.clock(elapsed_s=elapsed * DAY_S)
        kinds.append(emulator.stat(PUBLIC, "k")["type"])
    assert kinds == [0, 1, 2] == [0, 1, emulator.page(PUBLIC)["items"][0]["type"]]
    stat = emulator.stat(PUBLIC, "k")
    assert (stat["putTime"], "transitionToARCHIVE" in stat) == (before["putTime"], False)
    assert before["lastModify"] < stat["lastModify"]
    assert fetch(f"{emulator.domain(PUBLIC)}/k").status == 403  # Archived, and not thawed.
    emulator.restore(PUBLIC, "k")
    emulator.clock(elapsed_s=6 * DAY_S + 600)
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"x"
    emulator.clock(elapsed_s=10 * DAY_S)
    assert gone(emulator, "k")


def test_time_never_makes_an_object_warmer(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    operate(emulator, "lifecycle", entry(PUBLIC, "k"), "toIAAfterDays", 1)
    emulator.chtype(PUBLIC, "k", 4)
    emulator.clock(elapsed_s=3 * DAY_S)
    stat = emulator.stat(PUBLIC, "k")
    assert (stat["type"], "transitionToIA" in stat) == (4, False)


def test_conditions_and_bad_arguments(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    place = entry(PUBLIC, "k")
    operate(emulator, "lifecycle", place, "cond", b64url(b"fsize=1"), "deleteAfterDays", 1)
    assert refusal(emulator, "lifecycle", place, "deleteAfterDays", 5, "cond", b64url(b"fsize=2"))[0] == 412
    assert days_left(emulator, emulator.stat(PUBLIC, "k")["expiration"]) == 1
    for bad in ("-2", "x", "", "1.5", "99999", "١"):
        assert refusal(emulator, "lifecycle", place, "deleteAfterDays", urllib.parse.quote(bad))[0] == 400
        assert refusal(emulator, "deleteAfterDays", place, urllib.parse.quote(bad))[0] == 400
    for arguments in (["deleteAfterDays"], ["toMarsAfterDays", 1], ["toIAAfterDays", 1, "toIAAfterDays", 2]):
        assert refusal(emulator, "lifecycle", place, *arguments)[0] == 400
    assert refusal(emulator, "deleteAfterDays", place)[0] == 400
    assert refusal(emulator, "deleteAfterDays", place, 1, "more")[0] == 400
    for name in ("deleteAfterDays", "lifecycle"):
        assert refusal(emulator, name, entry(PUBLIC, "missing"), 1, 1)[0] == 612
        assert refusal(emulator, name, entry("nowhere", "k"), 1, 1)[0] == 631


def test_a_copy_is_a_new_object_and_a_move_is_not(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x", policy={"fileType": 2})
    operate(emulator, "lifecycle", entry(PUBLIC, "k"), "toDeepArchiveAfterDays", 1, "deleteAfterDays", 2)
    emulator.restore(PUBLIC, "k")
    emulator.clock(elapsed_s=301)
    stat = emulator.stat(PUBLIC, "k")
    emulator.copy(PUBLIC, "k", "copy")
    copy = emulator.stat(PUBLIC, "copy")
    assert copy["type"] == 2
    assert not {"expiration", "transitionToDeepArchive", "restoreStatus"} & set(copy)
    emulator.move(PUBLIC, "k", "moved")
    assert stat.pop("restoreStatus") == 2
    assert emulator.stat(PUBLIC, "moved") == stat  # Frozen again.
    emulator.clock(elapsed_s=4 * DAY_S)
    assert emulator.keys(PUBLIC) == ["copy"]


def test_dates_in_a_batch_over_buckets(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "a", b"x")
    emulator.put(PRIVATE, "b", b"x")
    operations = [
        f"/deleteAfterDays/{entry(PUBLIC, 'a')}/1",
        f"lifecycle/{entry(PRIVATE, 'b')}/toIAAfterDays/1/deleteAfterDays/2",
        f"deleteAfterDays/{entry(PUBLIC, 'missing')}/1",
        f"delete/{entry(PUBLIC, 'a')}?needparts=true",
        f"stat/{entry(PUBLIC, 'a')}",
    ]
    body = urllib.parse.urlencode([("op", operation) for operation in operations]).encode()
    results = emulator.manage("POST", "/batch", body)
    assert [result["code"] for result in results] == [200, 200, 612, 400, 200]
    assert results[-1]["data"]["expiration"]
    emulator.clock(elapsed_s=3 * DAY_S)
    assert (emulator.keys(PUBLIC), emulator.keys(PRIVATE)) == ([], [])
