"""Signatures: the published vectors (protocol §2.7), and what the SDK signs by itself, against the server."""

import hashlib
import hmac
import os

import pytest
import qiniu
import requests
from qiniu import Auth, QiniuMacAuth
from qiniu.auth import QiniuMacRequestsAuth, RequestsAuth
from qiniu.http import ResponseInfo

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PUBLIC
from tests.conformance.python.helpers import DONE, outcome, refusal, upload
from tests.emulator_process import Emulator

FORM = "application/x-www-form-urlencoded"
DATED = "X-Qiniu-Date: 20240101T000000Z"


@sdk_calls(
    answered=[
        Auth.token,
        Auth.token_with_data,
        Auth.token_of_request,
        Auth.get_access_key,
        Auth.get_secret_key,
        QiniuMacAuth.token_of_request,
        QiniuMacAuth.qiniu_headers,
    ]
)
def test_vectors() -> None:
    auth, mac = Auth("AK", "SK"), QiniuMacAuth("AK", "SK")
    assert (auth.get_access_key(), auth.get_secret_key()) == ("AK", b"SK")
    assert auth.token_of_request("http://rs/stat/YmtrOmEudHh0") == "AK:SWVpU4Z8hlaU1IE53rBf_Sf7lZk="
    assert auth.token_of_request("http://rs/batch", "op=/stat/YTpi", FORM) == "AK:_p4Y2jmRIIPggfDfwbkTRuQ6-c0="
    assert auth.token("http://dl.example.com/a.txt?attname=x.txt&e=1700000000") == "AK:4TVaWYS_gfDUUomPB3RpxQ2Nvik="
    policy = '{"scope":"bkt:a.txt","deadline":1700000000}'
    assert auth.token_with_data(policy).startswith("AK:IVQ3tGMAlUSS6H1xDflrmXrUYZo=:eyJzY29wZSI6")
    assert mac.qiniu_headers({"X-Qiniu-Date": "20240101T000000Z", "X-Qiniu-": "x", "Host": "h"}) == DATED
    url = "http://rs.qiniuapi.com/stat/YmtrOmEudHh0"
    assert mac.token_of_request("GET", None, url, DATED, FORM) == "AK:rcwc7Kxp4RXyC_GzgexLWbGCjF8="
    url = "http://rs.qiniuapi.com/batch"
    body = "op=%2Fstat%2FYmt0OmEudHh0"
    assert mac.token_of_request("POST", None, url, DATED, FORM, body) == "AK:a0a7IEFjjG42yUHQqeG6As1zPTk="


@sdk_calls(answered=[RequestsAuth.__call__, QiniuMacRequestsAuth.__call__, Auth.verify_callback])
def test_both_schemes_sign_any_request(sdk: Auth, emulator: Emulator) -> None:
    """What somebody does who needs a call that the SDK has not."""
    upload(sdk, PUBLIC, "k")
    mac = QiniuMacAuth(emulator.access_key, emulator.secret_key)
    url = f"{emulator.uc}/batch"
    body = {"op": f"/stat/{qiniu.entry(PUBLIC, 'k')}"}
    with requests.Session() as session:
        for sign in (RequestsAuth(sdk), QiniuMacRequestsAuth(mac)):
            answer = session.post(url, data=body, auth=sign)
            assert (answer.status_code, answer.json()[0]["data"]["fsize"]) == (200, 5)
        for sign in (
            RequestsAuth(Auth(emulator.access_key, "wrong")),
            QiniuMacRequestsAuth(QiniuMacAuth(emulator.access_key, "wrong")),
            None,
        ):
            answer = session.post(url, data=body, auth=sign)
            assert (answer.status_code, answer.json()) == (401, {"error": "bad token"})
        signed = session.post(url, data=body, auth=RequestsAuth(sdk)).request
    assert sdk.verify_callback(signed.headers["Authorization"], url, signed.body)


def test_a_clock_that_is_wrong(manager: qiniu.BucketManager, emulator: Emulator) -> None:
    emulator.clock(15 * 60 + 10)
    assert refusal(manager.buckets()) == (403, "request time too skewed")
    emulator.clock(14 * 60)
    assert manager.buckets()[1].status_code == 200


def test_signatures_without_a_time(sdk: Auth, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    emulator.clock(24 * 3600)
    timeless = Auth(emulator.access_key, emulator.secret_key, disable_qiniu_timestamp_signature=True)
    assert qiniu.BucketManager(timeless).buckets()[1].status_code == 200
    assert qiniu.BucketManager(sdk).buckets()[1].status_code == 403
    monkeypatch.setitem(os.environ, "DISABLE_QINIU_TIMESTAMP_SIGNATURE", "true")
    assert qiniu.BucketManager(sdk).buckets()[1].status_code == 200


@sdk_calls(
    answered=[ResponseInfo.ok, ResponseInfo.json, ResponseInfo.need_retry, ResponseInfo.connect_failed],
)
def test_what_an_answer_tells(sdk: Auth, manager: qiniu.BucketManager, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k")
    _, info = manager.stat(PUBLIC, "k")
    assert (info.ok(), info.need_retry(), info.json()["fsize"]) == (True, False, 5)
    assert info.req_id
    assert info.x_log
    assert info.connect_failed() is False
    emulator.faults([{"host": "rs", "status": 599, "times": 1}])
    assert manager.stat(PUBLIC, "k")[1].status_code == 599
    emulator.faults([{"host": "rs", "status": 503}])
    _, info = manager.stat(PUBLIC, "k")
    assert (info.status_code, info.ok(), info.need_retry(), info.connect_failed()) == (503, False, True, False)
    emulator.clear_faults()
    assert outcome(manager.change_mime(PUBLIC, "k", "text/css")) == DONE


def test_an_upload_goes_to_the_second_host_when_the_first_fails(sdk: Auth, emulator: Emulator) -> None:
    emulator.faults([{"host": "up", "status": 502, "times": 1}])
    ret, _ = qiniu.put_data(sdk.upload_token(PUBLIC), "k", b"hello")
    assert ret["key"] == "k"
    assert [line["status"] for line in emulator.log() if line["host"] == "up"] == [502, 200]


@sdk_calls(answered=[Auth.token])
def test_tokens_are_plain_hmac() -> None:
    digest = hmac.new(b"SK", "é".encode(), hashlib.sha1).digest()
    assert Auth("AK", "SK").token("é") == f"AK:{qiniu.urlsafe_base64_encode(digest)}"
    with pytest.raises(ValueError, match="invalid key"):
        Auth("", "SK")
