"""The control endpoint: log, counters, clock, reset."""

import json
import socket
import time
from pathlib import Path

import pytest

from kodo_emulator.clock import Clock
from kodo_emulator.control.request_log import RequestLog
from kodo_emulator.net.http1 import Request, Traffic
from kodo_emulator.net.request_body import StreamedBody
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.vectors import content
from tests.emulator.wire import address, fetch, read_all, talk
from tests.emulator_process import Emulator, EmulatorError


@pytest.fixture
def url(emulator: Emulator) -> str:
    emulator.put(PUBLIC, "k", content(1000))
    return f"{emulator.domain(PUBLIC)}/k"


def test_the_log(emulator: Emulator, url: str) -> None:
    done = emulator.put(PUBLIC, "k", content(1000))
    upload = emulator.log()[-1]
    answer = fetch(url, headers={"Range": "bytes=0-9"})
    fetch(f"{emulator.uc}/nowhere?a")
    download, unknown = emulator.log(f"?since={upload['number']}")
    assert download.pop("time_s") == pytest.approx(time.time(), abs=60)
    assert 0 <= download.pop("duration_s") < 60
    assert download == {
        "number": upload["number"] + 1,
        "host": "io",
        "method": "GET",
        "target": "/k",
        "status": 206,
        "sent": 10,
        "received": 0,
        "range": "bytes=0-9",
        "reqid": answer.headers["x-reqid"],
        "faults": [],
    }
    assert (unknown["host"], unknown["target"], unknown["status"]) == ("unknown", "/nowhere?a", 404)
    assert upload["received"] > 1000
    assert upload["sent"] == len(json.dumps(done, separators=(",", ":")))


def test_the_log_by_host_and_number(emulator: Emulator, url: str) -> None:
    fetch(url)
    emulator.stat(PUBLIC, "k")
    fetch(url)
    lines = emulator.log()
    assert [line["host"] for line in lines] == ["up", "io", "rs", "io"]
    assert emulator.log("?host=io") == [lines[1], lines[3]]
    assert emulator.log(f"?host=io&since={lines[1]['number']}") == [lines[3]]
    assert emulator.log(f"?since={lines[3]['number']}") == []
    emulator.clear_log()
    assert emulator.log() == []
    fetch(url)
    assert emulator.log()[0]["number"] > lines[3]["number"]


def test_what_makes_no_sense_is_logged(emulator: Emulator) -> None:
    talk(emulator.uc, b"nonsense\r\n\r\n")
    form = b"Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n"
    talk(emulator.uc, b"POST / HTTP/1.1\r\nHost: x\r\n" + form)
    lines = [(line["host"], line["method"], line["status"]) for line in emulator.log()]
    assert lines == [("unknown", "", 400), ("up", "POST", 400)]


def test_who_was_not_answered_is_logged(emulator: Emulator) -> None:
    form = b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99\r\n\r\n--b\r\n"
    with socket.create_connection(address(emulator.uc), timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + form)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == b""
    assert [(line["host"], line["status"], line["received"]) for line in emulator.log()] == [("up", 0, 5)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=x", "since=x"),
        ("since=-1", "since=-1"),
        ("since=%D9%A1", "since="),
        ("host=oi", "host=oi"),
        ("surprise=1", "surprise"),
        ("%ff", ""),
    ],
)
def test_bad_filters(emulator: Emulator, query: str, words: str) -> None:
    answer = fetch(f"{emulator.uc}/_emulator/log?{query}")
    assert answer.status == 400
    assert words in answer.error()


@pytest.mark.parametrize("path", ["stats", "faults", "clock", "calls"])
def test_other_routes_take_no_parameters(emulator: Emulator, path: str) -> None:
    assert fetch(f"{emulator.uc}/_emulator/{path}?surprise=1").error() == "unknown parameter: surprise=1"


def test_stats(emulator: Emulator, url: str) -> None:
    for _ in range(2):
        fetch(url, headers={"Range": "bytes=0-9"})
    fetch(f"{emulator.uc}/nowhere", method="POST", body=b"abc")
    stats = emulator.stats()
    assert stats["requests"] == {"up": 1, "io": 2, "unknown": 1}
    assert stats["sent_bytes"]["io"] == 20
    assert stats["received_bytes"]["up"] > 1000
    assert stats["statuses"] == {"200": 1, "206": 2, "404": 1}
    emulator.clear_log()
    assert emulator.stats() == {"requests": {}, "sent_bytes": {}, "received_bytes": {}, "statuses": {}}


def test_long_targets_do_not_fill_the_memory() -> None:
    log = RequestLog(Clock())
    target = b"/" + b"x" * 1_000_000
    for number in range(200):
        request = Request("GET", target, {}, StreamedBody(lambda: None), str(number), role="io")
        log.record(request, 200, Traffic(0, 0, 0.0))
    lines = list(log.lines())
    assert sum(len(line.target) for line in lines) <= 64 * 1024 * 1024
    assert [line.reqid for line in lines] == [str(number) for number in range(200 - len(lines), 200)]
    assert log.requests["io"] == 200


def test_the_clock(emulator: Emulator) -> None:
    emulator.clock(3600, elapsed_s=86_400)
    shown = emulator.call("GET", "/_emulator/clock")
    assert (shown["skew_s"], shown["elapsed_s"]) == (3600, 86_400)
    assert shown["now_s"] == pytest.approx(time.time() + 3600, abs=60)
    assert shown["storage_now_s"] == pytest.approx(time.time() + 3600 + 86_400, abs=60)


@pytest.mark.parametrize("field", ["skew_s", "elapsed_s"])
@pytest.mark.parametrize("value", [b'"x"', b"1e300", b"-1e300", b"null"])
def test_bad_clocks(emulator: Emulator, field: str, value: bytes) -> None:
    body = b'{"%b":%b}' % (field.encode(), value)
    answer = fetch(f"{emulator.uc}/_emulator/clock", method="POST", body=body)
    assert (answer.status, field in answer.error()) == (400, True)


def test_reset(emulator: Emulator, url: str) -> None:
    emulator.faults([{"status": 502}])
    emulator.clock(3600, elapsed_s=1)
    emulator.urls({"http://example.com/": {"status": 200}})
    emulator.reset(objects=False)
    assert emulator.rules() == []
    shown = emulator.call("GET", "/_emulator/clock")
    assert (shown["skew_s"], shown["elapsed_s"]) == (0, 0)
    assert (emulator.log(), emulator.calls(), emulator.stats()["requests"]) == ([], [], {})
    assert emulator.keys(PUBLIC) == ["k"]


def test_reset_of_objects(emulator: Emulator, url: str) -> None:
    emulator.put(PRIVATE, "p", b"x")
    base = f"/buckets/{PUBLIC}/objects/~/uploads"
    headers = {"Authorization": f"UpToken {emulator.upload_token(PUBLIC)}"}
    upload = emulator.call("POST", base, b"", headers)["uploadId"]
    emulator.reset()
    assert (emulator.keys(PUBLIC), emulator.keys(PRIVATE)) == ([], [])
    with pytest.raises(EmulatorError, match="no such uploadId"):
        emulator.call("GET", f"{base}/{upload}", b"", headers)
    assert fetch(url).status == 404
    assert fetch(f"{emulator.domain(PRIVATE)}/p").status == 401, "it is private as before"
    emulator.put(PUBLIC, "k", b"new")
    assert fetch(url).body == b"new"


def test_reset_comes_back_to_the_rules_of_the_file(tmp_path: Path) -> None:
    rules = [{"host": "rsf", "status": 502}]
    file = tmp_path / "faults.json"
    file.write_text(json.dumps(rules))
    with Emulator(PUBLIC, options=["--no-sync", f"--faults={file}"]) as emulator:
        for change in (emulator.clear_faults, lambda: emulator.faults([{"status": 599}])):
            change()
            emulator.reset()
            assert emulator.rules() == [{"rule": rules[0], "matched": 0, "fired": 0}]


@pytest.mark.parametrize("body", [b'{"objects": 1}', b'{"surprise": true}', b"[]", b"{"])
def test_bad_resets(emulator: Emulator, url: str, body: bytes) -> None:
    answer = fetch(f"{emulator.uc}/_emulator/reset", method="POST", body=body)
    assert answer.status == 400
    assert answer.error().startswith("invalid reset: ")
    assert emulator.keys(PUBLIC) == ["k"]


def test_buckets_as_they_were(emulator: Emulator, bucket: str) -> None:
    """Settings come back, what was made goes, what was dropped is made again."""
    emulator.manage("POST", f"/maxAge?bucket={PUBLIC}&maxAge=1")
    emulator.manage("POST", f"/drop/{PRIVATE}")
    made = emulator.manage("POST", f"/v2/domains?tbl={bucket}")
    emulator.reset()
    assert emulator.manage("GET", "/buckets") == [PRIVATE, PUBLIC]
    assert emulator.manage("POST", f"/v2/bucketInfo?bucket={PUBLIC}")["max_age"] != 1
    assert fetch(f"http://{emulator.manage('POST', f'/v2/domains?tbl={PRIVATE}')[0]}/k").status == 401
    with pytest.raises(ConnectionRefusedError):
        fetch(f"http://{made[0]}/k")


def bound(emulator: Emulator, bucket: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = emulator.manage("GET", f"/v3/domains?tbl={bucket}")
    return rows


def test_a_buckets_lists_of_domains_tell_what_was_set(emulator: Emulator, bucket: str) -> None:
    (own,) = bound(emulator, bucket)
    names = [
        {"domain": "img.example.com", "ctime": 1_700_000_000, "domaintype": 0},
        {"domain": "old.example.com", "freeze_types": ["icp"]},
        {"domain": "s3.example.com", "apiscope": 1},
    ]
    emulator.domains(bucket, names)
    first, second, third = bound(emulator, bucket)
    assert (first["domain"], first["ctime"], first["domaintype"]) == ("img.example.com", 1_700_000_000, 0)
    assert (second["ctime"], second["domaintype"], second["freeze_types"]) == (own["ctime"], 1, ["icp"])
    assert third["apiscope"] == 1
    told = [name["domain"] for name in names]
    assert emulator.manage("GET", f"/v2/domains?tbl={bucket}") == told
    assert emulator.manage("GET", f"/v6/domain/list?tbl={bucket}") == told
    emulator.domains(bucket, None)
    assert bound(emulator, bucket) == [own]


@pytest.mark.parametrize("again", ["reset", "dropped"])
def test_lists_of_domains_are_as_at_the_start_again(emulator: Emulator, bucket: str, again: str) -> None:
    emulator.domains(bucket, [])
    assert bound(emulator, bucket) == []
    if again == "reset":
        emulator.reset(objects=False)
    else:
        emulator.manage("POST", f"/drop/{bucket}")
        emulator.manage("POST", f"/mkbucketv3/{bucket}")
    assert len(bound(emulator, bucket)) == 1


@pytest.mark.parametrize(
    ("setting", "status", "error"),
    [
        ({"bucket": "nobody", "domains": []}, 631, "no such bucket"),
        ({"bucket": PUBLIC}, 400, "domains"),
        ({"bucket": PUBLIC, "domains": [{"domain": ""}]}, 400, "domains[0].domain"),
        ({"bucket": PUBLIC, "domains": [{"domain": "a", "domaintype": 2}]}, 400, "domaintype"),
        ({"bucket": PUBLIC, "domains": [{"domain": "a", "expires": 2}]}, 400, "expires"),
    ],
)
def test_bad_settings_of_domains(emulator: Emulator, setting: object, status: int, error: str) -> None:
    answer = fetch(f"{emulator.uc}/_emulator/domains", method="POST", body=json.dumps(setting).encode())
    assert answer.status == status
    assert error in answer.error()
