"""How the Go SDK, qshell and the Java SDK upload: forms, and parts (resumable version 2)."""

import hashlib
import json

import pytest

from tests.emulator.clients import FORM, JSON, OCTETS, Answer, GoSdk, JavaSdk, chunk, exchange, now
from tests.emulator.conftest import PUBLIC
from tests.emulator_process import Emulator, b64url

_HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"  # Protocol §9.4.
_MIB = 1024 * 1024


def go_form(emulator: Emulator, key: str, name: str = "Untitled") -> Answer:
    """A form of the Go SDK: chunked, a chunk for each piece; the file has a Content-Type that is empty."""
    boundary = "5abc1567830b64c89b46926eaae59cb050d30e4bd777adca5d30a8db7aef"

    def part(first: bool, disposition: str) -> bytes:
        return f"{'' if first else chr(13) + chr(10)}--{boundary}\r\nContent-Disposition: {disposition}\r\n".encode()

    pieces = [
        part(True, 'form-data; name="key"') + b"\r\n",
        key.encode(),
        part(False, 'form-data; name="token"') + b"\r\n",
        emulator.upload_token(PUBLIC, key).encode(),
        part(False, 'form-data; name="crc32"') + b"\r\n",
        b"907060870",
        part(False, f'form-data; name="file"; filename="{name}"') + b"Content-Type: \r\n\r\n",
        b"hello",
        f"\r\n--{boundary}--\r\n".encode(),
    ]
    headers = [
        ("Host", emulator.uc.removeprefix("http://")),
        ("User-Agent", "QiniuGo/7.27.0 (linux; amd64; default) go1.26.8"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Type", f"multipart/form-data; boundary={boundary}"),
        ("X-Qiniu-Date", now()),
        ("Accept-Encoding", "gzip"),
    ]
    return exchange(f"{emulator.uc}/", "POST", headers, *(chunk(piece) for piece in pieces if piece), chunk(b""))


def test_go_forms_are_chunked_and_name_no_type(emulator: Emulator) -> None:
    """Go SDK, storagev2/apis/post_object, recorded; the type then comes from the names (protocol §5.1)."""
    answer = go_form(emulator, "dir/a.txt")
    assert (answer.status, answer.json()) == (200, {"hash": _HELLO, "key": "dir/a.txt"})
    assert emulator.stat(PUBLIC, "dir/a.txt")["mimeType"] == "text/plain"
    assert go_form(emulator, "").json()["key"] == ""


def test_java_forms_have_the_file_first(emulator: Emulator) -> None:
    """Java SDK, `multipartPost` over OkHttp: the file, then token, key and crc32; each part tells its length."""
    boundary = "a6b1f0c2-0000-4000-8000-5d1e0c9c2b3a"
    token = emulator.upload_token(PUBLIC, "dir/b")
    fields = {"token": token, "key": "dir/b", "crc32": "907060870", "x:a": "b", "x-qn-meta-colour": "red"}
    disposition = f"--{boundary}\r\nContent-Disposition: form-data; name="
    file = (
        f'{disposition}"file"; filename="dir/b"\r\nContent-Type: application/x-thing\r\nContent-Length: 5\r\n\r\nhello'
    )
    others = [f'{disposition}"{name}"\r\nContent-Length: {len(value)}\r\n\r\n{value}' for name, value in fields.items()]
    body = "\r\n".join([file, *others, f"--{boundary}--\r\n"]).encode()
    headers = [
        ("User-Agent", "QiniuJava/7.2.25 (Linux amd64 6.1) Java/1.8.0"),
        ("Content-Type", f"multipart/form-data; boundary={boundary}"),
        ("Content-Length", str(len(body))),
        ("Host", emulator.uc.removeprefix("http://")),
        ("Connection", "Keep-Alive"),
        ("Accept-Encoding", "gzip"),
    ]
    answer = exchange(f"{emulator.uc}/", "POST", headers, body)
    assert (answer.status, answer.json()) == (200, {"hash": _HELLO, "key": "dir/b"})
    shown = emulator.stat(PUBLIC, "dir/b")
    assert (shown["mimeType"], shown["x-qn-meta"]) == ("application/x-thing", {"colour": "red"})


@pytest.mark.parametrize(("segment", "key"), [("", ""), ("~", _HELLO), (b64url("汉字/a".encode()), "汉字/a")])
def test_go_parts(emulator: Emulator, segment: str, key: str) -> None:
    """Go SDK and Java SDK: an empty segment is the empty key, `~` is none (protocol §5.3); recorded from Go."""
    token = emulator.upload_token(PUBLIC, None if segment == "~" else key)
    client = GoSdk(emulator)
    base = f"/buckets/{PUBLIC}/objects/{segment}/uploads"
    init = client.upload("POST", base, token)
    assert init.status == 200
    assert isinstance(init.json()["expireAt"], int)
    upload = f"{base}/{init.json()['uploadId']}"
    digest = hashlib.md5(b"hello").hexdigest()
    part = client.upload("PUT", f"{upload}/1", token, b"hello", ("Content-Md5", digest), ("Content-Type", OCTETS))
    assert part.json()["md5"] == digest
    document = json.dumps({"parts": [{"partNumber": 1, "etag": part.json()["etag"]}]}, separators=(",", ":"))
    done = client.upload("POST", upload, token, document.encode(), ("Content-Type", JSON))
    assert (done.status, done.json()) == (200, {"hash": _HELLO, "key": key})


@pytest.mark.parametrize(("segment", "key"), [("", ""), ("~", _HELLO), (b64url(b"java"), "java")])
def test_java_parts(emulator: Emulator, segment: str, key: str) -> None:
    """Java SDK, ApiUploadV2*.java: Host without a port, JSON as octets, and a member that is spelled `metaData`."""
    token = emulator.upload_token(PUBLIC, None if segment == "~" else key)
    client = JavaSdk(emulator)
    base = f"/buckets/{PUBLIC}/objects/{segment}/uploads"
    init = client.upload("POST", base, token, b"").json()
    assert len(init["uploadId"]) > 10  # FixBlockUploader.java gives up on a shorter one, and on a shorter etag.
    upload = f"{base}/{init['uploadId']}"
    part = client.upload("PUT", f"{upload}/1", token, b"hello").json()
    assert len(part["etag"]) > 10
    completion = {
        "parts": [{"etag": part["etag"], "partNumber": 1}],
        "fname": "f",
        "mimeType": "x/y",
        "customVars": {"x:a": "b"},
        "metaData": {"x-qn-meta-colour": "red"},
    }
    done = client.upload("POST", upload, token, json.dumps(completion).encode())
    assert (done.status, done.json()) == (200, {"hash": _HELLO, "key": key})
    shown = emulator.stat(PUBLIC, key)
    assert (shown["mimeType"], shown["x-qn-meta"]) == ("x/y", {"colour": "red"})


@pytest.mark.parametrize("spelling", ["part-number_marker", "part-number-marker"])
def test_both_spellings_of_the_marker_of_parts(emulator: Emulator, spelling: str) -> None:
    """Go SDK, recorded: `part-number_marker`. Java SDK, ApiUploadV2ListParts.java: `part-number-marker`."""
    token = emulator.upload_token(PUBLIC, "k")
    client = GoSdk(emulator)
    base = f"/buckets/{PUBLIC}/objects/{b64url(b'k')}/uploads"
    upload = f"{base}/{client.upload('POST', base, token).json()['uploadId']}"
    for number in (1, 2, 3):
        client.upload("PUT", f"{upload}/{number}", token, b"x" * number, ("Content-Type", OCTETS))
    page = client.upload("GET", f"{upload}?max-parts=2", token).json()
    assert [part["partNumber"] for part in page["parts"]] == [1, 2]
    assert page["partNumberMarker"] == 2
    for asked in (GoSdk(emulator).upload, JavaSdk(emulator).upload):
        rest = asked("GET", f"{upload}?max-parts=2&{spelling}=2", token).json()
        assert [(part["partNumber"], part["size"]) for part in rest["parts"]] == [(3, 3)]
        assert rest["partNumberMarker"] == 0
        assert all(isinstance(part["putTime"], int) for part in rest["parts"])


def test_an_upload_that_is_gone_is_told_so_that_clients_start_anew(emulator: Emulator) -> None:
    """Go SDK, storage/util.go; Java SDK, `isContextExpiredError`: 612, JSON, `no such uploadId` (protocol §5.3)."""
    token = emulator.upload_token(PUBLIC, "k")
    base = f"/buckets/{PUBLIC}/objects/{b64url(b'k')}/uploads"
    upload = f"{base}/{GoSdk(emulator).upload('POST', base, token).json()['uploadId']}"
    assert GoSdk(emulator).upload("DELETE", upload, token).status == 200  # No body, no Content-Type, no length.
    document = b'{"parts":[{"partNumber":1,"etag":"x"}]}'
    answers = [
        GoSdk(emulator).upload("PUT", f"{upload}/1", token, b"x", ("Content-Type", OCTETS)),
        GoSdk(emulator).upload("POST", upload, token, document, ("Content-Type", JSON)),
        GoSdk(emulator).upload("GET", f"{upload}?max-parts=2", token),
        JavaSdk(emulator).upload("PUT", f"{upload}/1", token, b"x"),
        JavaSdk(emulator).upload("DELETE", upload, token, b""),
    ]
    for answer in answers:
        assert answer.status == 612
        assert "no such uploadId" in answer.error()
        assert answer.headers["content-type"].partition(";")[0] == "application/json"
        assert answer.headers["x-reqid"]


def test_a_form_content_type_does_not_turn_a_part_into_a_form(emulator: Emulator) -> None:
    """Go SDK, client/client.go, falls back to a form's content type where a caller of the API names none."""
    token = emulator.upload_token(PUBLIC, "k")
    base = f"/buckets/{PUBLIC}/objects/{b64url(b'k')}/uploads"
    upload = f"{base}/{GoSdk(emulator).upload('POST', base, token, b'', ('Content-Type', FORM)).json()['uploadId']}"
    part = GoSdk(emulator).upload("PUT", f"{upload}/1", token, b"a=b&c", ("Content-Type", FORM))
    assert part.json()["md5"] == hashlib.md5(b"a=b&c").hexdigest()
