"""Callbacks to an application's server, on real sockets and from the table of addresses (protocol §2.4)."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import pytest
import qiniu

from tests.emulator.app_server import AppServer, app_server
from tests.emulator.conftest import PUBLIC
from tests.emulator.forms import upload
from tests.emulator.sources import say, serving
from tests.emulator.wire import Answer
from tests.emulator_process import Emulator

FORM = "application/x-www-form-urlencoded"
FAR = "http://app.example.com/callback"
BODY = "key=$(key)&hash=$(etag)&size=$(fsize)&name=$(x:name)"


@pytest.fixture
def app() -> Iterator[AppServer]:
    with app_server() as server:
        yield server


@pytest.fixture
def auth(emulator: Emulator) -> qiniu.Auth:
    return qiniu.Auth(emulator.access_key, emulator.secret_key)


def send(emulator: Emulator, url: str, key: str | None = "k", scope: str | None = None, **policy: Any) -> Answer:
    fields = {"callbackUrl": url, "callbackBody": BODY, **policy}
    return upload(emulator, emulator.upload_token(PUBLIC, scope, **fields), key, b"hello", ("x:name", b"a&b"))


def failure(answer: Answer) -> dict[str, Any]:
    """What a 579 tells."""
    assert answer.status == 579
    told: dict[str, Any] = json.loads(answer.error())
    return told


def test_the_application_gets_a_signed_form_and_its_answer_is_the_answer(
    emulator: Emulator, app: AppServer, auth: qiniu.Auth
) -> None:
    app.answers({"id": 7})
    answer = send(emulator, f"{app.url}/call?a=1")
    assert (answer.status, answer.json(), answer.headers["content-type"]) == (200, {"id": 7}, "application/json")
    (call,) = app.received
    assert call.target == "/call?a=1"
    assert call.headers["content-type"] == FORM
    assert call.headers["host"] == app.url.removeprefix("http://")
    assert parse_qs(call.body.decode()) == {
        "key": ["k"],
        "hash": ["Fqr0xh3cxeii2r7eDztILNmuqUNN"],
        "size": ["5"],
        "name": ["a&b"],
    }
    signature = call.headers["authorization"]
    assert auth.verify_callback(signature, f"{app.url}/call?a=1", call.body.decode(), FORM)
    assert not auth.verify_callback(signature, f"{app.url}/call?a=2", call.body.decode(), FORM)
    assert not auth.verify_callback(signature, f"{app.url}/call?a=1", call.body.decode() + "&", FORM)


def test_a_json_callback(emulator: Emulator, app: AppServer, auth: qiniu.Auth) -> None:
    body = '{"key": $(key), "name": "$(x:name)", "w": $(imageInfo.width)}'
    key = '"ж"\n'
    assert send(emulator, app.url, key, callbackBody=body, callbackBodyType="application/json").status == 200
    (call,) = app.received
    assert json.loads(call.body) == {"key": key, "name": "a&b", "w": None}
    assert (call.target, call.headers["content-type"]) == ("/", "application/json")
    signature = call.headers["authorization"]
    assert auth.verify_callback(signature, f"{app.url}/", call.body.decode(), "application/json")


def test_the_host_is_the_one_of_the_policy(emulator: Emulator, app: AppServer) -> None:
    send(emulator, app.url, callbackHost="app.example.com:8080")
    assert app.received[0].headers["host"] == "app.example.com:8080"


def test_urls_are_tried_in_order(emulator: Emulator, app: AppServer) -> None:
    emulator.urls({f"{FAR}/1": {"status": 500, "body": "{}"}, f"{FAR}/3": {"body": "{}"}})
    answer = send(emulator, f"{FAR}/1; {app.url}/2 ;{FAR}/3")
    assert answer.json() == {"success": True}
    assert [call["url"] for call in emulator.calls()][-2:] == [f"{FAR}/1", f"{app.url}/2"]
    assert [call.target for call in app.received] == ["/2"]


def test_urls_have_variables_too(emulator: Emulator, app: AppServer) -> None:
    send(emulator, f"{app.url}/$(bucket)?key=$(key)&sha=$(bodySha1)", "a b/ж")
    (call,) = app.received
    digest = hashlib.sha1(call.body).hexdigest()
    assert call.target == f"/{PUBLIC}?key=a+b%2F%D0%B6&sha={digest}"


@pytest.mark.parametrize(
    ("canned", "code"),
    [({"status": 404, "body": "{}"}, 404), ({"status": 201, "body": "{}"}, 201), ({"body": "<html>"}, 200)],
)
def test_a_failed_callback_leaves_the_object(emulator: Emulator, canned: dict[str, Any], code: int) -> None:
    emulator.urls({FAR: canned})
    told = failure(send(emulator, FAR))
    assert (told["callback_url"], told["callback_bodyType"], told["err_code"]) == (FAR, FORM, code)
    assert told["callback_body"] == "key=k&hash=Fqr0xh3cxeii2r7eDztILNmuqUNN&size=5&name=a%26b"
    assert (told["key"], told["hash"]) == ("k", "Fqr0xh3cxeii2r7eDztILNmuqUNN")
    assert emulator.stat(PUBLIC, "k")["fsize"] == 5


@pytest.mark.parametrize(
    "url",
    ["http://192.0.2.1/x", "https://127.0.0.1/", "ftp://x", "x", "http://[", "http://127.0.0.1:1/", "//", " ", ";"],
)
def test_an_address_that_cannot_be_reached(emulator: Emulator, url: str) -> None:
    assert failure(send(emulator, url))["err_code"] == 502
    assert emulator.keys(PUBLIC) == ["k"]


def test_an_address_is_taken_apart_as_it_is_dialled(emulator: Emulator) -> None:
    """Parsers of URLs do not agree on which of the two hosts this names."""
    told = failure(send(emulator, "http://192.0.2.1\\@127.0.0.1:1/"))
    assert told["error"].endswith("this emulator only reaches loopback and the addresses of its table")


def test_separators_around_addresses_do_not_count(emulator: Emulator) -> None:
    emulator.urls({FAR: {"status": 404}})
    told = failure(send(emulator, f";{FAR}; ;"))
    assert (told["callback_url"], told["err_code"]) == (FAR, 404)


def test_return_body_and_url_do_not_count_beside_a_callback(emulator: Emulator) -> None:
    emulator.urls({FAR: {"body": '{"app":1}'}})
    assert send(emulator, FAR, returnBody='{"no":1}', returnUrl="http://x").json() == {"app": 1}


def test_parts_call_back_once_and_a_repeated_complete_gets_the_same_failure(emulator: Emulator, app: AppServer) -> None:
    app.answers({}, 500)
    token = emulator.upload_token(PUBLIC, "k", callbackUrl=app.url, callbackBody=BODY)
    headers = {"Authorization": f"UpToken {token}"}
    base = f"/buckets/{PUBLIC}/objects/aw==/uploads"
    path = f"{base}/{emulator.call('POST', base, b'', headers)['uploadId']}"
    etag = emulator.call("PUT", f"{path}/1", b"hello", headers)["etag"]
    document = json.dumps({"parts": [{"partNumber": 1, "etag": etag}], "customVars": {"x:name": "n"}}).encode()
    answers = [emulator.request("POST", path, document, headers) for _ in range(2)]
    assert [(status, body) for status, _, body in answers] == [(579, answers[0][2])] * 2
    assert len(app.received) == 1
    assert emulator.stat(PUBLIC, "k")["fsize"] == 5


def test_the_application_names_the_object(emulator: Emulator, app: AppServer) -> None:
    app.answers({"key": "named/by app", "payload": {"url": "u"}})
    assert send(emulator, app.url, "k", callbackFetchKey=1).json() == {"url": "u"}
    assert emulator.keys(PUBLIC) == ["named/by app"]


@pytest.mark.parametrize("answer", [{}, {"key": 1}, {"key": "x" * 751}, []])
def test_an_application_that_gives_no_name(emulator: Emulator, app: AppServer, answer: object) -> None:
    app.answers(answer)
    assert failure(send(emulator, app.url, "k", callbackFetchKey=1))["key"] == "k"
    assert emulator.keys(PUBLIC) == ["k"]


def test_a_name_that_the_policy_does_not_permit(emulator: Emulator, app: AppServer) -> None:
    app.answers({"key": "other", "payload": {}})
    assert send(emulator, app.url, "k", "k", callbackFetchKey=1).status == 403
    emulator.put(PUBLIC, "other", b"different")
    assert send(emulator, app.url, "k", callbackFetchKey=1).status == 614
    assert emulator.keys(PUBLIC) == ["other"]


def test_a_callback_may_use_the_cloud_that_calls(emulator: Emulator) -> None:
    """The emulator does not wait for itself."""
    policy = {"callbackUrl": f"{emulator.uc}/put/-1/key/{base64.urlsafe_b64encode(b'inner').decode()}"}
    answer = upload(emulator, emulator.upload_token(PUBLIC, "k", **policy), "k", b"hello")
    assert failure(answer)["err_code"] == 401


def test_many_callbacks_at_once_whose_applications_upload_and_are_called_back(emulator: Emulator) -> None:
    """None waits for another one to end."""
    all_called = threading.Barrier(70, timeout=20)

    def upload_again(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/last":
            return say(request, b"{}")
        all_called.wait()
        key = request.path
        inner = emulator.upload_token(PUBLIC, key, callbackUrl=f"http://{request.headers['Host']}/last")
        return say(request, b"%d" % upload(emulator, inner, key, b"inner").status)

    with serving(upload_again) as url, ThreadPoolExecutor(70) as pool:
        answers = list(pool.map(lambda number: send(emulator, f"{url}/{number}", f"{number}"), range(70)))
    assert {(answer.status, answer.body) for answer in answers} == {(200, b"200")}
