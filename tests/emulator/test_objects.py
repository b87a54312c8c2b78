"""What rs does to objects, and what uc says of buckets."""

import asyncio
import urllib.parse
from pathlib import Path

import pytest

from kodo_emulator.clock import Clock
from kodo_emulator.hosts.management import Call
from kodo_emulator.hosts.rs import RsHost
from kodo_emulator.net import turns
from kodo_emulator.store.disk import DiskStore
from tests.emulator.asking import operate, refusal
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError, b64url, entry


def test_stat_has_its_members(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x", mime="text/plain", metadata={"a": "b"}, policy={"endUser": "me", "fileType": 1})
    stat = emulator.stat(PUBLIC, "k")
    assert stat.pop("putTime") == stat.pop("lastModify") > 17_000_000_000_000_000
    assert stat == {
        "fsize": 1,
        "hash": "FhH2rY7FKimEq6r9fDtRZQN4XCBy",
        "mimeType": "text/plain",
        "type": 1,
        "md5": "9dd4e461268c8034f5c8564e155c67a6",
        "endUser": "me",
        "x-qn-meta": {"a": "b"},
    }
    assert emulator.manage("GET", f"/stat/{entry(PUBLIC, 'k')}") == emulator.stat(PUBLIC, "k")


def test_common_refusals(emulator: Emulator) -> None:
    assert refusal(emulator, "stat", entry(PUBLIC, "missing"))[0] == 612
    assert refusal(emulator, "stat", entry("nowhere", "k"))[0] == 631
    for bad in ("!!!", b64url(PUBLIC.encode()), b64url(b":k"), "", "é"):
        assert refusal(emulator, "stat", urllib.parse.quote(bad))[0] == 400
    emulator.put(PUBLIC, "k", b"x")
    assert "unknown argument: surprise" in refusal(emulator, "delete", entry(PUBLIC, "k"), "surprise")[1]
    assert (
        "unknown argument: surprise" in refusal(emulator, "chtype", entry(PUBLIC, "k"), "type", "1", "surprise", "1")[1]
    )


def test_copy_and_move(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x", metadata={"a": "b"})
    before = emulator.stat(PUBLIC, "k")
    operate(emulator, "copy", entry(PUBLIC, "k"), entry(PUBLIC, "k"), "force", "true")
    operate(emulator, "move", entry(PUBLIC, "k"), entry(PUBLIC, "k"), "force", "true")
    assert emulator.stat(PUBLIC, "k") == before
    for name in ("copy", "move"):
        assert refusal(emulator, name, entry(PUBLIC, "k"), entry(PUBLIC, "k"))[0] == 614
        assert refusal(emulator, name, entry(PUBLIC, "k"), entry("nowhere", "k"))[0] == 631
        assert refusal(emulator, name, entry(PUBLIC, "k"))[0] == 400
        assert refusal(emulator, name, entry(PUBLIC, "missing"), entry(PUBLIC, "k"), "force", "true")[0] == 612
    emulator.copy(PUBLIC, "k", "copy")
    emulator.delete(PUBLIC, "k")
    assert fetch(f"{emulator.domain(PUBLIC)}/copy").headers["x-qn-meta-a"] == "b"
    operate(emulator, "move", entry(PUBLIC, "copy"), entry(PRIVATE, "moved"))
    moved = emulator.stat(PRIVATE, "moved")
    assert (moved["hash"], moved["x-qn-meta"]) == (before["hash"], {"a": "b"})
    assert emulator.keys(PUBLIC) == []


def test_a_forced_move_replaces(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "a", b"new")
    emulator.put(PUBLIC, "b", b"old")
    emulator.move(PUBLIC, "a", "b")
    assert fetch(f"{emulator.domain(PUBLIC)}/b").body == b"new"
    assert emulator.keys(PUBLIC) == ["b"]


def test_change_metadata(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x", metadata={"a": "1", "b": "2"})
    before = emulator.stat(PUBLIC, "k")
    operate(emulator, "chgm", entry(PUBLIC, "k"), "x-qn-meta-a", b64url(b"3"), "mime", b64url(b"text/css"))
    after = emulator.stat(PUBLIC, "k")
    assert (after["mimeType"], after["x-qn-meta"]) == ("text/css", {"a": "3", "b": "2"})
    assert after["putTime"] == before["putTime"] < after["lastModify"]
    assert refusal(emulator, "chgm", entry(PUBLIC, "k"), "mime", "!")[0] == 400
    assert refusal(emulator, "chgm", entry(PUBLIC, "k"), "mime")[0] == 400
    split = b64url(b"text/css\r\nX-Evil: 1")
    assert refusal(emulator, "chgm", entry(PUBLIC, "k"), "mime", split) == (400, "invalid value: mime")
    assert refusal(emulator, "stat", entry(PUBLIC, "k"), "needparts")[0] == 400


def test_all_metadata_of_an_object_has_one_limit(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x", metadata={"a": "v" * 500})
    before = emulator.stat(PUBLIC, "k")
    more = ("x-qn-meta-b", b64url(b"v" * 600))
    assert refusal(emulator, "chgm", entry(PUBLIC, "k"), *more) == (400, "metadata too large")
    assert emulator.stat(PUBLIC, "k") == before
    operate(emulator, "chgm", entry(PUBLIC, "k"), "x-qn-meta-a", b64url(b"v"), *more)
    assert len(emulator.stat(PUBLIC, "k")["x-qn-meta"]["b"]) == 600


def test_conditions(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    stat = emulator.stat(PUBLIC, "k")
    good = f"hash={stat['hash']}&fsize=1&putTime={stat['putTime']}&mime=application%2Foctet-stream"
    operate(emulator, "chstatus", entry(PUBLIC, "k"), "status", "1", "cond", b64url(good.encode()))
    assert refusal(emulator, "chstatus", entry(PUBLIC, "k"), "status", "0", "cond", b64url(b"fsize=2"))[0] == 412
    assert refusal(emulator, "chstatus", entry(PUBLIC, "k"), "status", "0", "cond", b64url(b"color=2"))[0] == 400


@pytest.mark.parametrize("mime", ["image/svg+xml", "text/plain; charset=utf-8", "a/b%2Bc"])
def test_a_condition_may_be_escaped_or_not(emulator: Emulator, mime: str) -> None:
    """SDKs join names and values as they are."""
    emulator.put(PUBLIC, "k", b"x", mime=mime)
    for value in (mime, urllib.parse.quote(mime), urllib.parse.quote_plus(mime)):
        operate(emulator, "chgm", entry(PUBLIC, "k"), "cond", b64url(f"fsize=1&mime={value}".encode()))
    wrong = b64url(f"mime={mime}x".encode())
    assert refusal(emulator, "chgm", entry(PUBLIC, "k"), "cond", wrong)[0] == 412


def test_change_status(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    assert "already enabled" in refusal(emulator, "chstatus", entry(PUBLIC, "k"), "status", "0")[1]
    emulator.status(PUBLIC, "k", disabled=True)
    assert emulator.stat(PUBLIC, "k")["status"] == emulator.page(PUBLIC)["items"][0]["status"] == 1
    assert "already disabled" in refusal(emulator, "chstatus", entry(PUBLIC, "k"), "status", "1")[1]
    assert refusal(emulator, "chstatus", entry(PUBLIC, "k"), "status", "2")[0] == 400


def test_change_type_and_restore(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    assert "already in normal stat" in refusal(emulator, "chtype", entry(PUBLIC, "k"), "type", "0")[1]
    assert refusal(emulator, "chtype", entry(PUBLIC, "k"), "type", "6")[0] == 400
    assert refusal(emulator, "restoreAr", entry(PUBLIC, "k"), "freezeAfterDays", "1")[0] == 403
    emulator.chtype(PUBLIC, "k", 2)
    assert refusal(emulator, "chtype", entry(PUBLIC, "k"), "type", "0")[0] == 403
    for days in ("0", "8", "x", "-1"):
        status, body = refusal(emulator, "restoreAr", entry(PUBLIC, "k"), "freezeAfterDays", days)
        assert (status, "invalid freeze after days" in body) == (400, True)
    emulator.restore(PUBLIC, "k")
    assert "archive already restored" in refusal(emulator, "restoreAr", entry(PUBLIC, "k"), "freezeAfterDays", "1")[1]
    assert emulator.stat(PUBLIC, "k")["restoreStatus"] == 1
    emulator.clock(elapsed_s=301)
    assert emulator.stat(PUBLIC, "k")["restoreStatus"] == 2
    emulator.chtype(PUBLIC, "k", 0)
    assert "restoreStatus" not in emulator.stat(PUBLIC, "k")


def test_a_thaw_ends(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x", policy={"fileType": 3})
    emulator.restore(PUBLIC, "k", days=1)
    emulator.clock(elapsed_s=12 * 3600 + 1)
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"x"
    emulator.clock(elapsed_s=36 * 3600 + 1)
    assert fetch(f"{emulator.domain(PUBLIC)}/k").status == 403
    assert "restoreStatus" not in emulator.stat(PUBLIC, "k")


def test_batch_takes_both_spellings_and_answers_in_order(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "a", bytes(2_000_000), parts=[1_500_000, 500_000])
    operations = [
        f"/stat/{entry(PUBLIC, 'a')}?needparts=true",
        f"stat/{entry(PUBLIC, 'missing')}",
        f"/copy/{entry(PUBLIC, 'a')}/{entry(PRIVATE, 'b')}",
        "/dance/x",
        "",
        f"stat/{entry(PUBLIC, 'a')}?needparts=perhaps",
    ]
    body = urllib.parse.urlencode([("op", operation) for operation in operations]).encode()
    results = emulator.manage("POST", "/batch", body)
    assert [result["code"] for result in results] == [200, 612, 200, 400, 400, 400]
    assert results[0]["data"]["parts"] == [1_500_000, 500_000]
    assert results[1]["data"] == {"error": "no such file or directory"}
    assert "data" not in results[2]
    assert emulator.keys(PRIVATE) == ["b"]


def test_batch_sizes(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k" * 750, b"x")
    operation = f"stat/{entry(PUBLIC, 'k' * 750)}"
    full = urllib.parse.urlencode([("op", operation)] * 1000).encode()
    assert len(emulator.manage("POST", "/batch", full)) == 1000
    for body in (full + b"&op=x", b""):
        with pytest.raises(EmulatorError, match="400"):
            emulator.manage("POST", "/batch", body)


def test_a_long_batch_lets_others_have_their_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_TURN_S", -1.0)  # Every operation is a long one.
    store = DiskStore(tmp_path, sync=False)
    host = RsHost(store, Clock())
    taken = 0

    async def others() -> None:
        nonlocal taken
        while True:
            taken += 1
            await asyncio.sleep(0)

    async def both() -> int:
        running = asyncio.create_task(others())
        response = await host.batch(Call(["batch"], [("op", f"/stat/{entry('b', 'k')}")] * 50))
        running.cancel()
        return response.status

    assert asyncio.run(both()) == 298
    assert taken >= 50
    store.close()


def test_discovery(emulator: Emulator) -> None:
    host = emulator.uc.removeprefix("http://")
    query = f"ak={emulator.access_key}&bucket={PUBLIC}"
    region = fetch(f"{emulator.uc}/v4/query?{query}").json()["hosts"][0]
    assert region["up"]["domains"][0] == host
    assert region["io_src"]["domains"] == [emulator.io_src(PUBLIC).removeprefix("http://")]
    assert 1 <= region["ttl"] <= 60
    older = fetch(f"{emulator.uc}/v2/query?{query}").json()
    assert older["rs"]["acc"]["main"] == [host]
    assert fetch(f"{emulator.uc}/v4/query?ak=who&bucket={PUBLIC}").status == 612
    assert fetch(f"{emulator.uc}/v4/query?ak={emulator.access_key}&bucket=nowhere").status == 631
    assert fetch(f"{emulator.uc}/v4/query?ak={emulator.access_key}").status == 400


def test_buckets(emulator: Emulator) -> None:
    assert emulator.manage("GET", "/buckets?shared=rd") == [PRIVATE, PUBLIC]
    first = emulator.manage("GET", "/buckets?apiVersion=v4&limit=1")
    assert ([bucket["name"] for bucket in first["buckets"]], first["is_truncated"]) == ([PRIVATE], True)
    rest = emulator.manage("GET", f"/buckets?apiVersion=v4&marker={first['next_marker']}")
    assert ([bucket["private"] for bucket in rest["buckets"]], rest["is_truncated"]) == ([False], False)
    for query in ("apiVersion=v9", "apiVersion=v4&limit=0"):
        with pytest.raises(EmulatorError, match="400"):
            emulator.manage("GET", f"/buckets?{query}")
    assert emulator.manage("POST", "/v2/domains", f"tbl={PUBLIC}".encode()) == [
        emulator.domain(PUBLIC).removeprefix("http://")
    ]
    assert emulator.manage("GET", f"/v3/domains?tbl={PUBLIC}")[0]["domaintype"] == 1
    assert emulator.manage("POST", f"/v2/bucketInfo?bucket={PRIVATE}")["private"] == 1
    with pytest.raises(EmulatorError, match="631"):
        emulator.manage("GET", "/v2/domains?tbl=nowhere")
    with pytest.raises(EmulatorError, match="400"):
        emulator.manage("GET", "/v2/domains")
