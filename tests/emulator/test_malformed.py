"""Whatever a client sends, the answer is Kodo's: a 4xx, 6xx or 701 with a JSON error and X-Reqid, never a 5xx."""

import base64
import json
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.polite import assert_polite, header_text, json_values, relaxed, signed
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, entry


@pytest.fixture
def emulator_with_object(emulator: Emulator) -> Emulator:
    emulator.put(PUBLIC, "k", b"hello")
    return emulator


@given(
    authorization=st.one_of(
        header_text, header_text.map(lambda text: f"Qiniu {text}"), header_text.map("QBox {}".format)
    )
)
@relaxed
def test_signatures(emulator_with_object: Emulator, authorization: str) -> None:
    for path in ("/buckets", f"/stat/{entry(PUBLIC, 'k')}", "/batch", f"/buckets/{PUBLIC}/objects/~/uploads"):
        assert_polite(emulator_with_object.request("POST", path, b"", {"Authorization": authorization}))


@given(date=header_text)
@relaxed
def test_dates(emulator: Emulator, date: str) -> None:
    host = emulator.uc.removeprefix("http://")
    token = emulator.sign(f"GET /buckets\nHost: {host}\nX-Qiniu-Date: {date.strip()}\n\n".encode())
    headers = {"Authorization": f"Qiniu {token}", "X-Qiniu-Date": date}
    assert_polite(emulator.request("GET", "/buckets", b"", headers))


@given(
    marker=st.one_of(
        st.text(max_size=20),
        json_values.map(lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode()),
    )
)
@relaxed
def test_markers(emulator_with_object: Emulator, marker: str) -> None:
    target = f"/list?bucket={PUBLIC}&marker={quote(marker.encode('utf-8', 'replace'), safe='')}"
    assert_polite(signed(emulator_with_object, "GET", target), may_succeed=not marker)


@given(query=st.binary(max_size=40))
@relaxed
def test_list_queries(emulator_with_object: Emulator, query: bytes) -> None:
    assert_polite(
        signed(emulator_with_object, "GET", f"/list?bucket={PUBLIC}&{quote_from_bytes(query, safe='=&')}"),
        may_succeed=True,
    )


@given(
    name=st.sampled_from(["stat", "delete", "copy", "move", "chgm", "chtype", "chstatus", "restoreAr"]),
    segments=st.lists(
        st.one_of(
            st.binary(max_size=10),
            st.sampled_from([b"type", b"status", b"force", b"mime", b"cond", b"x-qn-meta-a", b"freezeAfterDays"]),
            st.sampled_from([b"1", b"\xd9\xa1"]),
            st.sampled_from(["k", "missing"]).map(lambda key: entry(PUBLIC, key).encode()),
            st.binary(max_size=20).map(base64.urlsafe_b64encode),
        ),
        max_size=5,
    ),
)
@relaxed
def test_operations(emulator_with_object: Emulator, name: str, segments: list[bytes]) -> None:
    path = f"/{name}/" + "/".join(quote_from_bytes(segment, safe="") for segment in segments)
    assert_polite(signed(emulator_with_object, "POST", path), may_succeed=True)
    body = b"op=" + quote(path, safe="").encode()
    assert signed(emulator_with_object, "POST", "/batch", body)[0] in {200, 298}


@given(body=st.binary(max_size=40))
@relaxed
def test_batches(emulator: Emulator, body: bytes) -> None:
    assert_polite(signed(emulator, "POST", "/batch", body), may_succeed=True)


@given(text=st.one_of(st.binary(max_size=20), st.from_regex(rb"bytes=[0-9,-]{0,24}", fullmatch=True)))
@relaxed
def test_ranges(emulator_with_object: Emulator, text: bytes) -> None:
    value = bytes(byte for byte in text if byte >= 32 and byte != 127).decode("latin-1")
    answer = fetch(f"{emulator_with_object.domain(PUBLIC)}/k", headers={"Range": value})
    assert answer.status in {200, 206, 416}
    if answer.status == 206:
        assert answer.body
        assert answer.body in b"hello"


@given(path=st.binary(max_size=30), query=st.binary(max_size=30))
@relaxed
def test_downloads(emulator: Emulator, path: bytes, query: bytes) -> None:
    for bucket in (PUBLIC, PRIVATE):
        url = f"{emulator.domain(bucket)}/{quote_from_bytes(path, safe='')}?{quote_from_bytes(query, safe='=&')}"
        answer = fetch(url)
        assert_polite((answer.status, answer.headers, answer.body))


@given(document=st.one_of(st.binary(max_size=30), json_values.map(lambda value: json.dumps(value).encode())))
@relaxed
def test_fault_rules(emulator: Emulator, document: bytes) -> None:
    assert_polite(emulator.request("POST", "/_emulator/faults", document), may_succeed=document.strip() == b"[]")
