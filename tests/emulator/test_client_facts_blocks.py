"""How the Go SDK, qshell and the Java SDK upload blocks (resumable version 1) and raw or base64 bodies."""

import base64
import zlib

from tests.emulator.clients import OCTETS, GoSdk, JavaSdk, qshell
from tests.emulator.conftest import PUBLIC
from tests.emulator_process import Emulator, b64url

_HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"  # Protocol §9.4.


def test_go_blocks(emulator: Emulator) -> None:
    """Go SDK, storage/resume_uploader.go `uploadChunk`: the crc32 of an answer is that of the chunk it answers.

    The C# and Objective-C SDKs compare it so too (`bputChecked`, `uploadChunk:`).
    """
    token = emulator.upload_token(PUBLIC, "go")
    client = GoSdk(emulator)
    block = client.upload("POST", "/mkblk/5", token, b"hel", ("Content-Type", OCTETS))
    assert block.status == 200
    first = block.json()
    assert (first["offset"], first["crc32"]) == (3, zlib.crc32(b"hel"))
    assert isinstance(first["expired_at"], int)
    assert first["host"]
    assert first["checksum"]
    second = client.upload("POST", f"/bput/{first['ctx']}/3", token, b"lo", ("Content-Type", OCTETS)).json()
    assert (second["offset"], second["crc32"]) == (5, zlib.crc32(b"lo"))
    made = client.upload(
        "POST",
        f"/mkfile/5/key/{b64url(b'go')}/mimeType/{b64url(b'x/y')}/x-qn-meta-colour/{b64url(b'red')}",
        token,
        second["ctx"].encode(),
        ("Content-Type", OCTETS),
    )
    assert (made.status, made.json()) == (200, {"hash": _HELLO, "key": "go"})
    shown = emulator.stat(PUBLIC, "go")
    assert (shown["mimeType"], shown["x-qn-meta"]) == ("x/y", {"colour": "red"})


def test_java_blocks(emulator: Emulator) -> None:
    """Java SDK, ApiUploadV1MakeFile.java: type and name before the key, Host without a port, octets."""
    token = emulator.upload_token(PUBLIC, "java")
    client = JavaSdk(emulator)
    block = client.upload("POST", "/mkblk/5", token, b"hello").json()
    assert block["crc32"] == zlib.crc32(b"hello")
    path = f"/mkfile/5/mimeType/{b64url(b'x/y')}/fname/{b64url(b'f')}/key/{b64url(b'java')}/x:a/{b64url(b'b')}"
    made = client.upload("POST", path, token, block["ctx"].encode())
    assert (made.status, made.json()) == (200, {"hash": _HELLO, "key": "java"})


def test_a_context_that_is_gone_is_told_so_that_clients_start_anew(emulator: Emulator) -> None:
    """Go SDK, storage/util.go, and Java SDK, `isContextExpiredError`: 701 (protocol §5.2, §8)."""
    token = emulator.upload_token(PUBLIC, "k")
    for answer in (
        GoSdk(emulator).upload("POST", "/bput/bm90IGEgY29udGV4dA==/3", token, b"lo", ("Content-Type", OCTETS)),
        GoSdk(emulator).upload("POST", "/mkfile/5", token, b"bm90IGEgY29udGV4dA==", ("Content-Type", OCTETS)),
        JavaSdk(emulator).upload("POST", "/mkfile/5", token, b"bm90IGEgY29udGV4dA=="),
    ):
        assert answer.status == 701
        assert answer.headers["x-reqid"]


def test_blocks_of_an_empty_file(emulator: Emulator) -> None:
    """Go SDK, recorded: no block, `/mkfile/0`, an empty body (protocol §5.2)."""
    token = emulator.upload_token(PUBLIC, "empty")
    made = GoSdk(emulator).upload("POST", f"/mkfile/0/key/{b64url(b'empty')}", token, b"", ("Content-Type", OCTETS))
    assert made.json() == {"hash": "Fto5o-5ea0sNMlW_75VgGJCv2AcJ", "key": "empty"}


def test_go_base64(emulator: Emulator) -> None:
    """Go SDK, storage/base64_upload.go, recorded: the size is that of the content, crc32 always there (§5.4)."""
    token = emulator.upload_token(PUBLIC, "k")
    path = f"/putb64/5/key/{b64url(b'k')}/mimeType/{b64url(b'x/y')}/crc32/{zlib.crc32(b'hello')}/x:a/{b64url(b'b')}"
    body = base64.b64encode(b"hello")
    made = GoSdk(emulator).upload("POST", path, token, body, ("Content-Type", OCTETS))
    assert (made.status, made.json()) == (200, {"hash": _HELLO, "key": "k"})
    wrong = path.replace(str(zlib.crc32(b"hello")), "1")
    assert GoSdk(emulator).upload("POST", wrong, token, body, ("Content-Type", OCTETS)).status == 406


def test_qshell_reads_its_own_answer(emulator: Emulator) -> None:
    """qshell, upload/uploader.go `ApiResultFormat`: magic variables inside quotes that are there already (§2.4)."""
    template = '{"key":"$(key)","hash":"$(etag)","file_size":$(fsize),"mime_type":"$(mimeType)"}'
    key = 'a "quoted"\\key'
    token = emulator.upload_token(PUBLIC, key, returnBody=template, fileType=1)
    block = qshell(emulator).upload("POST", "/mkblk/5", token, b"hello", ("Content-Type", OCTETS)).json()
    path = f"/mkfile/5/key/{b64url(key.encode())}/mimeType/{b64url(b'x/y')}"
    made = qshell(emulator).upload("POST", path, token, block["ctx"].encode(), ("Content-Type", OCTETS))
    assert made.json() == {"key": key, "hash": _HELLO, "file_size": 5, "mime_type": "x/y"}
    assert emulator.stat(PUBLIC, key)["type"] == 1
