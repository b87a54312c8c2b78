"""Signatures against the protocol's vectors (§2.5, §2.7)."""

import base64
import json
from datetime import UTC, datetime

import pytest

from kodokeep.errors import SignInRefused
from kodokeep.kodo.signing import UPLOAD_LIFETIME_S, URL_LIFETIME_S, Signer
from kodokeep.model.options import Credentials

NEW_YEAR_S = datetime(2024, 1, 1, tzinfo=UTC).timestamp()


def signer(now_s: float) -> Signer:
    return Signer(Credentials("AK", "SK"), lambda: now_s)


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("http://rs.qiniuapi.com/stat/YmtrOmEudHh0", "AK:rcwc7Kxp4RXyC_GzgexLWbGCjF8="),
        ("http://rsf.qiniuapi.com/list?bucket=bkt&limit=10&prefix=a%2F", "AK:Iaj0eNuzXzho-woWB2nb_8A7cMY="),
    ],
)
def test_management_requests(url: str, token: str) -> None:
    assert signer(NEW_YEAR_S).headers("GET", url) == [
        f"Authorization: Qiniu {token}",
        "X-Qiniu-Date: 20240101T000000Z",
        "Content-Type: application/x-www-form-urlencoded",
    ]


def test_a_form_is_signed_too() -> None:
    authorization, *_ = signer(NEW_YEAR_S).headers("POST", "http://rs.qiniuapi.com/batch", "op=%2Fstat%2FYmt0OmEudHh0")
    assert authorization == "Authorization: Qiniu AK:a0a7IEFjjG42yUHQqeG6As1zPTk="


@pytest.mark.parametrize(
    ("url", "dated", "token"),
    [
        ("http://dl.example.com/dir/a%20b.txt", "?e=1700000000", "AK:KkHyJu5ukZepbH1xZpNe2DFhVzI="),
        ("http://dl.example.com/a.txt?attname=x.txt", "&e=1700000000", "AK:4TVaWYS_gfDUUomPB3RpxQ2Nvik="),
    ],
)
def test_download_urls(url: str, dated: str, token: str) -> None:
    assert signer(1_700_000_000 - URL_LIFETIME_S).download_url(url) == f"{url}{dated}&token={token}"


def test_upload_tokens() -> None:
    made = signer(1_700_000_000 - UPLOAD_LIFETIME_S).upload_token("bkt", "a.txt", {})
    assert made == ("AK:IVQ3tGMAlUSS6H1xDflrmXrUYZo=:eyJzY29wZSI6ImJrdDphLnR4dCIsImRlYWRsaW5lIjoxNzAwMDAwMDAwfQ==")


def test_upload_tokens_carry_the_policy() -> None:
    policy = {"insertOnly": 1, "detectMime": -1, "fileType": 2, "deleteAfterDays": 3, "returnBody": "{}"}
    encoded = signer(0.0).upload_token("bkt", 'a:"\n鍵', policy).split(":")[2]
    assert json.loads(base64.urlsafe_b64decode(encoded)) == {
        "scope": 'bkt:a:"\n鍵',
        "deadline": UPLOAD_LIFETIME_S,
        **policy,
    }


def test_keys_do_not_show() -> None:
    made = Signer(Credentials("AK", "very-secret"), lambda: 0.0)
    made.download_url("http://h/a")
    made.headers("GET", "http://h/a")
    assert "very-secret" not in repr(made) + repr(vars(made))


@pytest.mark.parametrize("keys", [("", "SK"), ("AK", "")])
def test_empty_keys_are_refused_at_once(keys: tuple[str, str]) -> None:
    with pytest.raises(SignInRefused):
        Signer(Credentials(*keys), lambda: 0.0)
