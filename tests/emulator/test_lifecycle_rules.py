"""The lifecycle rules of a bucket, from `/rules/add` to what becomes of the objects (protocol §1.5, §2.4)."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.asking import domain, form
from tests.emulator.conftest import PUBLIC
from tests.emulator.polite import signed
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError, b64url, entry

DAY_S = 86_400
CHINA_S = 8 * 3600


def add_rule(emulator: Emulator, bucket: str, name: str, prefix: str = "", **days: int) -> None:
    emulator.manage("POST", "/rules/add", form(bucket=bucket, name=name, prefix=prefix, **days))


def midnight_s() -> int:
    """The next midnight in China."""
    return (int(time.time() + CHINA_S) // DAY_S + 1) * DAY_S - CHINA_S


def go_to(emulator: Emulator, unix_s: float) -> None:
    """Let it be that time for what is stored; within a minute."""
    emulator.clock(elapsed_s=unix_s - time.time())


def total(emulator: Emulator, bucket: str) -> tuple[int, int]:
    """How many objects and bytes the bucket is said to hold."""
    (found,) = [shown for shown in emulator.manage("POST", "/v3/buckets") if shown["tbl"] == bucket]
    return found["file_num"], found["storage_size"]


def form_upload(emulator: Emulator, bucket: str, key: str) -> None:
    emulator.put(bucket, key, b"hello")


def resumable(emulator: Emulator, bucket: str, key: str) -> None:
    emulator.put(bucket, key, b"hello", parts=[5])


def raw(emulator: Emulator, bucket: str, key: str) -> None:
    headers = {"Authorization": f"UpToken {emulator.upload_token(bucket, key)}"}
    emulator.call("POST", f"/put/5/key/{b64url(key.encode())}", b"hello", headers)


def copy(emulator: Emulator, bucket: str, key: str) -> None:
    emulator.put(PUBLIC, "source", b"hello")
    emulator.manage("POST", f"/copy/{entry(PUBLIC, 'source')}/{entry(bucket, key)}")


def fetched(emulator: Emulator, bucket: str, key: str) -> None:
    emulator.put(PUBLIC, "source", b"hello")
    source = f"{emulator.domain(PUBLIC)}/source"
    emulator.manage("POST", f"/fetch/{b64url(source.encode())}/to/{entry(bucket, key)}")


@pytest.mark.parametrize("arrive", [form_upload, resumable, raw, copy, fetched])
def test_whatever_arrives_gets_the_dates_of_the_rule(
    emulator: Emulator, bucket: str, arrive: Callable[[Emulator, str, str], None]
) -> None:
    days = {"to_line_after_days": 1, "to_archive_ir_after_days": 2, "to_archive_after_days": 3}
    add_rule(emulator, bucket, "r", "logs/", **days, to_deep_archive_after_days=4, delete_after_days=5)
    arrive(emulator, bucket, "logs/k")
    arrive(emulator, bucket, "log")
    stat = emulator.stat(bucket, "logs/k")
    put_s = stat["putTime"] / 1e7
    names = ["IA", "ArchiveIR", "ARCHIVE", "DeepArchive"]
    dates = [*(stat[f"transitionTo{name}"] for name in names), stat["expiration"]]
    assert [(date + CHINA_S) % DAY_S for date in dates] == [0] * 5
    assert [int((date - put_s) // DAY_S) for date in dates] == [1, 2, 3, 4, 5]
    assert not [name for name in emulator.stat(bucket, "log") if name.startswith(("transition", "expiration"))]
    kinds = []
    for date in dates[:-1]:
        go_to(emulator, date + 1)
        kinds.append(emulator.stat(bucket, "logs/k")["type"])
    assert kinds == [1, 4, 2, 3]
    go_to(emulator, dates[-1] + 1)
    with pytest.raises(EmulatorError, match="612"):
        emulator.stat(bucket, "logs/k")
    assert emulator.keys(bucket) == ["log"]


def test_a_day_ends_at_midnight_in_china(emulator: Emulator, bucket: str) -> None:
    add_rule(emulator, bucket, "r", delete_after_days=1)
    midnight = midnight_s() + DAY_S
    go_to(emulator, midnight - 600)
    emulator.put(bucket, "before", b"x")
    go_to(emulator, midnight + 600)
    emulator.put(bucket, "after", b"x")
    assert emulator.stat(bucket, "before")["expiration"] == midnight + DAY_S
    assert emulator.stat(bucket, "after")["expiration"] == midnight + 2 * DAY_S
    for moment, left in (
        (midnight + DAY_S - 600, ["after", "before"]),
        (midnight + DAY_S + 1, ["after"]),
        (midnight + 2 * DAY_S - 600, ["after"]),
        (midnight + 2 * DAY_S + 1, []),
    ):
        go_to(emulator, moment)
        assert emulator.keys(bucket) == left
        assert total(emulator, bucket) == (len(left), len(left))


def test_expired_objects_are_nowhere_to_be_seen(emulator: Emulator, bucket: str) -> None:
    add_rule(emulator, bucket, "r", "old/", delete_after_days=1)
    for number in range(300):
        emulator.put(bucket, f"old/{number:03}", b"old")
    emulator.put(bucket, "young", b"young")
    assert total(emulator, bucket) == (301, 905)
    emulator.clock(elapsed_s=3 * DAY_S)
    assert emulator.page(bucket, delimiter="/") | {"items": []} == {"items": [], "commonPrefixes": []}
    assert (emulator.keys(bucket), emulator.page(bucket, prefix="old/")) == (["young"], {"items": []})
    _, _, lines = signed(emulator, "POST", f"/v2/list?bucket={bucket}")
    assert lines.count(b"\n") == 1
    assert total(emulator, bucket) == (1, 5)
    assert fetch(f"{domain(emulator, bucket)}/old/000").status == 404
    assert fetch(f"{domain(emulator, bucket)}/young").body == b"young"
    form_upload(emulator, bucket, "old/000")
    assert emulator.stat(bucket, "old/000")["expiration"] > time.time() + 3 * DAY_S


def test_a_rule_reaches_what_arrives_while_it_stands(emulator: Emulator, bucket: str) -> None:
    """DOC 8609: it marks what is uploaded after it was made or changed, and nothing else."""
    dates: dict[str, Any] = {}

    def arrive(key: str) -> None:
        emulator.put(bucket, key, b"x")
        dates[key] = emulator.stat(bucket, key).get("expiration")

    noon = midnight_s() + DAY_S // 2
    go_to(emulator, noon)
    arrive("before")
    add_rule(emulator, bucket, "r", delete_after_days=5)
    arrive("five")
    emulator.manage("POST", "/rules/update", form(bucket=bucket, name="r", delete_after_days=9))
    arrive("nine")
    emulator.manage("POST", "/rules/delete", form(bucket=bucket, name="r"))
    arrive("after")
    assert (dates["before"], dates["after"], dates["nine"] - dates["five"]) == (None, None, 4 * DAY_S)
    assert {key: emulator.stat(bucket, key).get("expiration") for key in dates} == dates
    go_to(emulator, noon + 7 * DAY_S)
    assert emulator.keys(bucket) == ["after", "before", "nine"]


def test_the_longest_prefix_counts_and_own_dates_stay(emulator: Emulator, bucket: str) -> None:
    noon = midnight_s() + DAY_S // 2
    go_to(emulator, noon)
    add_rule(emulator, bucket, "all", delete_after_days=3, to_line_after_days=1)
    add_rule(emulator, bucket, "some", "a/", to_archive_after_days=2)
    for key, policy in (("a/k", {}), ("k", {}), ("own", {"deleteAfterDays": 30})):
        emulator.put(bucket, key, b"x", policy=policy)
    shown = {key: emulator.stat(bucket, key) for key in ("a/k", "k", "own")}
    assert "expiration" not in shown["a/k"]
    assert shown["own"]["expiration"] - shown["k"]["expiration"] == 27 * DAY_S
    go_to(emulator, noon + 5 * DAY_S)
    assert [(item["key"], item["type"]) for item in emulator.page(bucket)["items"]] == [("a/k", 2), ("own", 1)]
    assert fetch(f"{domain(emulator, bucket)}/a/k").status == 403


def test_less_than_no_days_mean_at_once(emulator: Emulator, bucket: str) -> None:
    """Comments of the Node and PHP SDKs."""
    add_rule(emulator, bucket, "r", to_archive_after_days=-1, delete_after_days=1)
    emulator.put(bucket, "k", b"x")
    stat = emulator.stat(bucket, "k")
    assert (stat["type"], stat["lastModify"], "transitionToARCHIVE" in stat) == (2, stat["putTime"], False)
    assert fetch(f"{domain(emulator, bucket)}/k").status == 403
    emulator.put(bucket, "colder", b"x", policy={"fileType": 3})
    assert emulator.stat(bucket, "colder")["type"] == 3


def test_a_moved_object_keeps_its_dates(emulator: Emulator, bucket: str) -> None:
    emulator.put(PUBLIC, "k", b"x", policy={"deleteAfterDays": 2})
    expiration = emulator.stat(PUBLIC, "k")["expiration"]
    add_rule(emulator, bucket, "r", delete_after_days=9)
    emulator.manage("POST", f"/move/{entry(PUBLIC, 'k')}/{entry(bucket, 'k')}")
    assert emulator.stat(bucket, "k")["expiration"] == expiration
    emulator.clock(elapsed_s=4 * DAY_S)
    assert (emulator.keys(bucket), total(emulator, bucket)) == ([], (0, 0))
