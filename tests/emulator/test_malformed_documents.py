"""Documents, forms and names that are nearly right: deeper than random bytes would get (see `test_malformed.py`)."""

import base64
import json
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.conftest import PUBLIC
from tests.emulator.polite import assert_polite, signed
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, b64url

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)

NASTY_TEXTS = st.one_of(
    st.sampled_from(
        ["", "k", "\0", "a\r\nX: y", "\ud800", "\U0010ffff", "x" * 800, "text/plain", "é", "../x", "1", "-1"]
    ),
    st.text(max_size=5),
)
NASTY_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**30, 1e400, -0.5]),
    NASTY_TEXTS,
    st.just([]),
    st.just({}),
)
META_NAMES = st.sampled_from(
    [
        "x-qn-meta-a",
        "x-qn-meta-",
        "x-qn-meta-!Content-Type",
        "x-qn-meta-!X",
        "x-qn-meta-!Content-Length",
        "x:a",
        "a",
        "é",
    ]
)
FIELD_NAMES = st.one_of(
    META_NAMES, st.sampled_from(["token", "key", "file", "crc32", "accept", "x:", "cacheControl", "", "\r\n"])
)


def json_bytes(value: Any) -> bytes:
    """JSON with lone surrogates as clients may escape them."""
    return json.dumps(value).encode()


@given(
    members=st.dictionaries(
        st.sampled_from(["fname", "mimeType", "metadata", "customVars", "cacheControl", "parts", "surprise"]),
        st.one_of(NASTY_VALUES, st.dictionaries(META_NAMES, NASTY_VALUES, max_size=2)),
        max_size=4,
    )
)
@relaxed
def test_completes(emulator: Emulator, members: dict[str, Any]) -> None:
    headers = {"Authorization": f"UpToken {emulator.upload_token(PUBLIC)}"}
    base = f"/buckets/{PUBLIC}/objects/{b64url(b'k')}/uploads"
    upload = f"{base}/{emulator.call('POST', base, b'', headers)['uploadId']}"
    etag = emulator.call("PUT", f"{upload}/1", b"abc", headers)["etag"]
    document = {"parts": [{"partNumber": 1, "etag": etag}], **members}
    assert_polite(emulator.request("POST", upload, json_bytes(document), headers), may_succeed=True)
    check_readable(emulator)


@given(
    fields=st.lists(
        st.tuples(FIELD_NAMES, NASTY_TEXTS, st.sampled_from([None, "", "f", "a.png", '"', "é"])), max_size=4
    ),
    with_token=st.booleans(),
    ending=st.sampled_from(["--b--\r\n", "--b--", "--b", "", "--b\r\n", "--b--\r\nmore"]),
    content_type=st.sampled_from(["", "text/plain", "a\0b", "x" * 300, "multipart/mixed; boundary=c"]),
)
@relaxed
def test_forms(
    emulator: Emulator, fields: list[tuple[str, str, str | None]], with_token: bool, ending: str, content_type: str
) -> None:
    token = [("token", emulator.upload_token(PUBLIC), None), ("file", "hello", "f")] if with_token else []
    body = ""
    for name, value, file_name in [*fields, *token]:
        named = "" if file_name is None else f'; filename="{file_name}"'
        typed = f"Content-Type: {content_type}\r\n" if content_type else ""
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n{typed}\r\n{value}\r\n'
    sent = (body + ending).encode("utf-8", "surrogatepass")
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert_polite(emulator.request("POST", "/", sent, headers), may_succeed=True)
    check_readable(emulator)


def check_readable(emulator: Emulator) -> None:
    """What came to exist can be listed, and downloaded unless it is archived."""
    for key in emulator.keys(PUBLIC):
        answer = fetch(f"{emulator.domain(PUBLIC)}/{quote_from_bytes(key.encode(), safe='')}")
        assert answer.status in {200, 403}
        emulator.delete(PUBLIC, key)


@given(
    policy=st.dictionaries(
        st.sampled_from(
            [
                "scope",
                "deadline",
                "returnBody",
                "saveKey",
                "callbackUrl",
                "endUser",
                "mimeLimit",
                "keylimit",
                "fileType",
            ]
        ),
        NASTY_VALUES,
    )
)
@relaxed
def test_policies(emulator: Emulator, policy: dict[str, Any]) -> None:
    encoded = base64.urlsafe_b64encode(json_bytes({"scope": PUBLIC, "deadline": 4_000_000_000, **policy}))
    token = f"{emulator.sign(encoded)}:{encoded.decode()}"
    body = f'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n{token}\r\n'
    body += '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello\r\n--b--\r\n'
    answer = emulator.request("POST", "/", body.encode(), {"Content-Type": "multipart/form-data; boundary=b"})
    assert_polite(answer, may_succeed=True)
    check_readable(emulator)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=st.lists(
        st.one_of(
            st.sampled_from(
                [b"buckets", PUBLIC.encode(), b"objects", b"uploads", b"~", b"", b"1", b"10001", b"\xd9\xa1"]
            ),
            st.binary(max_size=6).map(base64.urlsafe_b64encode),
            st.binary(max_size=6),
        ),
        max_size=8,
    ),
    query=st.sampled_from(
        ["", "?max-parts=0", "?max-parts=x", "?part-number-marker=%ff", "?part-number_marker=99999999"]
    ),
)
@relaxed
def test_upload_paths(emulator: Emulator, method: str, segments: list[bytes], query: str) -> None:
    path = "/buckets/" + "/".join(quote_from_bytes(segment, safe="") for segment in segments) + query
    headers = {"Authorization": f"UpToken {emulator.upload_token(PUBLIC)}"}
    assert_polite(emulator.request(method, path, b"", headers), may_succeed=True)


@given(
    conditions=st.dictionaries(
        st.sampled_from(["If-None-Match", "If-Modified-Since", "If-Range", "Range", "Referer", "Origin"]),
        st.one_of(
            st.sampled_from(
                ["*", '"', 'W/"x", ,', "Wed, 21 Oct 99999 07:28:00 GMT", "Sun, 06 Nov 1994 08:49:37 +9999"]
            ),
            st.sampled_from(["bytes=0-", "bytes=-0", f"bytes={'9' * 30}-", "bytes=5-3", "bytes=0-0,1-1", "\xff"]),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
        ),
        max_size=3,
    ),
    method=st.sampled_from(["GET", "HEAD"]),
)
@relaxed
def test_conditions(emulator: Emulator, conditions: dict[str, str], method: str) -> None:
    emulator.put(PUBLIC, "k", b"hello")
    answer = fetch(f"{emulator.domain(PUBLIC)}/k", method=method, headers=conditions)
    assert answer.status in {200, 206, 304, 416}


@given(
    path=st.sampled_from(["faults", "clock", "urls", "reset"]), document=st.one_of(NASTY_VALUES, st.lists(NASTY_VALUES))
)
@relaxed
def test_control_documents(emulator: Emulator, path: str, document: Any) -> None:
    answer = emulator.request("POST", f"/_emulator/{path}", json_bytes(document))
    assert_polite(answer, may_succeed=document in ([], {}))


@given(marker=NASTY_VALUES, count=NASTY_VALUES)
@relaxed
def test_markers(emulator: Emulator, marker: Any, count: Any) -> None:
    encoded = b64url(json_bytes({"c": count, "k": marker}))
    assert_polite(signed(emulator, "GET", f"/list?bucket={PUBLIC}&marker={encoded}"), may_succeed=True)
