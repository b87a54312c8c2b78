"""When several things speak against a download, the one that is looked at first answers (hosts/io.py)."""

from collections.abc import Iterator

import pytest
from qiniu.services.cdn.manager import create_timestamp_anti_leech_url

from kodo_emulator.store.interface import Bucket, RefererRules, Settings
from tests.emulator.prepared import CREATED_S, prepared
from tests.emulator.wire import Answer, fetch, with_token
from tests.emulator_process import Emulator

FRIEND = {"Referer": "http://friend.example/"}
STRANGER = {"Referer": "http://stranger.example/"}
SECRET = "sesame"
IN_2100_S = 4_102_444_800


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    rules = RefererRules(mode=1, patterns=("friend.example",), allow_empty=False, source_enabled=True)
    settings = Settings(referers=rules, timestamp_keys=(SECRET,), no_index_page=False)
    buckets = (
        Bucket("strict", private=True, created_s=CREATED_S, settings=settings),
        Bucket("open", private=False, created_s=CREATED_S),
    )
    with prepared(tmp_path_factory.mktemp("order"), *buckets) as running:
        for bucket in ("strict", "open"):
            running.put(bucket, "k", b"hello")
            running.put(bucket, "frozen", b"hello", policy={"fileType": 2})
            for key in ("k", "frozen"):
                running.put(bucket, f"disabled-{key}", b"hello", policy={"fileType": 2 if key == "frozen" else 0})
                running.status(bucket, f"disabled-{key}", disabled=True)
        yield running


def stamped(emulator: Emulator, key: str) -> str:
    url: str = create_timestamp_anti_leech_url(emulator.domain("strict"), key, "", SECRET, IN_2100_S)
    return url


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.error()


def test_the_referer_first_then_the_timestamp_then_the_token_then_the_key(emulator: Emulator) -> None:
    bare = f"{emulator.domain('strict')}/k"
    full = with_token(emulator, stamped(emulator, "k"))
    assert refusal(fetch(bare, headers=STRANGER)) == (403, "referer not allowed")
    assert refusal(fetch(full, headers=STRANGER)) == (403, "referer not allowed")
    assert refusal(fetch(full)) == (403, "referer not allowed")
    assert refusal(fetch(bare, headers=FRIEND)) == (403, "invalid timestamp signature")
    assert refusal(fetch(with_token(emulator, bare), headers=FRIEND)) == (403, "invalid timestamp signature")
    assert refusal(fetch(stamped(emulator, "k"), headers=FRIEND)) == (401, "download token not specified")
    assert refusal(fetch(stamped(emulator, "missing"), headers=FRIEND)) == (401, "download token not specified")
    assert refusal(fetch(stamped(emulator, "x" * 751), headers=FRIEND)) == (401, "download token not specified")
    assert refusal(fetch(with_token(emulator, stamped(emulator, "x" * 751)), headers=FRIEND)) == (400, "key too long")
    assert refusal(fetch(with_token(emulator, stamped(emulator, "missing")), headers=FRIEND))[0] == 404
    assert fetch(full, headers=FRIEND).body == b"hello"


def test_the_origin_knows_no_timestamps(emulator: Emulator) -> None:
    assert fetch(emulator.url("strict", "k", origin=True), headers=FRIEND).body == b"hello"
    assert refusal(fetch(emulator.url("strict", "k", origin=True), headers=STRANGER)) == (403, "referer not allowed")
    assert refusal(fetch(f"{emulator.io_src('open')}/missing")) == (401, "download token not specified")


def test_disabled_before_archived_before_processing_before_conditions(emulator: Emulator) -> None:
    domain = emulator.domain("open")
    disabled, archived = (403, "file is disabled"), (403, "file is archived: restore it first")
    not_done = (501, "not supported by this emulator: exif")
    unchanged = {"If-None-Match": "*", "Range": "bytes=9-"}
    assert refusal(fetch(f"{domain}/disabled-frozen?exif", headers=unchanged)) == disabled
    signed = with_token(emulator, f"{domain}/disabled-frozen?exif")
    assert refusal(fetch(signed, headers=unchanged)) == archived
    assert refusal(fetch(f"{domain}/frozen?exif", headers=unchanged)) == archived
    assert refusal(fetch(f"{domain}/k?exif", headers=unchanged)) == not_done
    assert fetch(f"{domain}/k", headers=unchanged).status == 304
    assert fetch(f"{domain}/k", headers={"Range": "bytes=9-"}).status == 416
    assert refusal(fetch(f"{domain}/missing?exif"))[0] == 404


def test_a_private_bucket_asks_for_the_token_of_a_disabled_object_once(emulator: Emulator) -> None:
    assert refusal(fetch(stamped(emulator, "disabled-k"), headers=FRIEND))[0] == 401
    assert fetch(with_token(emulator, stamped(emulator, "disabled-k")), headers=FRIEND).body == b"hello"


def test_a_public_bucket_does_not_look_at_tokens(emulator: Emulator) -> None:
    url = f"{emulator.domain('open')}/k"
    for query in ("e=20&token=x:y", "e=&token=", "token=x", with_token(emulator, url, life_s=-9).partition("?")[2]):
        assert fetch(f"{url}?{query}").body == b"hello"


def test_a_preflight_passes_everything(emulator: Emulator) -> None:
    asking = {"Origin": "http://page.example", "Access-Control-Request-Method": "GET", **STRANGER}
    assert fetch(f"{emulator.domain('strict')}/missing", method="OPTIONS", headers=asking).status == 200
