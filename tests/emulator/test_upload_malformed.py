"""Whatever an uploader sends, the answer is Kodo's: no 5xx but 501 for processing and 579 for a failed callback."""

import base64
import json
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.conftest import PUBLIC
from tests.emulator.polite import assert_polite, header_text, json_values, relaxed
from tests.emulator_process import Emulator

NUMBERS = ["deadline", "isPrefixalScope", "insertOnly", "fsizeMin", "fsizeLimit", "detectMime", "fileType"]
MORE_NUMBERS = ["deleteAfterDays", "trafficLimit", "callbackFetchKey", "forceSaveKey"]
TEXTS = ["scope", "mimeLimit", "endUser", "saveKey", "returnUrl", "returnBody", "keylimit", "persistentOps"]
CALLBACK_TEXTS = ["callbackUrl", "callbackHost", "callbackBody", "callbackBodyType"]

Answer = tuple[int, dict[str, str], bytes]

odd_texts = st.one_of(
    st.text(max_size=20),
    st.lists(st.sampled_from(["$(key)", "${x:a}", "$(", "$()", '"', "\\", ";", "\n", "!", "image/*", "/"])).map(
        "".join
    ),
)
odd_segments = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"key", b"mimeType", b"fname", b"crc32", b"x:a", b"x-qn-meta-a", b"x-qn-meta-!a", b"-1", b"5"]),
    st.binary(max_size=20).map(base64.urlsafe_b64encode),
    st.sampled_from(["k", "text/css", "ж", "a\r\nb"]).map(lambda text: base64.urlsafe_b64encode(text.encode())),
)


def assert_polite_upload(answer: Answer) -> None:
    status, _, body = answer
    if status in {501, 579}:
        assert isinstance(json.loads(body)["error"], str)
    elif status != 303:
        assert_polite(answer, may_succeed=True)


def upload_with_policy(emulator: Emulator, policy: bytes) -> Answer:
    encoded = base64.urlsafe_b64encode(policy)
    token = f"{emulator.sign(encoded)}:{encoded.decode()}".encode()
    body = (
        b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n%b\r\n'
        b'--b\r\nContent-Disposition: form-data; name="x:a"\r\n\r\n"\\\xc3\xbc\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello\r\n--b--\r\n' % token
    )
    return emulator.request("POST", "/", body, {"Content-Type": "multipart/form-data; boundary=b"})


def token_header(emulator: Emulator) -> dict[str, str]:
    return {"Authorization": f"UpToken {emulator.upload_token(PUBLIC)}"}


@given(policy=st.one_of(st.binary(max_size=40), json_values.map(lambda value: json.dumps(value).encode())))
@relaxed
def test_policies(emulator: Emulator, policy: bytes) -> None:
    assert_polite(upload_with_policy(emulator, policy))


@given(
    numbers=st.dictionaries(
        st.sampled_from([*NUMBERS, *MORE_NUMBERS]),
        st.one_of(json_values, st.sampled_from([4_000_000_000, 0, 1, -1, 10**30, 819_200_000, "1", "true"])),
    ),
    texts=st.dictionaries(
        st.sampled_from([*TEXTS, *CALLBACK_TEXTS]), st.one_of(json_values, odd_texts, st.just(f"{PUBLIC}:k"))
    ),
)
@relaxed
def test_policy_fields(emulator: Emulator, numbers: dict[str, Any], texts: dict[str, Any]) -> None:
    policy = {"scope": PUBLIC, "deadline": 4_000_000_000, **numbers, **texts}
    assert_polite_upload(upload_with_policy(emulator, json.dumps(policy).encode()))


@given(body=odd_texts, body_type=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "x"]))
@relaxed
def test_templates(emulator: Emulator, body: str, body_type: str) -> None:
    policy = {"scope": PUBLIC, "deadline": 4_000_000_000, "saveKey": body, "returnBody": body}
    assert_polite_upload(upload_with_policy(emulator, json.dumps(policy).encode()))
    callback = {"callbackUrl": f"http://127.0.0.1:1/{body}", "callbackBody": body, "callbackBodyType": body_type}
    assert_polite_upload(upload_with_policy(emulator, json.dumps({**policy, **callback}).encode()))


@given(body=st.binary(max_size=200), content_type=st.one_of(header_text, st.just("multipart/form-data; boundary=b")))
@relaxed
def test_forms(emulator: Emulator, body: bytes, content_type: str) -> None:
    for sent in (
        body,
        b"--b\r\n" + body,
        b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n' + body + b"\r\n--b--",
    ):
        assert_polite(emulator.request("POST", "/", sent, {"Content-Type": content_type}))


@given(
    fields=st.lists(
        st.tuples(
            st.sampled_from(["key", "crc32", "accept", "expires", "x:a", "x:", "x-qn-meta-a", "token", "file", "y"]),
            st.one_of(st.binary(max_size=20), odd_texts.map(lambda text: text.encode("utf-8", "replace"))),
        ),
        max_size=4,
    ),
    file_name=st.binary(max_size=10),
)
@relaxed
def test_form_fields(emulator: Emulator, fields: list[tuple[str, bytes]], file_name: bytes) -> None:
    token = emulator.upload_token(PUBLIC, returnBody='{"n":$(fname)}').encode()
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), value)
        for name, value in [("token", token), *fields]
    ]
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\nhello\r\n--b--\r\n' % file_name
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert_polite(emulator.request("POST", "/", b"".join([*parts, head]), headers), may_succeed=True)


@given(document=st.one_of(st.binary(max_size=30), json_values.map(lambda value: json.dumps({"parts": value}).encode())))
@relaxed
def test_completes(emulator: Emulator, document: bytes) -> None:
    headers = token_header(emulator)
    base = f"/buckets/{PUBLIC}/objects/~/uploads"
    upload = json.loads(emulator.request("POST", base, b"", headers)[2])["uploadId"]
    assert_polite(emulator.request("POST", f"{base}/{upload}", document, headers))


@given(
    members=st.dictionaries(
        st.sampled_from(["fname", "mimeType", "metadata", "customVars", "cacheControl", "expires"]),
        st.one_of(json_values, odd_texts, st.dictionaries(st.sampled_from(["x:a", "b", "x-qn-meta-a"]), odd_texts)),
    )
)
@relaxed
def test_what_a_complete_says(emulator: Emulator, members: dict[str, Any]) -> None:
    headers = token_header(emulator)
    base = f"/buckets/{PUBLIC}/objects/~/uploads"
    upload = f"{base}/" + json.loads(emulator.request("POST", base, b"", headers)[2])["uploadId"]
    etag = json.loads(emulator.request("PUT", f"{upload}/1", b"x", headers)[2])["etag"]
    document = json.dumps({"parts": [{"partNumber": 1, "etag": etag}], **members}).encode()
    assert_polite(emulator.request("POST", upload, document, headers), may_succeed=True)


def test_json_that_is_nested_without_end(emulator: Emulator) -> None:
    """In a policy, in a complete, in what an application answers."""
    nested = b"[" * 10_000 + b"]" * 10_000
    policy = b'{"scope":"%b","deadline":4000000000,"x":%b}' % (PUBLIC.encode(), nested)
    status, _, body = upload_with_policy(emulator, policy)
    assert (status, json.loads(body)["error"].partition(":")[0]) == (401, "invalid put policy encoding")
    headers, base = token_header(emulator), f"/buckets/{PUBLIC}/objects/~/uploads"
    upload = f"{base}/" + json.loads(emulator.request("POST", base, b"", headers)[2])["uploadId"]
    document = b'{"parts":[{"partNumber":1,"etag":"x","x":%b}]}' % nested
    assert emulator.request("POST", upload, document, headers)[0] == 400
    emulator.urls({"http://app/": {"body": f'{{"key":"k","payload":{nested.decode()}}}'}})
    for fetch_key in (0, 1):
        called = {"callbackUrl": "http://app/", "callbackFetchKey": fetch_key, "saveKey": f"k{fetch_key}"}
        document = json.dumps({"scope": PUBLIC, "deadline": 4_000_000_000, **called}).encode()
        assert upload_with_policy(emulator, document)[0] == 579
    assert emulator.keys(PUBLIC) == ["k0", "k1"]


@given(
    call=st.sampled_from(["mkblk", "bput", "mkfile", "put", "putb64"]),
    segments=st.lists(odd_segments, max_size=6),
    body=st.binary(max_size=12),
)
@relaxed
def test_paths_and_bodies(emulator: Emulator, call: str, segments: list[bytes], body: bytes) -> None:
    path = f"/{call}/" + "/".join(quote_from_bytes(segment, safe="") for segment in segments)
    assert_polite(emulator.request("POST", path, body, token_header(emulator)), may_succeed=True)
    assert_polite(emulator.request("POST", f"/{call}/5/{path}", body, token_header(emulator)), may_succeed=True)


@given(cuts=st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=2)), min_size=1, max_size=3))
@relaxed
def test_altered_contexts(emulator: Emulator, cuts: list[tuple[int, bytes]]) -> None:
    headers = token_header(emulator)
    made = json.loads(emulator.request("POST", "/mkblk/6", b"abc", headers)[2])["ctx"].encode()
    ctx = made
    for position, text in cuts:
        ctx = ctx[:position] + text + ctx[position + 1 :]
    status, _, body = emulator.request("POST", f"/bput/{quote_from_bytes(ctx, safe='')}/3", b"def", headers)
    assert (status == 200) == (base64_of(ctx) == base64_of(made)), body
    assert status in {200, 400, 701}


def base64_of(ctx: bytes) -> bytes | None:
    """What a ctx encodes; a letter may be altered without altering that."""
    try:
        return base64.b64decode(ctx + b"=" * (-len(ctx) % 4), b"-_", validate=True)
    except ValueError:
        return None
