"""Upload tokens: each field of a policy, where it holds and where it refuses (protocol §2.4)."""

import base64
import io
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
import qiniu
from qiniu import Auth

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PUBLIC
from tests.conformance.python.helpers import refusal, upload
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"
DAY_S = 86_400


def put(sdk: Auth, scope_key: str | None, key: str | None, policy: dict[str, Any], **how: Any) -> Any:
    """Put `hello`, with fields that the SDK does not know let through too."""
    token = sdk.upload_token(PUBLIC, scope_key, policy=policy, strict_policy=False)
    return qiniu.put_data(token, key, how.pop("data", b"hello"), **how)


@sdk_calls(answered=[Auth.upload_token, Auth.up_token_decode, Auth.get_bucket_name], refused=[Auth.upload_token])
def test_tokens(sdk: Auth, emulator: Emulator) -> None:
    token = sdk.upload_token("b", "dir:k", expires=100, policy={"endUser": "me", "surprise": 1})
    access_key, _, policy = Auth.up_token_decode(token)
    assert (access_key, policy["scope"], policy["endUser"]) == (emulator.access_key, "b:dir:k", "me")
    assert abs(policy["deadline"] - time.time() - 100) < 10
    assert "surprise" not in policy
    assert Auth.get_bucket_name(token) == "b"
    with pytest.raises(ValueError, match="invalid bucket name"):
        sdk.upload_token("")


REFUSED: list[tuple[str | None, str | None, dict[str, Any], int]] = [
    ("k", "other", {}, 403),
    ("k", None, {}, 403),
    ("p/", "q/k", {"isPrefixalScope": 1}, 403),
    ("k", "k", {"keylimit": ["other"]}, 403),
    (None, None, {"keylimit": ["k"]}, 403),
    ("k", "k", {"fsizeLimit": 4}, 413),
    ("k", "k", {"fsizeMin": 6}, 403),
    ("k", "k", {"mimeLimit": "image/*"}, 403),
    ("k", "k", {"mimeLimit": "!text/plain;application/octet-stream"}, 403),
    ("k", "k", {"fileType": 6}, 400),
    ("k", "k", {"deleteAfterDays": "soon"}, 401),
    ("k", "k", {"trafficLimit": 819_199}, 400),
    ("k", "k", {"trafficLimit": 838_860_801}, 400),
    ("k", "k", {"deadline": 0}, 401),
    ("k", "k", {"persistentOps": "avthumb/mp4"}, 501),
    ("k", "k", {"persistentWorkflowTemplateID": "template"}, 501),
]


@pytest.mark.parametrize(("scope_key", "key", "policy", "status"), REFUSED, ids=[str(row[2]) for row in REFUSED])
@sdk_calls(refused=[qiniu.put_data])
def test_what_a_policy_refuses(
    sdk: Auth, emulator: Emulator, scope_key: str | None, key: str | None, policy: dict[str, Any], status: int
) -> None:
    code, text = refusal(put(sdk, scope_key, key, policy))
    assert code == status, text
    assert emulator.keys(PUBLIC) == []


@sdk_calls(answered=[qiniu.put_data], refused=[qiniu.put_data])
def test_scopes_and_overwriting(sdk: Auth, emulator: Emulator) -> None:
    exists = (614, "file exists")
    assert put(sdk, None, "k", {})[1].status_code == 200
    assert put(sdk, None, "k", {})[1].status_code == 200, "the same content may come again"
    assert refusal(put(sdk, None, "k", {}, data=b"other")) == exists
    assert refusal(put(sdk, "k", "k", {"insertOnly": 1}, data=b"other")) == exists
    assert refusal(put(sdk, "", "k", {"isPrefixalScope": 1}, data=b"other")) == exists
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"hello"
    assert put(sdk, "k", "k", {}, data=b"other")[1].status_code == 200
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"other"
    assert put(sdk, "p/", "p/new", {"isPrefixalScope": 1})[1].status_code == 200
    assert put(sdk, None, "listed", {"keylimit": ["a", "listed"]})[1].status_code == 200


@sdk_calls(answered=[qiniu.put_data])
def test_limits_that_are_kept(sdk: Auth) -> None:
    policy = {"fsizeLimit": 5, "fsizeMin": 5, "mimeLimit": "image/*;text/plain", "trafficLimit": 819_200}
    assert put(sdk, "k", "k", policy, mime_type="text/plain")[1].status_code == 200
    assert put(sdk, "k", "k", {"mimeLimit": "!image/*"}, mime_type="text/plain")[1].status_code == 200


@sdk_calls(answered=[qiniu.put_data])
def test_names_by_template(sdk: Auth, emulator: Emulator) -> None:
    save = {"saveKey": "$(x:dir)/$(etag)$(ext)"}
    how = {"params": {"x:dir": "photos"}, "fname": "a.png"}
    assert put(sdk, None, None, save, **how)[0]["key"] == f"photos/{HELLO}.png"
    assert put(sdk, None, "mine", save, **how)[0]["key"] == "mine"
    assert put(sdk, None, "mine", {**save, "forceSaveKey": True}, **how)[0]["key"] == f"photos/{HELLO}.png"
    dated = put(sdk, None, None, {"saveKey": "$(year)-$(mon)-$(day)/$(hour)$(min)$(sec)"})[0]["key"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d/\d{6}", dated)
    sized = put(sdk, None, None, {"saveKey": "$(bucket)/$(fsize)/$(endUser)/$(fname)", "endUser": "me"}, fname="f")
    assert sized[0]["key"] == f"{PUBLIC}/5/me/f"
    assert f"photos/{HELLO}.png" in emulator.keys(PUBLIC)


@sdk_calls(answered=[qiniu.put_data])
def test_answers_by_template(sdk: Auth) -> None:
    bare = (
        '{"key":$(key),"hash":$(etag),"size":$(fsize),"mime":$(mimeType),"name":$(fname),"user":$(endUser),"c":$(x:c)}'
    )
    quoted = '{"key":"$(key)","bucket":"$(bucket)","ext":"$(ext)","c":"$(x:c)","none":"$(x:none)"}'
    how = {"params": {"x:c": 'r"ed'}, "fname": "a.png", "mime_type": "image/png"}
    assert put(sdk, "dir/文", "dir/文", {"returnBody": bare, "endUser": "me"}, **how)[0] == {
        "key": "dir/文",
        "hash": HELLO,
        "size": 5,
        "mime": "image/png",
        "name": "a.png",
        "user": "me",
        "c": 'r"ed',
    }
    assert put(sdk, "dir/文", "dir/文", {"returnBody": quoted}, **how)[0] == {
        "key": "dir/文",
        "bucket": PUBLIC,
        "ext": ".png",
        "c": 'r"ed',
        "none": "",
    }
    one, other = (put(sdk, "k", "k", {"returnBody": '{"uuid":$(uuid)}'})[0]["uuid"] for _ in range(2))
    assert one != other
    ret, info = put(sdk, "k", "k", {"returnBody": " "})
    assert (ret, info.status_code, info.text_body) == ({}, 200, " ")


@pytest.mark.parametrize("version", ["v1", "v2"])
@sdk_calls(answered=[qiniu.put_stream_v2])
def test_templates_of_resumable_uploads(sdk: Auth, tmp_path: Path, version: str) -> None:
    policy = {"saveKey": "$(x:dir)/$(fname)", "returnBody": '{"key":"$(key)","hash":"$(etag)","c":$(x:dir)}'}
    ret, _ = qiniu.put_stream_v2(
        sdk.upload_token(PUBLIC, policy=policy),
        None,
        io.BytesIO(b"hello"),
        "f",
        5,
        params={"x:dir": "d"},
        version=version,
        upload_progress_recorder=qiniu.UploadProgressRecorder(str(tmp_path)),
    )
    assert ret == {"key": "d/f", "hash": HELLO, "c": "d"}


@sdk_calls(answered=[qiniu.put_data])
def test_what_is_stored_with_the_object(sdk: Auth, manager: qiniu.BucketManager) -> None:
    assert put(sdk, "k", "k", {"endUser": "me", "fileType": 4, "deleteAfterDays": 3})[1].status_code == 200
    stat = manager.stat(PUBLIC, "k")[0]
    assert (stat["endUser"], stat["type"]) == ("me", 4)
    assert 3 * DAY_S <= stat["expiration"] - time.time() <= 4 * DAY_S
    assert (stat["expiration"] + 8 * 3600) % DAY_S == 0


@pytest.mark.parametrize(
    ("detect", "mime", "stored"),
    [
        (None, "text/x-mine", "text/x-mine"),
        (0, "text/x-mine", "text/x-mine"),
        (1, "text/x-mine", "image/png"),
        (-1, "text/x-mine", "text/x-mine"),
    ],
)
@sdk_calls(answered=[qiniu.put_data])
def test_mime_types(sdk: Auth, manager: qiniu.BucketManager, detect: int | None, mime: str, stored: str) -> None:
    png = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
    )
    policy = {} if detect is None else {"detectMime": detect}
    assert put(sdk, "k", "k", policy, data=png, mime_type=mime, fname="a.dat")[1].status_code == 200
    assert manager.stat(PUBLIC, "k")[0]["mimeType"] == stored


def test_a_form_of_a_browser_is_sent_on(sdk: Auth, emulator: Emulator) -> None:
    """The SDK would follow the redirect to a server that is not there, so the form is sent without it."""
    token = sdk.upload_token(
        PUBLIC, "k", policy={"returnUrl": "http://app.example.com/done", "returnBody": '{"key":$(key)}'}
    )
    boundary = "frontier"
    parts = {"token": token, "key": "k"}
    body = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    body += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello\r\n--{boundary}--\r\n'
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = fetch(emulator.uc, method="POST", headers=headers, body=body.encode())
    address, _, result = answer.headers["location"].partition("?upload_ret=")
    assert (answer.status, address) == (303, "http://app.example.com/done")
    assert json.loads(base64.urlsafe_b64decode(result)) == {"key": "k"}
    assert emulator.keys(PUBLIC) == ["k"]


ALONE: dict[str, tuple[Any, int]] = {
    "callbackUrl": ("http://127.0.0.1:1/closed", 579),
    "callbackBody": ("key=$(key)", 200),
    "callbackHost": ("app.example.com", 200),
    "callbackBodyType": ("application/json", 200),
    "callbackFetchKey": (1, 200),
    "returnUrl": ("http://127.0.0.1:1/closed", -1),  # The SDK follows the redirect.
    "returnBody": ("{}", 200),
    "endUser": ("me", 200),
    "saveKey": ("saved", 200),
    "forceSaveKey": (False, 200),
    "insertOnly": (1, 200),
    "detectMime": (1, 200),
    "mimeLimit": ("image/*", 403),
    "fsizeLimit": (1, 413),
    "fsizeMin": (6, 403),
    "keylimit": (["other"], 403),
    "persistentOps": ("avthumb/mp4", 501),
    "persistentNotifyUrl": ("http://app.example.com", 200),
    "persistentPipeline": ("mine", 200),
    "persistentType": (1, 200),
    "persistentWorkflowTemplateID": ("template", 501),
    "deleteAfterDays": (1, 200),
    "fileType": (1, 200),
    "isPrefixalScope": (1, 200),
    "transform": ("imageView2/1", 501),
    "transformFallbackKey": ("k", 200),
    "transformFallbackMode": ("mode", 200),
}


@pytest.mark.parametrize("field", sorted(qiniu.auth._policy_fields))
@sdk_calls(answered=[Auth.upload_token])
def test_every_field_that_the_sdk_knows(sdk: Auth, field: str) -> None:
    value, status = ALONE[field]
    token = sdk.upload_token(PUBLIC, "k", policy={field: value})
    assert Auth.up_token_decode(token)[2][field] == value
    _, info = qiniu.put_data(token, "k", b"hello")
    assert info.status_code == status, info.text_body


@sdk_calls(answered=[qiniu.put_data])
def test_what_a_policy_does_not_know_has_no_effect(sdk: Auth) -> None:
    assert put(sdk, "k", "k", {"surprise": 1, "return_body": "{}"})[0] == {"hash": HELLO, "key": "k"}


def test_an_object_survives_what_a_policy_refused(sdk: Auth, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k", b"first")
    for policy in ({"fsizeLimit": 1}, {"mimeLimit": "image/*"}, {"insertOnly": 1}):
        refusal(put(sdk, "k", "k", policy, data=b"second"))
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"first"
