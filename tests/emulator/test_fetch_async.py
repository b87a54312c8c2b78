"""Asynchronous fetches: queued, checked, told to a callback; and the processing that the api host refuses."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import qiniu

from tests.emulator.conftest import PUBLIC
from tests.emulator.sources import say, serving
from tests.emulator.wire import Answer, fetch
from tests.emulator_process import Emulator, EmulatorError

URL = "http://far.example.com/dir/a%20b.txt?x=1"
HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"
MD5 = "5d41402abc4b2a76b9719d911017c592"


@pytest.fixture
def table(emulator: Emulator) -> Iterator[Emulator]:
    emulator.call("DELETE", "/_emulator/calls")
    emulator.urls(
        {
            URL: {"body": "hello", "headers": {"Content-Type": "text/plain"}},
            "http://far.example.com/broken": {"status": 500},
            "http://app.example.com/told?by=kodo": {"body": "{}"},
            "http://app.example.com/deaf": {"status": 500},
        }
    )
    yield emulator
    emulator.call("DELETE", "/_emulator/urls")


def submit(emulator: Emulator, job: dict[str, Any] | bytes) -> Answer:
    """As SDKs do: a signed JSON document."""
    body = job if isinstance(job, bytes) else json.dumps(job).encode()
    headers = emulator.signed("POST", "/sisyphus/fetch", body, "application/json")
    return fetch(f"{emulator.uc}/sisyphus/fetch", method="POST", headers=headers, body=body)


def wait(emulator: Emulator, task_id: str) -> int:
    answer: dict[str, Any] = emulator.manage("GET", f"/sisyphus/fetch?id={task_id}")
    assert answer["id"] == task_id
    ahead: int = answer["wait"]
    return ahead


def done(emulator: Emulator, **job: Any) -> list[dict[str, Any]]:
    """Submit a job, wait until it is done, and give the callbacks."""
    answer = submit(emulator, job)
    assert answer.status == 200, answer.body
    while wait(emulator, answer.json()["id"]) != -1:
        pass
    return [call for call in emulator.calls() if call["method"] == "POST"]


def body_of(call: dict[str, Any]) -> bytes:
    return base64.b64decode(call["body"])


def test_a_job_becomes_an_object(table: Emulator) -> None:
    assert done(table, url=URL, bucket=PUBLIC, key="k", file_type=1, host="origin", md5=MD5.upper(), etag=HELLO) == []
    stat = table.stat(PUBLIC, "k")
    assert (stat["hash"], stat["type"], stat["mimeType"]) == (HELLO, 1, "text/plain")
    assert table.calls()[0]["headers"]["Host"] == "origin"


def test_a_callback_that_would_be_too_long_is_a_failure(table: Emulator) -> None:
    url, told = "http://far.example.com/" + "x" * 6000, "http://app.example.com/told?by=kodo"
    table.urls({url: {"body": "hello"}, told: {}})
    (call,) = done(table, url=url, bucket=PUBLIC, key="k", callbackurl=told, callbackbody="$(fname)" * 50)
    failure = json.loads(body_of(call))
    assert (failure["code"], failure["err"]) == (400, "template too large")


def test_without_a_key_the_hash_is_the_key(table: Emulator) -> None:
    done(table, url=f"http://far.example.com/broken;{URL}", bucket=PUBLIC, key=None, md5="")
    assert table.keys(PUBLIC) == [HELLO]


def test_the_next_url_helps_only_where_a_url_failed(table: Emulator) -> None:
    urls = f"http://far.example.com/broken;{URL}"
    done(table, url=urls, bucket=PUBLIC, key="k", md5=MD5)
    assert [call["url"] for call in table.calls()] == urls.split(";")
    table.call("DELETE", "/_emulator/calls")
    done(table, url=f"{URL};{URL}", bucket=PUBLIC, ignore_same_key=True)
    assert table.keys(PUBLIC) == [HELLO, "k"]
    done(table, url=f"{URL};{URL}", bucket=PUBLIC, ignore_same_key=True)  # The hash is the key, and is there.
    assert len(table.calls()) == 2


def test_a_form_callback_is_filled_in_and_signed(table: Emulator) -> None:
    template = "k=$(key)&h=$(etag)&f=$(fname)&s=$(fsize)&m=$(mimeType)&b=$(bucket)&no=$(x:no)"
    told = "http://app.example.com/told?by=kodo"
    calls = done(table, url=URL, bucket=PUBLIC, key="a&b", callbackurl=told, callbackbody=template, callbackhost="app")
    (call,) = calls
    fields = parse_qs(body_of(call).decode(), keep_blank_values=True)
    assert {name: values[0] for name, values in fields.items()} == {
        "k": "a&b",
        "h": HELLO,
        "f": "a b.txt",
        "s": "5",
        "m": "text/plain",
        "b": PUBLIC,
        "no": "",
    }
    headers = call["headers"]
    assert (headers["Host"], headers["Content-Type"]) == ("app", "application/x-www-form-urlencoded")
    auth = qiniu.Auth(table.access_key, table.secret_key)
    assert auth.verify_callback(headers["Authorization"], told, body_of(call).decode())


def test_a_json_callback_in_both_styles_of_quoting(table: Emulator) -> None:
    template = '{"key":$(key),"again":"$(key)","both":"<$(key)|$(fsize)>","size":$(fsize),"odd\\"":$(etag)}'
    (call,) = done(
        table,
        url=URL,
        bucket=PUBLIC,
        key='say "hi"',
        callbackbodytype="application/json",
        callbackurl="http://app.example.com/told?by=kodo",
        callbackbody=template,
    )
    key = 'say "hi"'
    both = '<say "hi"|5>'
    assert json.loads(body_of(call)) == {"key": key, "again": key, "both": both, "size": 5, 'odd"': HELLO}
    assert call["headers"]["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("job", "code", "words"),
    [
        ({"url": "http://far.example.com/broken"}, 478, "E500"),
        ({"url": URL, "md5": "0" * 32}, 400, "md5"),
        ({"url": URL, "etag": "F"}, 400, "etag"),
        ({"url": URL, "ignore_same_key": True}, 614, "file exists"),
        ({"url": URL, "ignore_same_key": True, "key": None}, 614, "file exists"),
    ],
)
def test_a_failure_is_told_with_the_job(table: Emulator, job: dict[str, Any], code: int, words: str) -> None:
    for key in ("k", HELLO):
        table.put(PUBLIC, key, b"kept")
    urls = "http://app.example.com/deaf;http://app.example.com/told?by=kodo"
    calls = done(table, **{"bucket": PUBLIC, "key": "k", "callbackbody": "$(key)", "callbackurl": urls, **job})
    assert [call["url"] for call in calls] == urls.split(";")  # The first does not accept it.
    told = json.loads(body_of(calls[-1]))
    assert (told["code"], words in told["err"], told["url"], told["bucket"]) == (code, True, job["url"], PUBLIC)
    assert told["callbackbody"] == "$(key)"
    assert all(table.stat(PUBLIC, key)["fsize"] == 4 for key in ("k", HELLO))


@pytest.mark.parametrize(
    "job",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 200_000,
        {"bucket": PUBLIC},
        {"url": "", "bucket": PUBLIC},
        {"url": ";", "bucket": PUBLIC},
        {"url": URL, "bucket": ""},
        {"url": URL, "bucket": PUBLIC, "callbackurl": "http://app.example.com/"},
        {"url": URL, "bucket": PUBLIC, "key": "k" * 751},
        {"url": URL, "bucket": PUBLIC, "file_type": 6},
        {"url": URL, "bucket": PUBLIC, "surprise": 1},
    ],
)
def test_what_is_no_job(table: Emulator, job: dict[str, Any] | bytes) -> None:
    answer = submit(table, job)
    assert (answer.status, isinstance(answer.error(), str)) == (400, True)
    assert table.calls() == []


def test_other_refusals(table: Emulator) -> None:
    assert submit(table, {"url": URL, "bucket": "nowhere"}).status == 631
    assert fetch(f"{table.uc}/sisyphus/fetch", method="POST", body=b"{}").status == 401
    stranger = base64.urlsafe_b64encode(b'{"zone":"z0","queue":"q","part_id":-1,"offset":0}').decode()
    for query, status in (("", 400), ("?id=!", 400), ("?id=e30=", 400), (f"?id={stranger}", 404), ("?more=1", 400)):
        with pytest.raises(EmulatorError) as caught:
            table.manage("GET", f"/sisyphus/fetch{query}")
        assert caught.value.status == status


def test_jobs_wait_their_turn_and_end_with_the_server(tmp_path: Path) -> None:
    asked, over = threading.Semaphore(0), threading.Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.release()
        over.wait()
        say(request, b"hello")

    with serving(answer) as url:
        emulator = Emulator(PUBLIC, data=tmp_path / "data")
        ids = []
        for number in range(7):
            ids.append(submit(emulator, {"url": url, "bucket": PUBLIC, "key": str(number)}).json()["id"])
            if number < 4:
                assert asked.acquire(timeout=60)  # Four are fetched at once.
        assert [wait(emulator, task_id) for task_id in ids] == [0, 0, 0, 0, 4, 5, 6]
        emulator.put(PUBLIC, "meanwhile", b"x")
        assert emulator.stop() == 0
        over.set()
    with Emulator(data=tmp_path / "data") as again:
        assert again.keys(PUBLIC) == ["meanwhile"]
        for task_id in ids:
            with pytest.raises(EmulatorError, match="404"):
                wait(again, task_id)


def test_the_queue_is_bounded(tmp_path: Path) -> None:
    over = threading.Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        over.wait()
        say(request, b"hello")

    with serving(answer) as url, Emulator(PUBLIC) as emulator:
        statuses = [submit(emulator, {"url": url, "bucket": PUBLIC}).status for _ in range(1010)]
        assert statuses[:1000] == [200] * 1000
        assert statuses[-1] == 573
        over.set()


@pytest.mark.parametrize("path", ["/pfop/", "/pfop", "/prefop?id=x", "/status/get/prefop?id=x"])
def test_processing_is_refused_by_name(emulator: Emulator, path: str) -> None:
    for method in ("GET", "POST"):
        answer = fetch(f"{emulator.uc}{path}", method=method)
        assert (answer.status, answer.error()) == (501, "not supported by this emulator: pfop")
