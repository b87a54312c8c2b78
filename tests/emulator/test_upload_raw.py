"""Contents as whole bodies: /put and /putb64 (protocol §5.4)."""

import base64
import json
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodo_emulator.protocol.base64_stream import Base64Stream
from tests.emulator.conftest import PUBLIC
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, b64url


def put(emulator: Emulator, path: str, body: bytes, scope: str | None = None, **policy: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"UpToken {emulator.upload_token(PUBLIC, scope, **policy)}"}
    status, _, answer = emulator.request("POST", path, body, headers)
    return status, json.loads(answer)


@pytest.mark.parametrize("size", [0, 1, 5, 3 * MIB + 1])
@pytest.mark.parametrize("is_size_known", [True, False])
def test_contents_of_any_size(emulator: Emulator, size: int, *, is_size_known: bool) -> None:
    data = content(size)
    told = size if is_size_known else -1
    for path, body in (("put", data), ("putb64", base64.b64encode(data))):
        status, done = put(emulator, f"/{path}/{told}/key/{b64url(path.encode())}", body)
        assert (status, done["key"]) == (200, path)
        assert fetch(f"{emulator.domain(PUBLIC)}/{path}").body == data


def test_segments(emulator: Emulator) -> None:
    more = f"/mimeType/{b64url(b'text/x-own')}/x:a/{b64url(b'1')}/x-qn-meta-b/{b64url(b'c')}/fname/{b64url(b'f')}"
    crc32 = zlib.crc32(b"hello")
    for path, body in (("put", b"hello"), ("putb64", b"aGVsbG8=")):
        status, done = put(
            emulator, f"/{path}/5{more}/crc32/{crc32}", body, returnBody="[$(x:a), $(fname), $(key), $(fsize)]"
        )
        assert (status, done) == (200, ["1", "f", "Fqr0xh3cxeii2r7eDztILNmuqUNN", 5])
    stat = emulator.stat(PUBLIC, done[2])
    assert (stat["mimeType"], stat["x-qn-meta"], stat["md5"]) == (
        "text/x-own",
        {"b": "c"},
        "5d41402abc4b2a76b9719d911017c592",
    )


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/put/4", b"hello", 400),
        ("/put/6", b"hello", 400),
        ("/put/", b"hello", 400),
        ("/put/x", b"hello", 400),
        ("/put/-2", b"hello", 400),
        ("/put/5/crc32/1", b"hello", 406),
        ("/put/5/crc32/x", b"hello", 400),
        ("/put/5/surprise/AAAA", b"hello", 400),
        ("/put/5/key", b"hello", 400),
        ("/put/5?x=1", b"hello", 400),
        ("/putb64/5", b"aGVsbG8", 200),
        ("/putb64/5", b"aGVs\r\nbG8=\n", 200),
        ("/putb64/5", b"aGVsbG8*", 400),
        ("/putb64/5", b"aGVs=bG8", 400),
        ("/putb64/-1", b"aGVsbG8=aGVsbG8=", 400),
        ("/putb64/-1", b"aGVsb", 400),
        ("/putb64/8", b"aGVsbG8=", 400),
        ("/putb64/3", b"-_-_", 400),
    ],
)
def test_bad_and_odd_requests(emulator: Emulator, path: str, body: bytes, status: int) -> None:
    assert put(emulator, path, body)[0] == status


def test_policies_hold(emulator: Emulator) -> None:
    key = f"/key/{b64url(b'k')}"
    assert put(emulator, f"/put/5{key}", b"hello", "other")[0] == 403
    assert put(emulator, f"/put/5{key}", b"hello", fsizeLimit=4)[0] == 413
    assert put(emulator, f"/put/5{key}", b"hello")[0] == 200
    assert put(emulator, f"/put/5{key}", b"other")[0] == 614
    assert emulator.request("POST", f"/put/5{key}", b"hello")[0] == 401
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"hello"


@given(data=st.binary(max_size=100), cuts=st.lists(st.integers(0, 140)), newlines=st.booleans())
def test_base64_may_be_cut_anywhere(data: bytes, cuts: list[int], *, newlines: bool) -> None:
    text = base64.encodebytes(data) if newlines else base64.b64encode(data)
    ends = [*sorted(cuts), len(text)]
    stream = Base64Stream()
    decoded = b"".join(stream.feed(text[start:end]) for start, end in zip([0, *ends], ends, strict=False))
    assert decoded + stream.finish() == data


@given(body=st.one_of(st.binary(max_size=40), st.from_regex(rb"[A-Za-z0-9+/=\r\n]{0,40}", fullmatch=True)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_body_is_base64_or_refused(emulator: Emulator, body: bytes) -> None:
    status, answer = put(emulator, "/putb64/-1", body)
    assert status in {200, 400}
    if status == 200:
        stored = fetch(f"{emulator.domain(PUBLIC)}/{answer['key']}").body
        sent = body.translate(None, b"\r\n").rstrip(b"=")
        # The last letter may hold bits that belong to no byte.
        assert base64.b64encode(stored).rstrip(b"=")[: len(sent) - 1] == sent[:-1]
