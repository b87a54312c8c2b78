"""Resumable uploads and time: the time of a file that is kept, and contexts that expire (protocol §5.2)."""

import os
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import qiniu
from qiniu.services.storage.uploaders import ResumeUploaderV1

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PUBLIC
from tests.conformance.python.helpers import file_of, refusal
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

SIZE = 9 * MIB
ETAG = "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H"
MODIFIED_S = 1_400_000_000


def put_file(token: str, path: str, folder: Path, **how: Any) -> Any:
    recorder = qiniu.UploadProgressRecorder(str(folder))
    with pytest.deprecated_call():
        return qiniu.put_file(token, "k", path, upload_progress_recorder=recorder, **how)


@sdk_calls(answered=[qiniu.put_file])
def test_the_time_of_a_large_file_is_kept_as_metadata(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    """In version 1 only."""
    path = file_of(tmp_path, content(SIZE))
    os.utime(path, (MODIFIED_S, MODIFIED_S))
    ret, _ = put_file(sdk.upload_token(PUBLIC), path, tmp_path, keep_last_modified=True, metadata={}, check_crc=True)
    assert ret == {"hash": ETAG, "key": "k"}
    shown = fetch(f"{emulator.domain(PUBLIC)}/k", method="HEAD").headers["last-modified"]
    assert parsedate_to_datetime(shown).timestamp() == MODIFIED_S


@sdk_calls(answered=[qiniu.put_file], refused=[qiniu.put_file])
def test_contexts_expire(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path) -> None:
    """The SDK hands the 701 on, and starts anew without its record."""
    path = file_of(tmp_path, content(SIZE), "f")
    os.utime(path, (MODIFIED_S, MODIFIED_S))
    token = sdk.upload_token(PUBLIC)
    recorder = qiniu.UploadProgressRecorder(str(tmp_path))
    uploader = ResumeUploaderV1(PUBLIC, upload_progress_recorder=recorder)
    context, _ = uploader.initial_parts(token, "k", file_path=path, file_name="f", modify_time=MODIFIED_S)
    with Path(path).open("rb") as stream:
        uploader.upload_parts(token, stream, 8 * MIB, context, key="k", file_name="f")
    emulator.clock(elapsed_s=8 * 86_400)
    assert refusal(put_file(token, path, tmp_path))[0] == 701
    recorder.delete_upload_record("f", "k")
    assert put_file(token, path, tmp_path)[0] == {"hash": ETAG, "key": "k"}
