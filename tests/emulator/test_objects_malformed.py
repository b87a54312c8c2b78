"""Whatever a client sends to rs, rsf, io and api, it gets a refusal that Kodo could have sent."""

import base64
import json
from typing import Any
from urllib.parse import quote, quote_from_bytes

from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.conftest import PUBLIC
from tests.emulator.polite import assert_polite, json_values, relaxed, signed
from tests.emulator_process import Emulator, entry

EXPECTED = {200, 404, 478}
NAMES = ["toIAAfterDays", "toArchiveAfterDays", "deleteAfterDays", "cond", "to", "host"]

segments = st.one_of(
    st.binary(max_size=10),
    st.sampled_from([name.encode() for name in NAMES]),
    st.integers(-3, 100_000).map(lambda number: str(number).encode()),
    st.sampled_from(["k", "missing"]).map(lambda key: entry(PUBLIC, key).encode()),
    st.sampled_from(["http://[::1", "http://127.0.0.1:1/", "http://127.0.0.1:99999/", "://", "file:///etc"])
    .map(str.encode)
    .map(base64.urlsafe_b64encode),
    st.binary(max_size=20).map(base64.urlsafe_b64encode),
)


@given(
    name=st.sampled_from(["deleteAfterDays", "lifecycle", "fetch", "prefetch"]),
    rest=st.lists(segments, max_size=6),
    aimed=st.booleans(),
)
@relaxed
def test_paths(emulator: Emulator, name: str, rest: list[bytes], aimed: bool) -> None:
    emulator.put(PUBLIC, "k", b"hello")
    if aimed and name != "fetch":
        rest = [entry(PUBLIC, "k").encode(), *rest]
    elif aimed:
        rest = [*rest[:1], b"to", entry(PUBLIC, "k").encode(), *rest[1:]]
    path = f"/{name}/" + "/".join(quote_from_bytes(segment, safe="") for segment in rest)
    assert_polite(signed(emulator, "POST", path), may_succeed=True)
    body = b"op=" + quote(path, safe="").encode()
    assert signed(emulator, "POST", "/batch", body)[0] in {200, 298}


@given(query=st.binary(max_size=40))
@relaxed
def test_streams(emulator: Emulator, query: bytes) -> None:
    target = f"/v2/list?bucket={PUBLIC}&{quote_from_bytes(query, safe='=&')}"
    assert_polite(signed(emulator, "GET", target), may_succeed=True)


@given(query=st.binary(max_size=40))
@relaxed
def test_task_ids(emulator: Emulator, query: bytes) -> None:
    for encoded in (query, base64.urlsafe_b64encode(query)):
        assert_polite(signed(emulator, "GET", f"/sisyphus/fetch?id={quote_from_bytes(encoded, safe='')}"))


@given(task=json_values)
@relaxed
def test_task_ids_of_json(emulator: Emulator, task: Any) -> None:
    encoded = base64.urlsafe_b64encode(
        json.dumps({"zone": "z0", "queue": "q", "part_id": task, "offset": task}).encode()
    )
    assert_polite(signed(emulator, "GET", f"/sisyphus/fetch?id={quote_from_bytes(encoded)}"))


@given(
    fields=st.dictionaries(
        st.sampled_from(["url", "bucket", "key", "md5", "callbackurl", "callbackbody", "file_type", "ignore_same_key"]),
        st.one_of(json_values, st.sampled_from([PUBLIC, "http://127.0.0.1:1/", "http://[::1"])),
    )
)
@relaxed
def test_jobs(emulator: Emulator, fields: dict[str, Any]) -> None:
    for job in (fields, {"url": "http://127.0.0.1:1/", "bucket": PUBLIC, **fields}):
        answer = signed(emulator, "POST", "/sisyphus/fetch", json.dumps(job).encode())
        assert_polite(answer, may_succeed=True)
