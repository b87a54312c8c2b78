"""What the SDK reckons by itself, against the published vectors and against what the server says."""

import datetime as dt
import io
from pathlib import Path

import pytest
import qiniu
import qiniu.utils
from qiniu import utils

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PUBLIC
from tests.conformance.python.helpers import file_of
from tests.emulator.vectors import CONTENTS, MIB, content
from tests.emulator_process import Emulator


@pytest.mark.parametrize(("size", "etag", "md5", "crc32"), [row for row in CONTENTS if row[0] <= 8 * MIB + 1])
@sdk_calls(
    answered=[utils.etag, utils.etag_stream, utils.crc32, utils.file_crc32, utils.io_crc32, utils.io_md5],
)
def test_checksums(tmp_path: Path, size: int, etag: str, md5: str, crc32: int) -> None:
    data = content(size)
    path = file_of(tmp_path, data)
    assert qiniu.etag(path) == utils.etag_stream(io.BytesIO(data)) == etag
    assert utils.crc32(data) == utils.file_crc32(path) == utils.io_crc32([data]) == crc32
    assert utils.io_md5([data]) == md5


@sdk_calls(answered=[utils.etag])
def test_the_server_reckons_the_same(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    path = file_of(tmp_path, content(4 * MIB + 1))
    ret, _ = qiniu.put_file_v2(sdk.upload_token(PUBLIC), "k", path)
    assert ret["hash"] == qiniu.etag(path) == emulator.stat(PUBLIC, "k")["hash"]


@sdk_calls(answered=[utils.entry, utils.decode_entry, utils.urlsafe_base64_encode, utils.urlsafe_base64_decode])
def test_entries() -> None:
    assert [qiniu.entry("b", None), qiniu.entry("b", ""), qiniu.entry("bkt", "a.txt")] == [
        "Yg==",
        "Yjo=",
        "Ymt0OmEudHh0",
    ]
    assert qiniu.decode_entry("Ymt0OmEudHh0") == ["bkt", "a.txt"]
    assert qiniu.urlsafe_base64_encode(b"\xfb\xff") == "-_8="
    assert qiniu.urlsafe_base64_decode("-_8=") == b"\xfb\xff"


@sdk_calls(answered=[utils.rfc_from_timestamp, utils.dt2ts, utils.canonical_mime_header_key])
def test_dates_and_header_names() -> None:
    assert utils.rfc_from_timestamp(1_700_000_000) == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert utils.dt2ts(dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=dt.UTC)) == 1_700_000_000
    assert qiniu.canonical_mime_header_key("x-qiniu-dATE") == "X-Qiniu-Date"
