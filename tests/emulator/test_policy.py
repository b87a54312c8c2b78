"""Upload policies: what a token asks for besides a key (protocol §2.4)."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kodo_emulator.store.disk import DiskStore
from tests.emulator.conftest import PUBLIC
from tests.emulator.forms import form, post, upload
from tests.emulator_process import Emulator

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20)
PDF = b"%PDF-1.4\n" + b"x" * 40
DAY_S = 86_400


def put(emulator: Emulator, key: str | None, data: bytes, name: str = "", mime: str = "", **policy: Any) -> Any:
    """A form upload with a file name and a client type; gives the JSON of its answer, or status and error."""
    token = emulator.upload_token(PUBLIC, **policy)
    fields = [("token", token.encode()), *([] if key is None else [("key", key.encode())])]
    lines = [f"Content-Type: {mime}"] if mime else []
    body = form(*fields, ("file", data, *lines)).replace(b'filename="f"', f'filename="{name}"'.encode())
    answer = post(emulator, body)
    return answer.json() if answer.status == 200 else (answer.status, answer.error())


@pytest.mark.parametrize(
    ("detect", "client", "names", "data", "expected"),
    [
        (None, "text/x-own", "a.css a.png", PDF, "text/x-own"),
        (0, "application/octet-stream", "a.css a.png", PDF, "application/octet-stream"),
        (0, "", "a.css a.png", PDF, "text/css"),
        (0, "", "a a.png", PDF, "image/png"),
        (0, "", "a a", PDF, "application/pdf"),
        (0, "", "a a", b"plain", "application/octet-stream"),
        (0, "", "a.txt.gz k", b"plain", "application/x-gzip"),
        (0, "", "data:text/css,a b.PNG", b"plain", "image/png"),
        (1, "text/x-own", "a.css a.png", PDF, "application/pdf"),
        (1, "text/x-own", "a.css a.png", b"plain", "text/css"),
        (1, "text/x-own", "a a.png", b"plain", "image/png"),
        (1, "text/x-own", "a a", b"plain", "application/octet-stream"),
        (-1, "text/x-own", "a.css a.png", PDF, "text/x-own"),
        (-1, "", "a.css a.png", PDF, "application/octet-stream"),
    ],
)
def test_mime_types_in_the_order_of_the_policy(
    emulator: Emulator, detect: int | None, client: str, names: str, data: bytes, expected: str
) -> None:
    """`names` are those of the file and of the object."""
    file_name, key = names.split()
    put(emulator, key, data, file_name, client, detectMime=detect)
    assert emulator.stat(PUBLIC, key)["mimeType"] == expected


def test_a_type_is_seen_in_parts_too(emulator: Emulator) -> None:
    token = emulator.upload_token(PUBLIC, "k", detectMime=1)
    emulator.put_parts(PUBLIC, "k", [PNG], token, {"mimeType": "text/css", "fname": "a.css"})
    assert emulator.stat(PUBLIC, "k")["mimeType"] == "image/png"


@pytest.mark.parametrize(
    ("limit", "data", "mime", "refused"),
    [
        ("image/*", PNG, "text/css", None),
        ("image/*", PDF, "image/png", "application/pdf"),
        ("image/jpeg;image/png", PNG, "", None),
        ("image/jpeg;image/gif", PNG, "", "image/png"),
        ("!application/json;text/plain", b"plain", "text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("!application/json;text/plain", b"plain", "text/css", None),
        ("!image/*", PNG, "text/css", "image/png"),
        ("text/plain", b"plain", "text/plain", None),
        ("text/css", b"plain", "application/octet-stream", "application/octet-stream"),
    ],
)
def test_mime_limits(emulator: Emulator, limit: str, data: bytes, mime: str, refused: str | None) -> None:
    answer = put(emulator, "k", data, "f", mime, mimeLimit=limit)
    if refused is None:
        assert answer["key"] == "k"
    else:
        assert answer == (403, f"limited mimeType: this file type ({refused}) is forbidden to upload")


@pytest.mark.parametrize(
    ("policy", "key", "expected"),
    [
        ({"saveKey": "made"}, None, "made"),
        ({"saveKey": "made"}, "k", "k"),
        ({"saveKey": "made/$(fname)", "forceSaveKey": True}, "k", "made/a.txt"),
        ({"saveKey": "$(fprefix)-$(fsize)$(ext)"}, None, "a-5.txt"),
        ({"saveKey": "$(bucket)/${etag}/$(mimeType)"}, None, f"{PUBLIC}/Fqr0xh3cxeii2r7eDztILNmuqUNN/text/plain"),
        ({"saveKey": "$(endUser)", "endUser": "ü/$(key)"}, None, "ü/$(key)"),
        ({"saveKey": "[$(x:none)$(imageInfo.width)]"}, None, "[]"),
        ({"saveKey": "$(key)!", "forceSaveKey": True}, "k", "k!"),
    ],
)
def test_save_keys(emulator: Emulator, policy: dict[str, Any], key: str | None, expected: str) -> None:
    assert put(emulator, key, b"hello", "a.txt", **policy)["key"] == expected
    assert emulator.keys(PUBLIC) == [expected]


def test_a_save_key_knows_the_time_and_is_unique(emulator: Emulator) -> None:
    policy = {"saveKey": "$(year)-$(mon)-$(day)T$(hour):$(min):$(sec)+08:00/$(uuid)"}
    before = int(time.time())
    keys = [put(emulator, None, b"same", **policy)["key"] for _ in range(2)]
    after = time.time()
    assert keys[0] != keys[1]
    for key in keys:
        assert before <= datetime.fromisoformat(key.partition("/")[0]).timestamp() <= after


def test_custom_variables_name_an_object(emulator: Emulator) -> None:
    token = emulator.upload_token(PUBLIC, saveKey="$(x:folder)/$(x:名)")
    fields = (("x:folder", b"a b"), ("x:\u540d", "ж".encode()))
    body = form(("token", token.encode()), ("file", b"hello"))
    for name, value in fields:
        part = b'--frontier\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), value)
        body = part + body
    assert post(emulator, body).json()["key"] == "a b/ж"


def test_a_save_key_has_to_fit_the_scope_and_to_be_a_key(emulator: Emulator) -> None:
    def make(scope: str | None, **policy: Any) -> int:
        return upload(emulator, emulator.upload_token(PUBLIC, scope, **policy), None, b"hello").status

    assert make("a", saveKey="a") == 200
    assert make("a", saveKey="b") == 403
    assert make("a/", saveKey="a/$(etag)", isPrefixalScope=1) == 200
    assert make("a/", saveKey="b/$(etag)", isPrefixalScope=1) == 403
    assert make(None, saveKey="x" * 751) == 400
    assert make(None, forceSaveKey=True) == 400


def test_key_limits(emulator: Emulator) -> None:
    assert put(emulator, "a", b"1", keylimit=["a", "b"])["key"] == "a"
    assert put(emulator, "c", b"1", keylimit=["a", "b"])[0] == 403
    assert put(emulator, None, b"1", keylimit=["a", "b"])[0] == 403
    assert put(emulator, "a", b"1", keylimit=[*"abcdefghijklmnopqrstu"])[0] == 400


def test_processing_is_refused_by_name_and_nothing_is_stored(emulator: Emulator) -> None:
    for name, value in (
        ("persistentOps", "avthumb/mp4"),
        ("persistentWorkflowTemplateID", "t"),
        ("transform", "imageView2/1"),
    ):
        assert put(emulator, "k", PNG, **{name: value}) == (501, f"not supported by this emulator: {name}")
    assert emulator.keys(PUBLIC) == []
    assert put(emulator, "k", PNG, persistentOps="", persistentNotifyUrl="http://x")["key"] == "k"


def test_fields_that_the_service_does_not_know_are_ignored(emulator: Emulator) -> None:
    assert put(emulator, "k", b"1", upHosts=["http://x"], return_body="x", fopTimeout=3)["key"] == "k"


def test_nulls_and_numbers_in_quotes_are_taken_as_clients_send_them(emulator: Emulator) -> None:
    assert put(emulator, "k", b"1", callbackUrl=None, returnBody=None, forceSaveKey=None, fsizeLimit=0)["key"] == "k"
    answer = put(emulator, "k", b"22", forceSaveKey="true", saveKey="s", insertOnly="1", fsizeLimit="5")
    assert answer["key"] == "s"


@pytest.mark.parametrize("bits_per_s", [-1, 1, 819_199, 838_860_801, 10**30])
def test_traffic_limits_out_of_range(emulator: Emulator, bits_per_s: int) -> None:
    assert put(emulator, "k", b"1", trafficLimit=bits_per_s)[0] == 400


def test_a_limited_upload_takes_its_time(emulator: Emulator) -> None:
    """The only bound that holds on a slow machine is the lower one."""
    data = bytes(20_480)  # 0.2 s at the least rate.
    token = emulator.upload_token(PUBLIC, trafficLimit=819_200)
    ways = (
        lambda: upload(emulator, token, "k", data).status,
        lambda: emulator.put_parts(PUBLIC, "k", [data], token, {}),
        lambda: emulator.call("POST", "/put/-1", data, {"Authorization": f"UpToken {token}"}),
    )
    for way in ways:
        started = time.monotonic()
        way()
        assert time.monotonic() - started >= 0.2


def test_what_only_the_store_shows(tmp_path: Path) -> None:
    """The day an object is deleted, its end user and its headers, as the store keeps them."""
    with Emulator(PUBLIC, data=tmp_path) as emulator:
        day = int(time.time() + 8 * 3600) // DAY_S
        fields = {
            "cacheControl": "no-cache",
            "contentLanguage": "zh",
            "contentEncoding": "gzip",
            "contentDisposition": 'inline; filename="a"',
            "expires": "Thu, 01 Jan 2026 00:00:00 GMT",
        }
        token = emulator.upload_token(PUBLIC, "form", deleteAfterDays=3, endUser="u", fileType=1)
        parts = [(name, value.encode()) for name, value in fields.items()]
        assert upload(emulator, token, "form", b"x", *parts).status == 200
        token = emulator.upload_token(PUBLIC, "parts", deleteAfterDays=0)
        emulator.put_parts(PUBLIC, "parts", [b"x"], token, {**fields, "expires": None})
        days = {day, int(time.time() + 8 * 3600) // DAY_S}
    store = DiskStore(tmp_path)
    stored, other = store.find(PUBLIC, "form"), store.find(PUBLIC, "parts")
    store.close()
    assert stored
    assert other
    headers = {
        "Cache-Control": "no-cache",
        "Content-Language": "zh",
        "Content-Encoding": "gzip",
        "Content-Disposition": 'inline; filename="a"',
        "Expires": "Thu, 01 Jan 2026 00:00:00 GMT",
    }
    assert (stored.headers, stored.end_user, stored.kind) == (headers, "u", 1)
    assert stored.expires_s in {(day + 4) * DAY_S - 8 * 3600 for day in days}
    assert other.headers == {name: value for name, value in headers.items() if name != "Expires"}
    assert other.expires_s is None
