"""Every way of uploading that the official Python SDK has, unmodified."""

import io
import os
import warnings
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import qiniu
from qiniu.services.storage.upload_progress_recorder import UploadProgressRecorder
from qiniu.services.storage.uploaders import ResumeUploaderV1, ResumeUploaderV2

from tests.emulator.app_server import app_server
from tests.emulator.conftest import PUBLIC
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

LARGE = 9 * MIB  # Above the SDK's threshold for one form.
LARGE_HASH = "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H"
SMALL_HASH = "FgrCgIT_dJM9BRI0ltr9N5FoTZtT"
MODIFIED_S = 1_400_000_000

Put = Callable[..., Any]


@pytest.fixture(params=["v1", "v2"])
def version(request: pytest.FixtureRequest) -> str:
    """The version of the resumable upload."""
    chosen: str = request.param
    return chosen


def file_of(path: Path, size: int) -> str:
    path.write_bytes(content(size))
    os.utime(path, (MODIFIED_S, MODIFIED_S))
    return str(path)


@pytest.fixture
def recorder(tmp_path: Path) -> UploadProgressRecorder:
    """Where the SDK remembers its progress; by itself it would do so in a directory that all share."""
    return UploadProgressRecorder(str(tmp_path))


def put_file(version: str, recorder: UploadProgressRecorder) -> Put:
    """The SDK's function for that version; the one for v1 is deprecated, and says so."""
    put = qiniu.put_file_v2 if version == "v2" else quietly(qiniu.put_file)
    return partial(put, upload_progress_recorder=recorder)


def quietly(function: Put) -> Put:
    def call(*arguments: Any, **options: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return function(*arguments, **options)

    return call


@pytest.mark.parametrize(("size", "etag"), [(1024, SMALL_HASH), (LARGE, LARGE_HASH)])
def test_files_with_everything_that_can_be_said(
    sdk: qiniu.Auth,
    emulator: Emulator,
    tmp_path: Path,
    recorder: UploadProgressRecorder,
    version: str,
    *,
    size: int,
    etag: str,
) -> None:
    path = file_of(tmp_path / "a.txt", size)
    progress: list[tuple[int, int]] = []
    policy = {"returnBody": '{"hash": $(etag), "v": $(x:v), "fname": "$(fname)", "size": $(fsize)}', "endUser": "u"}
    ret, info = put_file(version, recorder)(
        sdk.upload_token(PUBLIC, "dir/k", policy=policy),
        "dir/k",
        path,
        params={"x:v": "ж&"},
        mime_type="text/x-own",
        check_crc=True,
        progress_handler=lambda done, whole: progress.append((done, whole)),
        metadata={"x-qn-meta-a": "1", "x-qn-meta-!Age": "7"},
    )
    assert info.status_code == 200, info
    assert ret == {"hash": etag, "v": "ж&", "fname": "a.txt", "size": size}
    stat = emulator.stat(PUBLIC, "dir/k")
    assert (stat["mimeType"], stat["endUser"], stat["x-qn-meta"]) == ("text/x-own", "u", {"a": "1", "!Age": "7"})
    assert fetch(f"{emulator.domain(PUBLIC)}/dir/k").body == content(size)
    if size == LARGE:
        assert progress[-1] == (size, size)


def test_the_time_of_the_file(
    sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path, recorder: UploadProgressRecorder
) -> None:
    for size in (10, LARGE):
        path = file_of(tmp_path / "f", size)
        token = sdk.upload_token(PUBLIC, "k")
        _, info = put_file("v1", recorder)(token, "k", path, keep_last_modified=True, metadata={})
        assert info.status_code == 200
        shown = fetch(f"{emulator.domain(PUBLIC)}/k", method="HEAD").headers["last-modified"]
        assert parsedate_to_datetime(shown).timestamp() == MODIFIED_S


def test_data_and_streams(sdk: qiniu.Auth, emulator: Emulator, recorder: UploadProgressRecorder, version: str) -> None:
    ret, info = qiniu.put_data(sdk.upload_token(PUBLIC), None, io.BytesIO(b"hello"), check_crc=True, fname="f")
    assert (info.status_code, ret["key"]) == (200, "Fqr0xh3cxeii2r7eDztILNmuqUNN")
    put_stream = qiniu.put_stream_v2 if version == "v2" else quietly(qiniu.put_stream)
    token = sdk.upload_token(PUBLIC, "s")
    ret, info = put_stream(token, "s", io.BytesIO(content(LARGE)), "name", LARGE, upload_progress_recorder=recorder)
    assert (info.status_code, ret) == (200, {"hash": LARGE_HASH, "key": "s"})
    assert emulator.stat(PUBLIC, "s")["fsize"] == LARGE


def test_an_upload_that_was_broken_off_goes_on_where_it_was(
    sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path, recorder: UploadProgressRecorder, version: str
) -> None:
    path = file_of(tmp_path / "f", LARGE)
    token = sdk.upload_token(PUBLIC, "k")
    kind = ResumeUploaderV2 if version == "v2" else ResumeUploaderV1
    uploader = kind(PUBLIC, upload_progress_recorder=recorder)
    context, _ = uploader.initial_parts(token, "k", file_path=path, file_name="f", modify_time=MODIFIED_S)
    with Path(path).open("rb") as stream:
        # The first two parts only, as of a process that ends then.
        _, info = uploader.upload_parts(token, stream, 8 * MIB, context, key="k", file_name="f")
    assert info.status_code == 200
    emulator.clear_log()
    ret, info = put_file(version, recorder)(token, "k", path)
    assert (info.status_code, ret["hash"]) == (200, LARGE_HASH)
    sent = [line["method"] for line in emulator.log() if line["host"] == "up"]
    assert sent == (["PUT", "POST"] if version == "v2" else ["POST", "POST"]), "the third part, and the end"
    assert not recorder.has_upload_record("f", "k")


def test_contexts_that_expired(
    sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path, recorder: UploadProgressRecorder
) -> None:
    """This SDK hands the 701 on, and starts anew without its record."""
    path = file_of(tmp_path / "f", LARGE)
    token = sdk.upload_token(PUBLIC, "k")
    uploader = ResumeUploaderV1(PUBLIC, upload_progress_recorder=recorder)
    context, _ = uploader.initial_parts(token, "k", file_path=path, file_name="f", modify_time=MODIFIED_S)
    with Path(path).open("rb") as stream:
        uploader.upload_parts(token, stream, 8 * MIB, context, key="k", file_name="f")
    emulator.clock(elapsed_s=8 * 86_400)
    ret, info = put_file("v1", recorder)(token, "k", path)
    assert (info.status_code, ret) == (701, None)
    recorder.delete_upload_record("f", "k")
    ret, info = put_file("v1", recorder)(token, "k", path)
    assert (info.status_code, ret["hash"]) == (200, LARGE_HASH)


def test_a_callback_and_its_failure(
    sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path, recorder: UploadProgressRecorder, version: str
) -> None:
    path = file_of(tmp_path / "f", LARGE)
    with app_server() as app:
        policy = {"callbackUrl": app.url, "callbackBody": "key=$(key)&v=$(x:v)"}
        app.answers({"id": 1})
        token = sdk.upload_token(PUBLIC, "k", policy=policy)
        ret, info = put_file(version, recorder)(token, "k", path, params={"x:v": "1"})
        assert (info.status_code, ret) == (200, {"id": 1})
        app.answers({}, 500)
        ret, info = put_file(version, recorder)(token, "k", path, params={"x:v": "2"})
        assert (info.status_code, ret) == (579, None)
        assert [call.body for call in app.received] == [b"key=k&v=1", b"key=k&v=2"], "579 is not tried again"
    assert emulator.stat(PUBLIC, "k")["hash"] == LARGE_HASH


def test_a_return_body_of_blanks(sdk: qiniu.Auth) -> None:
    token = sdk.upload_token(PUBLIC, "k", policy={"returnBody": "  \n  "})
    ret, info = qiniu.put_data(token, "k", b"hello")
    assert (info.status_code, ret) == (200, {})


def test_policies_of_the_sdk(sdk: qiniu.Auth, emulator: Emulator) -> None:
    """Fields that its strict mode lets through."""
    policy = {"saveKey": "made/$(fname)", "forceSaveKey": True, "detectMime": 1, "fsizeMin": 1, "mimeLimit": "!image/*"}
    ret, info = qiniu.put_data(sdk.upload_token(PUBLIC, policy=policy), "k", b"%PDF-1.4 etc.", fname="a.txt")
    assert (info.status_code, ret["key"]) == (200, "made/a.txt")
    assert emulator.stat(PUBLIC, "made/a.txt")["mimeType"] == "application/pdf"
    _, info = qiniu.put_data(sdk.upload_token(PUBLIC, policy={"keylimit": ["a"]}), "b", b"x")
    assert info.status_code == 403
    _, info = qiniu.put_data(sdk.upload_token(PUBLIC, policy={"persistentOps": "avinfo"}), "b", b"x")
    assert info.status_code == 501
