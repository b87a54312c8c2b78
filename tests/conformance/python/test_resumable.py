"""Uploads in parts, version 1 with blocks of 4 MiB (protocol §5.2) and version 2 with parts of any size (§5.3).

The official SDK takes up an upload where its record says it ended; the request log shows what it sent again.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import qiniu
from qiniu.services.storage.uploaders import ResumeUploaderV1, ResumeUploaderV2
from qiniu.services.storage.uploaders.abc import ResumeUploaderBase

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PRIVATE, PUBLIC
from tests.conformance.python.helpers import file_of, refusal
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

SIZE = 9 * MIB
DATA = content(SIZE)
ETAG = "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H"
ETAG_5_4 = "npJEZlffMh0ezFDUPgmeNeRSnwer"
LITTLE = content(MIB)
LITTLE_ETAG = "FsL8TLIPEwGmsN0hHBnmmhOSXb5A"
WHEN_S = 1_700_000_000

UPLOADERS = [ResumeUploaderV1, ResumeUploaderV2]
Recorder = qiniu.UploadProgressRecorder


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    folder = tmp_path / "records"
    folder.mkdir()
    return Recorder(str(folder))


def deprecated(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    with pytest.deprecated_call():
        return call(*args, **kwargs)


def sent(emulator: Emulator, text: str) -> int:
    """How often a request with this in its target was answered with success, since the log was cleared."""
    return sum(text in line["target"] and line["status"] == 200 for line in emulator.log())


@sdk_calls(answered=[qiniu.put_file])
def test_a_large_file_goes_in_blocks(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path, recorder: Recorder) -> None:
    told: list[tuple[int, int]] = []
    ret, info = deprecated(
        qiniu.put_file,
        sdk.upload_token(PUBLIC),
        "dir/large",
        file_of(tmp_path, DATA),
        params={"x:a": "b"},
        mime_type="image/png",
        metadata={"x-qn-meta-Colour": "grün"},
        progress_handler=lambda done, total: told.append((done, total)),
        upload_progress_recorder=recorder,
    )
    assert (ret, info.status_code) == ({"hash": ETAG, "key": "dir/large"}, 200)
    assert (sent(emulator, "/mkblk/4194304"), sent(emulator, "/mkblk/1048576")) == (2, 1)
    assert told[-1] == (SIZE, SIZE)
    stat = emulator.stat(PUBLIC, "dir/large")
    assert (stat["fsize"], stat["mimeType"]) == (SIZE, "image/png")
    assert list(stat["x-qn-meta"].values()) == ["grün"]
    assert fetch(f"{emulator.domain(PUBLIC)}/dir/large").body == DATA
    assert not recorder.has_upload_record("file.bin", "dir/large")


@pytest.mark.parametrize(("part_mib", "etag"), [(4, ETAG), (5, ETAG_5_4)])
@sdk_calls(answered=[qiniu.put_file_v2])
def test_a_large_file_goes_in_parts(
    sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path, recorder: Recorder, part_mib: int, etag: str
) -> None:
    told: list[tuple[int, int]] = []
    ret, info = qiniu.put_file_v2(
        sdk.upload_token(PRIVATE, "large"),
        "large",
        file_of(tmp_path, DATA),
        params={"x:a": "b"},
        mime_type="image/png",
        metadata={"x-qn-meta-Colour": "grün"},
        part_size=part_mib * MIB,
        progress_handler=lambda done, total: told.append((done, total)),
        upload_progress_recorder=recorder,
        bucket_name=PRIVATE,
    )
    assert (ret, info.status_code) == ({"hash": etag, "key": "large"}, 200)
    assert told[-1] == (SIZE, SIZE)
    stat = emulator.stat(PRIVATE, "large", parts=True)
    whole, rest_mib = divmod(9, part_mib)
    assert stat["parts"] == [part_mib * MIB] * whole + [rest_mib * MIB]
    assert stat["mimeType"] == "image/png"
    assert list(stat["x-qn-meta"].values()) == ["grün"]
    assert fetch(sdk.private_download_url(f"{emulator.domain(PRIVATE)}/large")).body == DATA
    assert not recorder.has_upload_record("file.bin", "large")


@sdk_calls(answered=[qiniu.put_stream, qiniu.put_stream_v2])
def test_streams(sdk: qiniu.Auth, emulator: Emulator, recorder: Recorder) -> None:
    token = sdk.upload_token(PUBLIC)
    arguments: dict[str, Any] = {"upload_progress_recorder": recorder, "modify_time": WHEN_S}
    made = {
        "v1": deprecated(qiniu.put_stream, token, "v1", io.BytesIO(LITTLE), "s", MIB, **arguments),
        "v1-2": deprecated(qiniu.put_stream, token, "v1-2", io.BytesIO(LITTLE), "s", MIB, version="v2", **arguments),
        "v2": qiniu.put_stream_v2(token, "v2", io.BytesIO(LITTLE), "s", MIB, **arguments),
        "v2-1": qiniu.put_stream_v2(token, "v2-1", io.BytesIO(LITTLE), "s", MIB, version="v1", **arguments),
    }
    assert {key: ret for key, (ret, _) in made.items()} == {key: {"hash": LITTLE_ETAG, "key": key} for key in made}
    assert (sent(emulator, "/mkfile/"), sent(emulator, "/uploads/")) == (2, 4)
    assert fetch(f"{emulator.domain(PUBLIC)}/v2-1").body == fetch(f"{emulator.domain(PUBLIC)}/v1-2").body == LITTLE


@pytest.mark.parametrize("version", ["v1", "v2"])
@sdk_calls(answered=[qiniu.put_stream_v2])
def test_without_a_key_the_hash_is_the_key(
    sdk: qiniu.Auth, emulator: Emulator, recorder: Recorder, version: str
) -> None:
    token = sdk.upload_token(PUBLIC)
    for key in (None, ""):
        ret, _ = qiniu.put_stream_v2(
            token, key, io.BytesIO(LITTLE), "name", MIB, version=version, upload_progress_recorder=recorder
        )
        assert ret == {"hash": LITTLE_ETAG, "key": LITTLE_ETAG}, "the SDK says nothing of an empty key"


@sdk_calls(answered=[qiniu.put_stream_v2], refused=[qiniu.put_stream_v2])
def test_version_1_overwrites_where_version_2_may_not(sdk: qiniu.Auth, emulator: Emulator, recorder: Recorder) -> None:
    def put(version: str, first: bytes, **policy: Any) -> Any:
        return qiniu.put_stream_v2(
            sdk.upload_token(PUBLIC, policy=policy),
            "k",
            io.BytesIO(first + LITTLE[1:]),
            "name",
            MIB,
            version=version,
            upload_progress_recorder=recorder,
            modify_time=WHEN_S + int(first),  # Else the SDK would go on with what it sent before.
        )

    assert put("v2", b"1")[1].status_code == put("v2", b"1")[1].status_code == 200
    assert refusal(put("v2", b"2")) == (614, "file exists")
    assert refusal(put("v1", b"3", insertOnly=1)) == (614, "file exists")
    assert put("v1", b"4")[1].status_code == 200
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body[:1] == b"4"


@pytest.mark.parametrize(("version", "last_part"), [("v1", "/mkblk/1048576"), ("v2", "/uploads/.+/3$")])
@sdk_calls(
    answered=[
        qiniu.put_file_v2,
        Recorder.has_upload_record,
        Recorder.get_upload_record,
    ],
    refused=[qiniu.put_file_v2],
)
def test_an_interrupted_upload_is_taken_up_again(
    sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path, recorder: Recorder, version: str, last_part: str
) -> None:
    def put() -> Any:
        return qiniu.put_file_v2(
            sdk.upload_token(PUBLIC), "k", str(tmp_path / "f"), version=version, upload_progress_recorder=recorder
        )

    file_of(tmp_path, DATA, "f")
    emulator.faults([{"host": "up", "path": last_part, "times": 1, "status": 400}])
    assert put()[1].status_code == 400
    assert recorder.has_upload_record("f", "k")
    record = recorder.get_upload_record("f", "k")
    assert len(record["contexts"] if version == "v1" else record["etags"]) == 2
    assert emulator.keys(PUBLIC) == []
    emulator.clear_log()
    assert put()[0] == {"hash": ETAG, "key": "k"}
    assert sum(line["method"] in {"PUT", "POST"} for line in emulator.log()) == 2, "one part, and the end"
    assert fetch(f"{emulator.domain(PUBLIC)}/k").body == DATA
    assert not recorder.has_upload_record("f", "k")


@sdk_calls(
    answered=[qiniu.put_file_v2, Recorder.set_upload_record, Recorder.get_upload_record, Recorder.delete_upload_record],
    refused=[qiniu.put_file_v2],
)
def test_records_that_no_longer_hold(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path, recorder: Recorder) -> None:
    """The SDK has a policy for 701 and 612, and gives up before it asks it: its user has to delete the record."""

    def put(version: str) -> Any:
        return qiniu.put_file_v2(
            sdk.upload_token(PUBLIC), version, str(tmp_path / "f"), version=version, upload_progress_recorder=recorder
        )

    file_of(tmp_path, DATA, "f")
    for version, end, stale in (("v1", "/mkfile/", "contexts"), ("v2", "/uploads/[^/]+$", "etags")):
        emulator.faults([{"host": "up", "path": end, "method": "POST", "times": 1, "status": 400}])
        assert put(version)[1].status_code == 400
        record = recorder.get_upload_record("f", version)
        assert len(record[stale]) == 3
        if version == "v1":
            record["contexts"][0]["ctx"] = "of-a-block-that-is-gone"
        else:
            record["upload_id"] = "gone"
        recorder.set_upload_record("f", version, record)
    assert refusal(put("v1"))[0] == 701
    status, text = refusal(put("v2"))
    assert (status, "no such uploadId" in text) == (612, True)
    for version in ("v1", "v2"):
        recorder.delete_upload_record("f", version)
        assert put(version)[0] == {"hash": ETAG, "key": version}


@sdk_calls(
    answered=[
        *(step for each in UPLOADERS for step in (each.initial_parts, each.upload_parts, each.complete_parts)),
        ResumeUploaderBase.gen_chunk_list,
    ]
)
def test_step_by_step(sdk: qiniu.Auth, emulator: Emulator, recorder: Recorder) -> None:
    for uploader_class in UPLOADERS:
        key = uploader_class.__name__
        uploader = uploader_class(PUBLIC, upload_progress_recorder=recorder, concurrent_executor=None)
        token, data = sdk.upload_token(PUBLIC), io.BytesIO(DATA)
        assert [chunk.chunk_size for chunk in uploader.gen_chunk_list(SIZE)] == [4 * MIB, 4 * MIB, MIB]
        context, _ = uploader.initial_parts(token, key, data=data, data_size=SIZE, modify_time=WHEN_S, file_name="f")
        _, info = uploader.upload_parts(token, data, SIZE, context, key=key, file_name="f")
        assert info.status_code == 200
        ret, _ = uploader.complete_parts(token, SIZE, context, key=key, file_name="f", mime_type="text/css")
        assert ret == {"hash": ETAG, "key": key}
        assert emulator.stat(PUBLIC, key)["mimeType"] == "text/css"
        assert fetch(f"{emulator.domain(PUBLIC)}/{key}").body == DATA


@sdk_calls(
    answered=[ResumeUploaderV1.upload, ResumeUploaderV2.upload],
    refused=[ResumeUploaderV1.upload, ResumeUploaderV2.upload],
)
def test_uploaders(sdk: qiniu.Auth, emulator: Emulator, tmp_path: Path, recorder: Recorder) -> None:
    token, insert = sdk.upload_token(PUBLIC), sdk.upload_token(PUBLIC, policy={"insertOnly": 1})
    path = file_of(tmp_path, LITTLE)
    for uploader_class in UPLOADERS:
        key = uploader_class.__name__
        uploader = uploader_class(PUBLIC, upload_progress_recorder=recorder)
        made, _ = uploader.upload(key, file_path=path, data_size=MIB, up_token=token)
        assert made == {"hash": LITTLE_ETAG, "key": key}
        answer = uploader.upload(key, data=io.BytesIO(b"other"), data_size=5, up_token=insert)
        assert refusal(answer) == (614, "file exists")
        assert fetch(f"{emulator.domain(PUBLIC)}/{key}").body == LITTLE


@sdk_calls(
    refused=[
        qiniu.put_stream,
        qiniu.put_stream_v2,
        *(step for each in UPLOADERS for step in (each.initial_parts, each.upload_parts, each.complete_parts)),
    ]
)
def test_tokens_that_permit_nothing(sdk: qiniu.Auth, emulator: Emulator, recorder: Recorder) -> None:
    forged = qiniu.Auth(emulator.access_key, "not-the-secret").upload_token(PUBLIC)
    good = sdk.upload_token(PUBLIC)
    data = io.BytesIO(LITTLE)
    arguments: dict[str, Any] = {"data_size": MIB, "file_name": "f", "upload_progress_recorder": recorder}
    assert refusal(deprecated(qiniu.put_stream, forged, "k", data, **arguments))[0] == 401
    assert refusal(qiniu.put_stream_v2(forged, "k", data, **arguments))[0] == 401
    for uploader_class in UPLOADERS:
        uploader = uploader_class(PUBLIC, upload_progress_recorder=recorder, concurrent_executor=None)
        with pytest.raises(TypeError):
            uploader.initial_parts(good, "k")
        context, _ = uploader.initial_parts(good, "k", data=data, data_size=MIB, modify_time=WHEN_S, file_name="f")
        assert refusal(uploader.upload_parts(forged, data, MIB, context, key="k", file_name="f"))[0] == 401
        assert refusal(uploader.complete_parts(forged, MIB, context, key="k", file_name="f"))[0] == 401
        assert not uploader.complete_parts(good, MIB, context, key="k", file_name="f")[1].ok(), "no part was uploaded"
    assert emulator.keys(PUBLIC) == []


@sdk_calls(refused=[qiniu.put_stream_v2])
def test_a_key_outside_the_scope(sdk: qiniu.Auth, emulator: Emulator, recorder: Recorder) -> None:
    token = sdk.upload_token(PUBLIC, "mine")
    for version in ("v1", "v2"):
        answer = qiniu.put_stream_v2(
            token, "other", io.BytesIO(LITTLE), "f", MIB, version=version, upload_progress_recorder=recorder
        )
        assert refusal(answer) == (403, "key doesn't match scope")
    assert emulator.keys(PUBLIC) == []


@sdk_calls(refused=[qiniu.put_stream_v2])
def test_parts_that_are_too_small(sdk: qiniu.Auth, emulator: Emulator, recorder: Recorder) -> None:
    half = {"part_size": MIB // 2, "upload_progress_recorder": recorder}
    answer = qiniu.put_stream_v2(sdk.upload_token(PUBLIC), "k", io.BytesIO(LITTLE), "f", MIB, **half)
    assert refusal(answer)[0] == 400
    assert emulator.keys(PUBLIC) == []
