"""Signatures: the published vectors (protocol §2.7), and what the server does with bad ones."""

import json
import time
from datetime import UTC, datetime

import pytest

from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.auth import Keys, SignedRequest, check_download, check_management, check_upload_token
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator

KEYS = Keys("AK", "SK")
FORM = "application/x-www-form-urlencoded"
NEW_YEAR_2024_S = datetime(2024, 1, 1, tzinfo=UTC).timestamp()
NEW_YEAR_2020_S = datetime(2020, 1, 1, tzinfo=UTC).timestamp()

# method, host, target, body, content type, dated, signature
MANAGEMENT = [
    ("GET", "rs.qiniuapi.com", "/stat/YmtrOmEudHh0", b"", FORM, True, "rcwc7Kxp4RXyC_GzgexLWbGCjF8="),
    (
        "GET",
        "rsf.qiniuapi.com",
        "/list?bucket=bkt&limit=10&prefix=a%2F",
        b"",
        FORM,
        True,
        "Iaj0eNuzXzho-woWB2nb_8A7cMY=",
    ),
    ("POST", "rs.qiniuapi.com", "/batch", b"op=%2Fstat%2FYmt0OmEudHh0", FORM, True, "a0a7IEFjjG42yUHQqeG6As1zPTk="),
    (
        "PUT",
        "uc.qiniuapi.com",
        "/bucketTagging?bucket=bkt",
        b'{"Tags":[]}',
        "application/json",
        False,
        "xAPIRi-NqUq2i6nuQallY317c6I=",
    ),
    ("POST", "127.0.0.1:9000", "/x", b"ignored", "application/octet-stream", False, "3HDbeKJ1UQZtRbGgYitPww_qFUs="),
]


@pytest.mark.parametrize(("method", "host", "target", "body", "kind", "dated", "signature"), MANAGEMENT)
def test_qiniu_vectors(
    method: str, host: str, target: str, body: bytes, kind: str, *, dated: bool, signature: str
) -> None:
    headers = {"host": host, "content-type": kind, "authorization": f"Qiniu AK:{signature}"}
    if dated:
        headers["x-qiniu-date"] = "20240101T000000Z"
    request = SignedRequest(method, target.encode(), headers, body)
    check_management(KEYS, request, NEW_YEAR_2024_S)
    with pytest.raises(KodoError, match="bad token"):
        check_management(Keys("AK", "other"), request, NEW_YEAR_2024_S)


@pytest.mark.parametrize("signature", ["g_kMjeX1OqPYfWO0pi-YLMkhps4=", "yz5IuTwTXabs37UsKAOlPs7bzDQ="])
def test_the_node_sdk_may_repeat_the_port(signature: str) -> None:
    headers = {
        "host": "127.0.0.1:9000",
        "content-type": FORM,
        "x-qiniu-date": "20200101T000000Z",
        "authorization": f"Qiniu AK:{signature}",
    }
    check_management(KEYS, SignedRequest("GET", b"/stat/eA==", headers, b""), NEW_YEAR_2020_S)


@pytest.mark.parametrize(
    ("target", "body", "signature"),
    [
        (b"/stat/YmtrOmEudHh0", b"", "SWVpU4Z8hlaU1IE53rBf_Sf7lZk="),
        (b"/batch", b"op=/stat/YTpi", "_p4Y2jmRIIPggfDfwbkTRuQ6-c0="),
    ],
)
def test_qbox_vectors(target: bytes, body: bytes, signature: str) -> None:
    headers = {"content-type": FORM, "authorization": f"QBox AK:{signature}"}
    check_management(KEYS, SignedRequest("POST", target, headers, body), 0)


def test_upload_token_vector() -> None:
    policy = "eyJzY29wZSI6ImJrdDphLnR4dCIsImRlYWRsaW5lIjoxNzAwMDAwMDAwfQ=="
    document = check_upload_token(KEYS, f"AK:IVQ3tGMAlUSS6H1xDflrmXrUYZo=:{policy}")
    assert json.loads(document) == {"scope": "bkt:a.txt", "deadline": 1700000000}


@pytest.mark.parametrize(
    ("target", "token"),
    [
        ("/dir/a%20b.txt?e=1700000000", "AK:KkHyJu5ukZepbH1xZpNe2DFhVzI="),
        ("/a.txt?attname=x.txt&e=1700000000", "AK:4TVaWYS_gfDUUomPB3RpxQ2Nvik="),
    ],
)
def test_download_vectors(target: str, token: str) -> None:
    signed = f"{target}&token={token}".encode()
    check_download(KEYS, "dl.example.com", signed, 1699999999)
    check_download(KEYS, "dl.example.com", signed + b"&attname=ignored", 1699999999)
    with pytest.raises(KodoError, match="out of date"):
        check_download(KEYS, "dl.example.com", signed, 1700000001)
    with pytest.raises(KodoError, match="auth failed"):
        check_download(KEYS, "other.example.com", signed, 1699999999)


def test_management_without_or_with_a_bad_signature(emulator: Emulator) -> None:
    for headers in ({}, {"Authorization": "Qiniu x:y"}, {"Authorization": "Basic x"}):
        answer = fetch(f"{emulator.uc}/buckets", headers=headers)
        assert (answer.status, answer.error()) == (401, "bad token")
        assert answer.headers["x-reqid"]


@pytest.mark.parametrize(("skew_s", "status"), [(0, 200), (800, 200), (-800, 200), (1000, 403), (-1000, 403)])
def test_skewed_clocks(emulator: Emulator, skew_s: int, status: int) -> None:
    emulator.clock(skew_s)
    date = datetime.fromtimestamp(time.time(), UTC).strftime("%Y%m%dT%H%M%SZ")
    host = emulator.uc.removeprefix("http://")
    token = emulator.sign(f"GET /buckets\nHost: {host}\nX-Qiniu-Date: {date}\n\n".encode())
    answer = fetch(f"{emulator.uc}/buckets", headers={"X-Qiniu-Date": date, "Authorization": f"Qiniu {token}"})
    assert answer.status == status
    if status == 403:
        assert answer.error() == "request time too skewed"


def test_upload_tokens_on_the_wire(emulator: Emulator) -> None:
    good = emulator.upload_token(PUBLIC, "k")
    old = emulator.upload_token(PUBLIC, "k", deadline=1)
    signature, _, policy = good.rpartition(":")
    cases = {
        None: "token not specified",
        "": "token not specified",
        "x": "bad token",
        f"{signature}x:{policy}": "bad token",
        old: "token out of date",
    }
    for token, message in cases.items():
        field = (
            b""
            if token is None
            else b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n%b\r\n' % token.encode()
        )
        body = field + b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nx\r\n--b--\r\n'
        answer = fetch(
            emulator.uc, method="POST", body=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
        assert (answer.status, answer.error()) == (401, message)
        assert answer.json()["code"] == 401
        assert answer.json()["reqid"] == answer.headers["x-reqid"]


def test_private_downloads(emulator: Emulator) -> None:
    emulator.put(PRIVATE, "a b", b"secret")
    plain = f"{emulator.domain(PRIVATE)}/a%20b"
    assert fetch(emulator.url(PRIVATE, "a b")).body == b"secret"
    assert fetch(plain).error() == "download token not specified"
    assert fetch(plain + "?e=99999999999&token=x:y").error() == "download token auth failed"
    assert fetch(emulator.url(PRIVATE, "a b", life_s=-10)).status == 401
    assert fetch(emulator.url(PRIVATE, "a b").replace("a%20b", "a+b")).status == 401
    https = f"https{plain.removeprefix('http')}?e=99999999999"
    assert fetch(f"{plain}?e=99999999999&token={emulator.sign(https.encode())}").body == b"secret"


def test_the_origin_host_always_wants_a_token(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"x")
    assert fetch(f"{emulator.domain(PUBLIC)}/k?e=20&token=expired").body == b"x"
    assert fetch(f"{emulator.io_src(PUBLIC)}/k").status == 401
    assert fetch(emulator.url(PUBLIC, "k", origin=True)).body == b"x"
