"""Callbacks: the cloud tells a server of the application, which verifies the signature with the SDK and answers."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import qiniu
from qiniu import Auth, QiniuMacAuth

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PUBLIC
from tests.conformance.python.helpers import refusal
from tests.emulator.app_server import AppServer, app_server
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"


@pytest.fixture
def application() -> Iterator[AppServer]:
    with app_server() as running:
        running.answers({"from": "the application"})
        yield running


def told_at(application: AppServer) -> str:
    """The address that is to be called back."""
    return f"{application.url}/told?by=kodo"


def put(sdk: Auth, policy: dict[str, Any], key: str | None = "k") -> Any:
    token = sdk.upload_token(PUBLIC, policy=policy)
    return qiniu.put_data(token, key, b"hello", params={"x:c": "grün & blau"}, fname="a.png")


@sdk_calls(answered=[qiniu.put_data, Auth.verify_callback], refused=[Auth.verify_callback])
def test_a_form(sdk: Auth, application: AppServer, emulator: Emulator) -> None:
    ret, info = put(
        sdk,
        {
            "callbackUrl": told_at(application),
            "callbackBody": "key=$(key)&hash=$(etag)&size=$(fsize)&c=$(x:c)&none=$(x:none)",
            "returnBody": '{"not":"this"}',
        },
    )
    assert (ret, info.status_code) == ({"from": "the application"}, 200)
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"hello"
    [heard] = application.received
    assert heard.target == "/told?by=kodo"
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"
    body = heard.body.decode()
    told = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
    assert told == {"key": "k", "hash": HELLO, "size": "5", "c": "grün & blau", "none": ""}
    authorization = heard.headers["authorization"]
    told_how = {"method": "POST", "headers": heard.headers}
    assert sdk.verify_callback(authorization, told_at(application), body, **told_how)
    assert not sdk.verify_callback(authorization, told_at(application), body + "&more=1", **told_how)
    assert not sdk.verify_callback(authorization, told_at(application) + "&more=1", body, **told_how)
    assert not Auth(emulator.access_key, "wrong").verify_callback(authorization, told_at(application), body, **told_how)


@sdk_calls(answered=[qiniu.put_data, Auth.verify_callback])
def test_json(sdk: Auth, application: AppServer) -> None:
    body = '{"key":$(key),"hash":"$(etag)","size":$(fsize),"c":$(x:c)}'
    how = {"callbackUrl": told_at(application), "callbackBody": body, "callbackBodyType": "application/json"}
    assert put(sdk, how)[0] == {"from": "the application"}
    [heard] = application.received
    assert json.loads(heard.body) == {"key": "k", "hash": HELLO, "size": 5, "c": "grün & blau"}
    assert heard.headers["content-type"] == "application/json"
    assert sdk.verify_callback(
        heard.headers["authorization"],
        told_at(application),
        heard.body.decode(),
        content_type="application/json",
        method="POST",
        headers=heard.headers,
    )


@sdk_calls(answered=[qiniu.put_data])
def test_the_application_names_the_object(sdk: Auth, application: AppServer, emulator: Emulator) -> None:
    application.answers({"key": "named/by-app", "payload": {"ok": True}})
    how = {"callbackUrl": told_at(application), "callbackBody": "hash=$(etag)", "callbackFetchKey": 1}
    assert put(sdk, how, None)[0] == {"ok": True}
    assert emulator.keys(PUBLIC) == ["named/by-app"]


@sdk_calls(answered=[qiniu.put_data])
def test_the_next_address_is_tried(sdk: Auth, application: AppServer) -> None:
    urls = f"http://127.0.0.1:1/closed;{told_at(application)}"
    policy = {"callbackUrl": urls, "callbackBody": "key=$(key)", "callbackHost": "app.example.com"}
    assert put(sdk, policy)[0] == {"from": "the application"}
    assert application.received[0].headers["host"] == "app.example.com"


@pytest.mark.parametrize("trouble", ["closed", "status", "no-json"])
@sdk_calls(refused=[qiniu.put_data])
def test_an_application_that_does_not_answer_well(
    sdk: Auth, application: AppServer, emulator: Emulator, trouble: str
) -> None:
    url = "http://127.0.0.1:1/closed" if trouble == "closed" else told_at(application)
    application.answers({}, 500 if trouble == "status" else 200)
    if trouble == "no-json":
        application.answer = b"thank you"
    assert refusal(put(sdk, {"callbackUrl": url, "callbackBody": "key=$(key)"}))[0] == 579
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"hello", "the object is stored all the same"


@pytest.mark.parametrize("version", ["v1", "v2"])
@sdk_calls(answered=[qiniu.put_stream_v2], refused=[qiniu.put_stream_v2])
def test_a_resumable_upload(
    sdk: Auth, application: AppServer, emulator: Emulator, tmp_path: Path, version: str
) -> None:
    token = sdk.upload_token(PUBLIC, "k", policy={"callbackUrl": told_at(application), "callbackBody": "c=$(x:c)"})

    def put_stream(value: str) -> Any:
        recorder = qiniu.UploadProgressRecorder(str(tmp_path))
        how = {"params": {"x:c": value}, "version": version, "upload_progress_recorder": recorder}
        return qiniu.put_stream_v2(token, "k", io.BytesIO(b"hello"), "f", 5, **how)

    assert put_stream("1")[0] == {"from": "the application"}
    application.answers({}, 500)
    assert refusal(put_stream("2"))[0] == 579
    assert [heard.body for heard in application.received] == [b"c=1", b"c=2"], "579 is not tried again"
    assert emulator.keys(PUBLIC) == ["k"]


@sdk_calls(answered=[QiniuMacAuth.verify_callback], refused=[QiniuMacAuth.verify_callback])
def test_the_newer_signature_is_verified_too(emulator: Emulator) -> None:
    mac = QiniuMacAuth(emulator.access_key, emulator.secret_key)
    url, body, kind = "http://app.example.com/told", '{"a":1}', "application/json"
    authorization = "Qiniu " + mac.token_of_request("POST", "app.example.com", url, "", kind, body)
    assert mac.verify_callback(authorization, url, body, kind, method="POST")
    assert not mac.verify_callback(authorization, url, body, kind, method="GET")
