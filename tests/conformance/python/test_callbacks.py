"""Callbacks: the cloud tells a server of the application, which verifies the signature with the SDK and answers."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
import qiniu
from qiniu import Auth, QiniuMacAuth

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PUBLIC
from tests.conformance.python.helpers import refusal
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"


@dataclass(frozen=True)
class Heard:
    """One callback, as the application got it."""

    target: str
    headers: dict[str, str]
    body: str


@dataclass
class Application:
    """A server of somebody else; `status` and `body` are what it answers."""

    url: str = ""
    status: int = 200
    body: str = '{"from":"the application"}'
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def serving(application: Application) -> Iterator[Application]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            application.heard.append(Heard(self.path, dict(self.headers.items()), body))
            self.send_response(application.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(application.body)))
            self.end_headers()
            self.wfile.write(application.body.encode())

        def log_message(self, *_: Any) -> None:
            """Nothing is written to stderr."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        application.url = f"http://127.0.0.1:{server.server_port}/told?by=kodo"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield application
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def application() -> Iterator[Application]:
    with serving(Application()) as running:
        yield running


def put(sdk: Auth, policy: dict[str, Any], key: str | None = "k") -> Any:
    token = sdk.upload_token(PUBLIC, policy=policy)
    return qiniu.put_data(token, key, b"hello", params={"x:c": "grün & blau"}, fname="a.png")


@sdk_calls(answered=[qiniu.put_data, Auth.verify_callback], refused=[Auth.verify_callback])
def test_a_form(sdk: Auth, application: Application, emulator: Emulator) -> None:
    ret, info = put(
        sdk,
        {
            "callbackUrl": application.url,
            "callbackBody": "key=$(key)&hash=$(etag)&size=$(fsize)&c=$(x:c)&none=$(x:none)",
            "returnBody": '{"not":"this"}',
        },
    )
    assert (ret, info.status_code) == ({"from": "the application"}, 200)
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"hello"
    [heard] = application.heard
    assert heard.target == "/told?by=kodo"
    assert heard.headers["Content-Type"] == "application/x-www-form-urlencoded"
    told = {name: values[0] for name, values in parse_qs(heard.body, keep_blank_values=True).items()}
    assert told == {"key": "k", "hash": HELLO, "size": "5", "c": "grün & blau", "none": ""}
    authorization = heard.headers["Authorization"]
    told_how = {"method": "POST", "headers": heard.headers}
    assert sdk.verify_callback(authorization, application.url, heard.body, **told_how)
    assert not sdk.verify_callback(authorization, application.url, heard.body + "&more=1", **told_how)
    assert not sdk.verify_callback(authorization, application.url + "&more=1", heard.body, **told_how)
    assert not Auth(emulator.access_key, "wrong").verify_callback(
        authorization, application.url, heard.body, **told_how
    )


@sdk_calls(answered=[qiniu.put_data, Auth.verify_callback])
def test_json(sdk: Auth, application: Application) -> None:
    body = '{"key":$(key),"hash":"$(etag)","size":$(fsize),"c":$(x:c)}'
    how = {"callbackUrl": application.url, "callbackBody": body, "callbackBodyType": "application/json"}
    assert put(sdk, how)[0] == {"from": "the application"}
    [heard] = application.heard
    assert json.loads(heard.body) == {"key": "k", "hash": HELLO, "size": 5, "c": "grün & blau"}
    assert heard.headers["Content-Type"] == "application/json"
    assert sdk.verify_callback(
        heard.headers["Authorization"],
        application.url,
        heard.body,
        content_type="application/json",
        method="POST",
        headers=heard.headers,
    )


@sdk_calls(answered=[qiniu.put_data])
def test_the_application_names_the_object(sdk: Auth, application: Application, emulator: Emulator) -> None:
    application.body = '{"key":"named/by-app","payload":{"ok":true}}'
    how = {"callbackUrl": application.url, "callbackBody": "hash=$(etag)", "callbackFetchKey": 1}
    assert put(sdk, how, None)[0] == {"ok": True}
    assert emulator.keys(PUBLIC) == ["named/by-app"]


@sdk_calls(answered=[qiniu.put_data])
def test_the_next_address_is_tried(sdk: Auth, application: Application) -> None:
    urls = f"http://127.0.0.1:1/closed;{application.url}"
    policy = {"callbackUrl": urls, "callbackBody": "key=$(key)", "callbackHost": "app.example.com"}
    assert put(sdk, policy)[0] == {"from": "the application"}
    assert application.heard[0].headers["Host"] == "app.example.com"


@pytest.mark.parametrize("trouble", ["closed", "status", "no-json"])
@sdk_calls(refused=[qiniu.put_data])
def test_an_application_that_does_not_answer_well(
    sdk: Auth, application: Application, emulator: Emulator, trouble: str
) -> None:
    url = "http://127.0.0.1:1/closed" if trouble == "closed" else application.url
    application.status = 500 if trouble == "status" else 200
    application.body = "thank you" if trouble == "no-json" else "{}"
    assert refusal(put(sdk, {"callbackUrl": url, "callbackBody": "key=$(key)"}))[0] == 579
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"hello", "the object is stored all the same"


@sdk_calls(answered=[QiniuMacAuth.verify_callback], refused=[QiniuMacAuth.verify_callback])
def test_the_newer_signature_is_verified_too(emulator: Emulator) -> None:
    mac = QiniuMacAuth(emulator.access_key, emulator.secret_key)
    url, body, kind = "http://app.example.com/told", '{"a":1}', "application/json"
    authorization = "Qiniu " + mac.token_of_request("POST", "app.example.com", url, "", kind, body)
    assert mac.verify_callback(authorization, url, body, kind, method="POST")
    assert not mac.verify_callback(authorization, url, body, kind, method="GET")
