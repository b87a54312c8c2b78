"""Uploads: the overwrite matrix, policies, forms, parts."""

import json
import socket
from typing import Any

import pytest

from kodo_emulator.etag import Etag
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.vectors import MIB
from tests.emulator.wire import Answer, address, fetch, talk
from tests.emulator_process import Emulator, EmulatorError, b64url

BOUNDARY = "frontier"


def form(*parts: tuple[str, bytes] | tuple[str, bytes, str]) -> bytes:
    """A form body; a part with a third member is a file with that header line."""
    body = b""
    for name, value, *extra in parts:
        file_name = b'; filename="f"' if name == "file" else b""
        body += b'--%b\r\nContent-Disposition: form-data; name="%b"%b\r\n' % (
            BOUNDARY.encode(),
            name.encode(),
            file_name,
        )
        body += b"".join(line.encode() + b"\r\n" for line in extra) + b"\r\n" + value + b"\r\n"
    return body + b"--%b--\r\n" % BOUNDARY.encode()


def post(emulator: Emulator, body: bytes) -> Answer:
    return fetch(
        emulator.uc, method="POST", body=body, headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    )


def upload(emulator: Emulator, token: str, key: str | None, data: bytes, *parts: tuple[str, bytes]) -> Answer:
    fields = [("token", token.encode()), *([] if key is None else [("key", key.encode())]), *parts]
    return post(emulator, form(*fields, ("file", data)))


@pytest.mark.parametrize(
    ("scope", "policy", "same", "different"),
    [
        (None, {}, 200, 614),
        (None, {"insertOnly": 1}, 200, 614),
        ("k", {}, 200, 200),
        ("k", {"insertOnly": 1}, 200, 614),
        ("", {"isPrefixalScope": 1}, 200, 614),
        ("k", {"isPrefixalScope": 1}, 200, 614),
    ],
)
@pytest.mark.parametrize("parts", [False, True])
def test_the_overwrite_matrix(
    emulator: Emulator, scope: str | None, policy: dict[str, int], same: int, different: int, *, parts: bool
) -> None:
    def send(data: bytes) -> int:
        token = emulator.upload_token(PUBLIC, scope, **policy)
        if not parts:
            return upload(emulator, token, "k", data).status
        try:
            emulator.put_parts(PUBLIC, "k", [data], token, {})
        except EmulatorError as error:
            return error.status
        return 200

    assert send(b"first") == 200
    assert send(b"first") == same
    assert send(b"second") == different
    expected = b"second" if different == 200 else b"first"
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == expected


def test_put_time_moves_with_every_write(emulator: Emulator) -> None:
    times = []
    for _ in range(20):
        emulator.put(PUBLIC, "k", b"same")
        times.append(emulator.stat(PUBLIC, "k")["putTime"])
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("scope", "policy", "key", "status"),
    [
        ("k", {}, "other", 403),
        ("k", {}, None, 403),
        ("p/", {"isPrefixalScope": 1}, "p/x", 200),
        ("p/", {"isPrefixalScope": 1}, "x", 403),
        ("", {}, "", 200),
        ("", {}, "x", 403),
        ("k", {"fsizeLimit": 4}, "k", 413),
        ("k", {"fsizeMin": 6}, "k", 403),
        ("k", {"fsizeLimit": 5, "fsizeMin": 5}, "k", 200),
        ("k", {"mimeLimit": "image/*"}, "k", 403),
        ("k", {"mimeLimit": "!image/*;text/plain"}, "k", 200),
        ("k", {"fileType": 9}, "k", 400),
        ("k", {"callbackUrl": "http://x"}, "k", 400),
        ("k", {"deadline": "soon"}, "k", 400),
    ],
)
def test_policies(emulator: Emulator, scope: str, policy: dict[str, Any], key: str | None, status: int) -> None:
    answer = upload(emulator, emulator.upload_token(PUBLIC, scope, **policy), key, b"hello")
    assert answer.status == status, answer.body
    if "callbackUrl" in policy:
        assert "callbackUrl" in answer.error()


def test_no_key_means_the_hash(emulator: Emulator) -> None:
    answer = upload(emulator, emulator.upload_token(PUBLIC), None, b"hello")
    assert answer.json() == {"hash": "Fqr0xh3cxeii2r7eDztILNmuqUNN", "key": "Fqr0xh3cxeii2r7eDztILNmuqUNN"}


def test_a_bucket_that_is_not_there(emulator: Emulator) -> None:
    assert upload(emulator, emulator.upload_token("nowhere"), "k", b"").status == 631


def test_fields_may_follow_the_file_in_a_chunked_body(emulator: Emulator) -> None:
    body = form(
        ("file", b"hello"), ("crc32", b"907060870"), ("key", b"k"), ("token", emulator.upload_token(PUBLIC).encode())
    )
    head = (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=%b\r\n\r\n" % BOUNDARY.encode()
    )
    chunks = [b"%x\r\n%b\r\n" % (len(body[i : i + 7]), body[i : i + 7]) for i in range(0, len(body), 7)]
    assert b"200 OK" in talk(emulator.uc, head, *chunks, b"0\r\n\r\n")
    assert emulator.stat(PUBLIC, "k")["fsize"] == 5


def test_a_client_that_asks_before_it_sends(emulator: Emulator) -> None:
    body = form(("token", emulator.upload_token(PUBLIC).encode()), ("key", b"k"), ("file", b"hello"))
    head = (
        b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n"
        b"Content-Type: multipart/form-data; boundary=%b\r\n\r\n" % (len(body), BOUNDARY.encode())
    )
    with socket.create_connection(address(emulator.uc), timeout=30) as connection:
        connection.sendall(head)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_a_body_that_was_not_asked_for_is_not_waited_for(emulator: Emulator) -> None:
    head = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    received = talk(emulator.uc, head)
    assert received.startswith(b"HTTP/1.1 404")
    assert b"Connection: close" in received
    assert b"100 Continue" not in received


def test_bad_forms(emulator: Emulator) -> None:
    token = ("token", emulator.upload_token(PUBLIC).encode())
    key = ("key", b"k")
    file = ("file", b"hello")
    cases = {
        form(token, key): "file is not specified",
        form(token, key, file, file): "more than one file",
        form(token, key, file, ("crc32", b"x")): "invalid crc32",
        form(token, key, file, ("surprise", b"x")): "surprise",
        form(token, key, file, ("x-qn-meta-a b", b"x")): "a b",
        form(token, key, file, ("x-qn-meta-a", b"x" * 1024)): "metadata too large",
        form(token, key, file, ("x-qn-meta-" + "a" * 51, b"x")): "invalid metadata name",
        form(token, key, file, ("x-qn-meta-!A", b"x\r\nB: c")): "invalid metadata value",
        form(token, ("key", b"\xff"), file): "key must be utf8 encoding",
        form(token, key, file)[:-30]: "malformed form",
        b"": "malformed form",
    }
    for body, message in cases.items():
        answer = post(emulator, body)
        assert answer.status == 400, body
        assert message in answer.error()
    assert post(emulator, form(token, key, file, ("crc32", b"1"))).status == 406
    assert fetch(emulator.uc, method="POST", body=b"x").status == 400
    assert emulator.keys(PUBLIC) == []


def test_mime_types(emulator: Emulator) -> None:
    token = ("token", emulator.upload_token(PUBLIC).encode())
    for key, header, expected in (
        ("a.png", "Content-Type: text/x-own", "text/x-own"),
        ("a.css", "X-None: 1", "text/css"),
        ("a", "X-None: 1", "application/octet-stream"),
    ):
        assert post(emulator, form(token, ("key", key.encode()), ("file", b"x", header))).status == 200
        assert emulator.stat(PUBLIC, key)["mimeType"] == expected


class Multipart:
    """One resumable upload of key `k`, call by call."""

    def __init__(self, emulator: Emulator, bucket: str = PUBLIC, key: str = "k") -> None:
        self.emulator = emulator
        self.headers = {"Authorization": f"UpToken {emulator.upload_token(bucket, key)}"}
        self.base = f"/buckets/{bucket}/objects/{b64url(key.encode())}/uploads"
        self.id = self.call("POST", "")["uploadId"]

    def call(self, method: str, suffix: str, body: bytes = b"", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, _, content = self.emulator.request(method, self.base + suffix, body, {**self.headers, **named})
        if status != 200:
            raise EmulatorError(status, content)
        return json.loads(content) if content else None

    def put(self, number: int, data: bytes, **headers: str) -> dict[str, Any]:
        part = self.call("PUT", f"/{self.id}/{number}", data, **headers)
        return {"partNumber": number, "etag": part["etag"]}

    def complete(self, parts: list[dict[str, Any]], **more: object) -> Any:
        return self.call("POST", f"/{self.id}", json.dumps({"parts": parts, **more}).encode())


def test_parts_out_of_order_replaced_and_with_gaps(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    last = upload.put(9, b"end")
    upload.put(2, b"wrong")
    first = upload.put(2, bytes(MIB))
    nulls = {"fname": None, "mimeType": None, "metadata": None, "customVars": None}
    assert upload.complete([first, last], **nulls)["key"] == "k"
    assert emulator.stat(PUBLIC, "k", parts=True)["parts"] == [MIB, 3]
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == bytes(MIB) + b"end"


def test_complete_carries_metadata_and_mime(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    upload.complete([upload.put(1, b"x")], mimeType="text/css", metadata={"x-qn-meta-a": "b"}, customVars={"x:y": "z"})
    stat = emulator.stat(PUBLIC, "k")
    assert (stat["mimeType"], stat["x-qn-meta"]) == ("text/css", {"a": "b"})


def test_a_repeated_complete_gets_the_same_answer(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    parts = [upload.put(1, b"x")]
    assert upload.complete(parts) == upload.complete(parts)
    with pytest.raises(EmulatorError, match=r"612 .*no such uploadId"):
        upload.put(2, b"x")


def test_bad_completes(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    small, other = upload.put(1, b"small"), upload.put(2, bytes(MIB))
    for parts in (
        [],
        [small, other],
        [other, small],
        [{"partNumber": 1, "etag": "x"}],
        [{"partNumber": 7, "etag": "x"}],
    ):
        with pytest.raises(EmulatorError, match="400"):
            upload.complete(parts)
    with pytest.raises(EmulatorError, match=r"400 .*surprise"):
        upload.complete([other], surprise=1)
    assert upload.complete([other])["key"] == "k"


def test_part_digests(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    md5 = "9dd4e461268c8034f5c8564e155c67a6"
    assert upload.call("PUT", f"/{upload.id}/1", b"x", Content_MD5=md5)["md5"] == md5
    with pytest.raises(EmulatorError, match=r"400 .*md5"):
        upload.put(1, b"y", Content_MD5=md5)
    for number in ("0", "10001", "x"):
        with pytest.raises(EmulatorError, match="400"):
            upload.call("PUT", f"/{upload.id}/{number}", b"x")


def test_list_parts_and_abort(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    for number in (3, 1, 2):
        upload.put(number, b"x" * number)
    first = upload.call("GET", f"/{upload.id}?max-parts=2")
    assert ([part["partNumber"] for part in first["parts"]], first["partNumberMarker"]) == ([1, 2], 2)
    for spelling in ("part-number-marker", "part-number_marker"):
        rest = upload.call("GET", f"/{upload.id}?{spelling}=2")
        assert ([part["size"] for part in rest["parts"]], rest["partNumberMarker"]) == ([3], 0)
    hasher = Etag()
    hasher.update(b"xxx")
    assert rest["parts"][0]["etag"] == hasher.text()
    with pytest.raises(EmulatorError, match="unknown parameter: surprise"):
        upload.call("GET", f"/{upload.id}?surprise=2")
    assert upload.call("DELETE", f"/{upload.id}") is None
    for method, suffix in (("GET", ""), ("DELETE", ""), ("PUT", "/1"), ("POST", "")):
        with pytest.raises(EmulatorError, match=r"612 .*no such uploadId"):
            upload.call(method, f"/{upload.id}{suffix}", b'{"parts":[]}')


def test_uploads_expire(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    emulator.clock(8 * 86_400)
    with pytest.raises(EmulatorError, match=r"612 .*no such uploadId"):
        upload.put(1, b"x")


def test_the_deadline_counts_when_the_object_is_made(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    parts = [upload.put(1, b"x")]
    emulator.clock(3700)
    parts = [upload.put(1, b"x")]
    with pytest.raises(EmulatorError, match=r"401 .*out of date"):
        upload.complete(parts)


def test_resumable_refusals(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    other = Multipart(emulator, PRIVATE)
    upload.headers = {}
    with pytest.raises(EmulatorError, match="401"):
        upload.put(1, b"x")
    upload.headers = other.headers
    with pytest.raises(EmulatorError, match="403"):
        upload.put(1, b"x")
    for path in ("/buckets/b", f"{other.base}/a/b/c", f"/buckets/{PRIVATE}/objects/%FF/uploads"):
        status, _, _ = emulator.request("POST", path, b"", other.headers)
        assert status in {400, 404}
