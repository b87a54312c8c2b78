"""Resumable uploads: parts, completes, refusals."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kodo_emulator.protocol.etag import Etag
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.vectors import MIB
from tests.emulator.wire import Answer, fetch
from tests.emulator_process import Emulator, EmulatorError, b64url


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


def test_the_answer_to_a_complete_is_for_those_who_may_ask(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    parts = [upload.put(1, b"x")]
    done = upload.complete(parts)
    upload.headers = {"Authorization": f"UpToken {emulator.upload_token(PUBLIC, 'k', endUser='another token')}"}
    assert upload.complete(parts) == done
    upload.headers = {"Authorization": f"UpToken {emulator.upload_token(PUBLIC, 'other')}"}
    with pytest.raises(EmulatorError, match=r"403 .*scope"):
        upload.complete(parts)


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


def test_time_that_passes_shows_in_parts(emulator: Emulator) -> None:
    emulator.clock(elapsed_s=86_400)
    upload = Multipart(emulator)
    upload.put(1, b"x")
    listed = upload.call("GET", f"/{upload.id}")
    assert 0 <= listed["expireAt"] - listed["parts"][0]["putTime"] <= 7 * 86_400


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


def test_completes_at_the_same_time_get_the_same_answer(emulator: Emulator) -> None:
    """As of a client whose first complete took too long for its patience."""
    upload = Multipart(emulator)
    parts = [upload.put(number, bytes([number]) * (12 * MIB)) for number in (1, 2, 3)]
    document = json.dumps({"parts": parts}).encode()

    def complete(_: int) -> Answer:
        return fetch(f"{emulator.uc}{upload.base}/{upload.id}", method="POST", headers=upload.headers, body=document)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(complete, range(4)))
    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}
    assert emulator.stat(PUBLIC, "k")["fsize"] == 36 * MIB


def test_a_mime_type_that_is_no_header_is_refused(emulator: Emulator) -> None:
    upload = Multipart(emulator)
    part = upload.put(1, b"x")
    with pytest.raises(EmulatorError, match=r"400 .*invalid value: mimeType"):
        upload.complete([part], mimeType="text/css\r\nX-Evil: 1")
