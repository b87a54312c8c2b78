"""Uploads in one request, as a form (protocol §5.1)."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
import qiniu
from qiniu.services.storage.uploaders import FormUploader

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PRIVATE, PUBLIC
from tests.conformance.python.helpers import file_of, refusal
from tests.emulator.vectors import CONTENTS, MIB, content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

HELLO = "Fqr0xh3cxeii2r7eDztILNmuqUNN"


@sdk_calls(answered=[qiniu.put_data])
def test_what_was_put_is_there(sdk: qiniu.Auth, emulator: Emulator) -> None:
    key = "dir/文 件.txt"
    ret, info = qiniu.put_data(
        sdk.upload_token(PUBLIC, key),
        key,
        b"hello",
        params={"x:color": "red"},
        mime_type="text/plain",
        fname='a "quoted"\r\nname',
        metadata={"x-qn-meta-Colour": "grün", "x-qn-meta-!Cache-Control": "no-cache", "not-metadata": "x"},
    )
    assert (ret, info.status_code) == ({"hash": HELLO, "key": key}, 200)
    stat = emulator.stat(PUBLIC, key)
    assert (stat["mimeType"], stat["fsize"]) == ("text/plain", 5)
    assert {name.lower(): value for name, value in stat["x-qn-meta"].items()} == {
        "colour": "grün",
        "!cache-control": "no-cache",
    }
    answer = fetch(f"{emulator.domain(PUBLIC)}/dir/%E6%96%87%20%E4%BB%B6.txt")
    assert (answer.body, answer.headers["cache-control"]) == (b"hello", "no-cache")


@pytest.mark.parametrize(("size", "etag", "md5"), [row[:3] for row in CONTENTS if 0 < row[0] <= 4 * MIB + 1])
@sdk_calls(answered=[qiniu.put_data])
def test_hashes(sdk: qiniu.Auth, emulator: Emulator, size: int, etag: str, md5: str) -> None:
    ret, _ = qiniu.put_data(sdk.upload_token(PUBLIC), "k", content(size))
    assert ret == {"hash": etag, "key": "k"}
    assert emulator.stat(PUBLIC, "k")["md5"] == md5
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == content(size)


@sdk_calls(answered=[qiniu.put_data])
def test_data_may_be_text_or_a_stream(sdk: qiniu.Auth, emulator: Emulator) -> None:
    for key, data in (("text", "hello"), ("stream", io.BytesIO(b"hello"))):
        assert qiniu.put_data(sdk.upload_token(PUBLIC), key, data)[0] == {"hash": HELLO, "key": key}


@sdk_calls(answered=[qiniu.put_data])
def test_no_key_and_the_empty_key(sdk: qiniu.Auth, emulator: Emulator) -> None:
    assert qiniu.put_data(sdk.upload_token(PUBLIC), None, b"hello")[0] == {"hash": HELLO, "key": HELLO}
    assert qiniu.put_data(sdk.upload_token(PUBLIC, ""), "", b"hello")[0] == {"hash": HELLO, "key": ""}
    assert emulator.keys(PUBLIC) == ["", HELLO]


@sdk_calls(answered=[qiniu.put_file, qiniu.put_file_v2])
def test_small_files(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    path = file_of(tmp_path, b"hello", "photo.png")
    token = sdk.upload_token(PUBLIC)
    assert qiniu.put_file_v2(token, "v2", path, check_crc=True)[0] == {"hash": HELLO, "key": "v2"}
    with pytest.deprecated_call():
        assert qiniu.put_file(token, "v1", path, mime_type="image/png")[0] == {"hash": HELLO, "key": "v1"}
    assert [emulator.stat(PUBLIC, key)["mimeType"] for key in ("v1", "v2")] == ["image/png", "application/octet-stream"]


@sdk_calls(answered=[qiniu.put_file_v2], refused=[qiniu.put_data])
def test_an_empty_object_has_to_be_a_file(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    ret, _ = qiniu.put_file_v2(sdk.upload_token(PUBLIC), "empty", file_of(tmp_path, b""))
    assert ret == {"hash": "Fto5o-5ea0sNMlW_75VgGJCv2AcJ", "key": "empty"}
    assert (emulator.stat(PUBLIC, "empty")["fsize"], fetch(f"{emulator.domain(PUBLIC)}/empty").body) == (0, b"")
    with pytest.raises(TypeError):
        qiniu.put_data(sdk.upload_token(PUBLIC), "k", b"")


@sdk_calls(answered=[qiniu.put_file_v2])
def test_the_time_of_a_file_is_kept_as_metadata(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    path = file_of(tmp_path, b"hello")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    _, info = qiniu.put_file_v2(sdk.upload_token(PUBLIC), "k", path, keep_last_modified=True, metadata={})
    assert info.status_code == 200
    when = "Tue, 14 Nov 2023 22:13:20 GMT"
    assert emulator.stat(PUBLIC, "k")["x-qn-meta"] == {"!Last-Modified": when}
    assert fetch(f"{emulator.domain(PUBLIC)}/k").headers["last-modified"] == when


@sdk_calls(answered=[FormUploader.upload], refused=[FormUploader.upload])
def test_the_uploader(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    uploader = FormUploader(PUBLIC)
    token = sdk.upload_token(PUBLIC)
    path = file_of(tmp_path, b"hello")
    assert uploader.upload("k", file_path=path, up_token=token)[0] == {"hash": HELLO, "key": "k"}
    assert refusal(uploader.upload("k", data=b"other", up_token=token)) == (614, "file exists")
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == b"hello"
    with pytest.raises(TypeError, match="expired"):  # It cannot make tokens itself, whatever it is told.
        FormUploader(PUBLIC, auth=sdk).upload("k", data=b"other")


@sdk_calls(refused=[FormUploader.upload])
def test_a_wrong_crc_is_noticed(sdk: qiniu.Auth, emulator: Emulator) -> None:
    uploader = FormUploader(PUBLIC)
    token = sdk.upload_token(PUBLIC, "k")
    assert refusal(uploader.upload(key="k", data=b"hello", crc32_int=1, up_token=token))[0] == 406
    assert refusal(uploader.upload(key="k", data=b"hello", crc32_int="crc", up_token=token))[0] == 400
    assert emulator.keys(PUBLIC) == []


@sdk_calls(refused=[qiniu.put_data, qiniu.put_file, qiniu.put_file_v2])
def test_tokens_that_permit_nothing(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    path = file_of(tmp_path, b"hello")
    forged = qiniu.Auth(emulator.access_key, "not-the-secret").upload_token(PUBLIC)
    expired = sdk.upload_token(PUBLIC, expires=-10)
    other_key = sdk.upload_token(PUBLIC, "another")
    for token, status in ((forged, 401), (expired, 401), (other_key, 403)):
        assert refusal(qiniu.put_data(token, "k", b"hello"))[0] == status
        assert refusal(qiniu.put_file_v2(token, "k", path))[0] == status
        with pytest.deprecated_call():
            assert refusal(qiniu.put_file(token, "k", path))[0] == status
    assert refusal(qiniu.put_data(other_key, None, b"hello")) == (403, "key doesn't match scope")
    assert emulator.keys(PUBLIC) == []


@sdk_calls(refused=[qiniu.put_data])
def test_an_upload_error_says_what_upload_hosts_say(sdk: qiniu.Auth, emulator: Emulator) -> None:
    _, info = qiniu.put_data(sdk.upload_token(PUBLIC, expires=-10), "k", b"hello")
    document: dict[str, Any] = info.json()
    assert (info.status_code, document["code"], document["reqid"]) == (401, 401, info.req_id)
    assert document["error"] in {"token out of date", "expired token"}
    assert info.error == info.text_body


@sdk_calls(refused=[qiniu.put_data])
def test_a_bucket_that_is_not_there(sdk: qiniu.Auth) -> None:
    with pytest.raises(RuntimeError, match="HTTP Status Code 631"):
        qiniu.put_data(sdk.upload_token("nowhere"), "k", b"hello")


@sdk_calls(answered=[qiniu.put_data], refused=[qiniu.put_data])
def test_keys_that_are_too_long(sdk: qiniu.Auth) -> None:
    assert qiniu.put_data(sdk.upload_token(PRIVATE), "é" * 375, b"hello")[1].status_code == 200
    assert refusal(qiniu.put_data(sdk.upload_token(PRIVATE), "é" * 375 + "a", b"hello"))[0] == 400


@sdk_calls(refused=[qiniu.put_data])
def test_metadata_that_is_too_long(sdk: qiniu.Auth, emulator: Emulator) -> None:
    for metadata in ({"x-qn-meta-k": "v" * 1024}, {"x-qn-meta-" + "k" * 51: "v"}):
        assert refusal(qiniu.put_data(sdk.upload_token(PUBLIC), "k", b"hello", metadata=metadata))[0] == 400
    assert emulator.keys(PUBLIC) == []


@sdk_calls(answered=[qiniu.put_data])
def test_accelerated_uploads_fall_back_to_the_normal_host(sdk: qiniu.Auth) -> None:
    ret, _ = qiniu.put_data(sdk.upload_token(PUBLIC), "k", b"hello", accelerate_uploading=True)
    assert ret == {"hash": HELLO, "key": "k"}
