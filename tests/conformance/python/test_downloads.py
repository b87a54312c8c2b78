"""Addresses that the SDK makes, and what is found there (protocol §2.5, §2.6, §6)."""

import json
import time
from urllib.parse import quote

import pytest
import qiniu
from qiniu import Auth

from tests.conformance.python.calls import sdk_calls
from tests.conformance.python.conftest import PRIVATE, PUBLIC
from tests.conformance.python.helpers import domain, upload
from tests.emulator.wire import Answer, fetch
from tests.emulator_process import Emulator

KEYS = ["plain", "dir/a b.txt", "文件/图.png", "/leading//double", "a?b#c%2F&d=e", "..", "+", ""]


def error(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.error()


@pytest.mark.parametrize("key", KEYS)
@sdk_calls(answered=[Auth.private_download_url])
def test_private_downloads(sdk: Auth, emulator: Emulator, key: str) -> None:
    upload(sdk, PRIVATE, key, b"secret")
    address = f"{emulator.domain(PRIVATE)}/{quote(key)}"
    assert error(fetch(address))[0] == 401
    answer = fetch(sdk.private_download_url(address))
    assert (answer.status, answer.body) == (200, b"secret")
    assert fetch(sdk.private_download_url(f"{emulator.io_src(PRIVATE)}/{quote(key, safe='')}")).body == b"secret"


@sdk_calls(answered=[Auth.private_download_url])
def test_what_a_signature_does_not_permit(sdk: Auth, emulator: Emulator) -> None:
    upload(sdk, PRIVATE, "k", b"secret")
    upload(sdk, PRIVATE, "other", b"secret")
    address = f"{emulator.domain(PRIVATE)}/k"
    signed = sdk.private_download_url(address)
    assert error(fetch(address)) == (401, "download token not specified")
    assert error(fetch(signed.replace("/k?", "/other?"))) == (401, "download token auth failed")
    assert error(fetch(Auth(emulator.access_key, "wrong").private_download_url(address)))[0] == 401
    assert error(fetch(Auth("nobody", "wrong").private_download_url(address)))[0] == 401
    assert error(fetch(sdk.private_download_url(address, expires=-10)))[0] == 401
    emulator.clock(3600 + 10)
    assert error(fetch(signed))[0] == 401


@sdk_calls(answered=[Auth.private_download_url])
def test_public_buckets_take_no_notice_of_signatures(sdk: Auth, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "k")
    address = f"{emulator.domain(PUBLIC)}/k"
    for url in (address, sdk.private_download_url(address), sdk.private_download_url(address, expires=-10)):
        assert fetch(url).body == b"hello"
    assert fetch(f"{emulator.io_src(PUBLIC)}/k").status == 401
    assert fetch(sdk.private_download_url(f"{emulator.io_src(PUBLIC)}/k")).body == b"hello"


@sdk_calls(answered=[Auth.private_download_url])
def test_a_name_to_save_as(sdk: Auth, emulator: Emulator) -> None:
    upload(sdk, PRIVATE, "k")
    address = f"{emulator.domain(PRIVATE)}/k?attname={quote('为 我.txt')}"
    disposition = fetch(sdk.private_download_url(address)).headers["content-disposition"]
    assert disposition.startswith("attachment")
    assert quote("为 我.txt") in disposition
    after = sdk.private_download_url(f"{emulator.domain(PRIVATE)}/k") + "&attname=a.txt"
    assert "attachment" not in fetch(after).headers.get("content-disposition", "")


@sdk_calls(answered=[Auth.private_download_url])
def test_ranges_and_conditions(sdk: Auth, emulator: Emulator) -> None:
    etag = upload(sdk, PRIVATE, "k", b"0123456789")["hash"]
    url = sdk.private_download_url(f"{emulator.domain(PRIVATE)}/k")
    part = fetch(url, headers={"Range": "bytes=2-4"})
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert part.headers["etag"] == f'"{etag}"'
    assert fetch(url, headers={"Range": "bytes=10-"}).status == 416
    assert fetch(url, headers={"If-None-Match": f'"{etag}"'}).status == 304
    head = fetch(url, method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "10")


@sdk_calls(answered=[Auth.private_download_url])
def test_disabled_objects_need_a_signature_even_in_public(
    sdk: Auth, manager: qiniu.BucketManager, emulator: Emulator
) -> None:
    upload(sdk, PUBLIC, "k")
    manager.change_status(PUBLIC, "k", 1, None)
    address = f"{emulator.domain(PUBLIC)}/k"
    assert fetch(address).status == 403
    assert fetch(sdk.private_download_url(address, expires=-10)).status in {401, 403}
    assert fetch(sdk.private_download_url(address)).body == b"hello"


def test_what_is_not_there(sdk: Auth, emulator: Emulator) -> None:
    address = f"{emulator.domain(PUBLIC)}/missing"
    assert fetch(address).status == 404
    upload(sdk, PUBLIC, "errno-404", b"<h1>Nothing here</h1>")
    answer = fetch(address)
    assert (answer.status, answer.body) == (404, b"<h1>Nothing here</h1>")


@sdk_calls(answered=[qiniu.create_timestamp_anti_leech_url])
def test_timestamp_addresses() -> None:
    """The vector of protocol §2.6."""
    made = qiniu.create_timestamp_anti_leech_url("http://cdn.example.com", "qiniu.mp4", "", "encryptKey", 20)
    assert made == "http://cdn.example.com/qiniu.mp4?sign=1a530a8baafe126145f49cb738a50c09&t=14"


@sdk_calls(answered=[qiniu.create_timestamp_anti_leech_url])
def test_timestamps_change_nothing_where_they_are_not_asked_for(sdk: Auth, emulator: Emulator) -> None:
    upload(sdk, PUBLIC, "dir/文 件")
    for query in ("", "attname=a.txt"):
        assert fetch(timed(emulator.domain(PUBLIC), query)).body == b"hello"


@sdk_calls(answered=[qiniu.create_timestamp_anti_leech_url])
def test_timestamps_where_they_are_asked_for(
    sdk: Auth, manager: qiniu.BucketManager, bucket: str, emulator: Emulator
) -> None:
    setting = {"bucket": bucket, "keys": ["encryptKey", "the next key"]}
    emulator.call("POST", "/_emulator/anti-leech", json.dumps(setting).encode())
    upload(sdk, bucket, "dir/文 件")
    base = domain(manager, bucket)
    assert fetch(f"{base}/dir/{quote('文 件')}").status == 403
    for query in ("", "attname=a.txt"):
        assert fetch(timed(base, query)).body == b"hello"
    assert fetch(timed(base, key="the next key")).body == b"hello"
    assert fetch(timed(base, key="another key")).status == 403
    assert fetch(timed(base, life_s=-10)).status == 403
    assert fetch(timed(base).replace("/dir/", "/other/")).status == 403


def timed(base: str, query: str = "", key: str = "encryptKey", life_s: int = 60) -> str:
    made: str = qiniu.create_timestamp_anti_leech_url(base, "dir/文 件", query, key, int(time.time()) + life_s)
    return made
