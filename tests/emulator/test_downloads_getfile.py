"""`/getfile/<AK>/<bucket>/<key>`, the downloads of private clouds, as qshell and the Java SDK spell them."""

from collections.abc import Iterator
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodo_emulator.store.interface import Bucket, RefererRules, Settings
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.prepared import CREATED_S, prepared
from tests.emulator.vectors import content
from tests.emulator.wire import fetch, with_token
from tests.emulator_process import Emulator

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)

KEYS = ["", "k", "a/b", "/a", "//", "a//b", "../x", "./.", "a%2Fb", "a?b=c", "a#b", "a b+c", "中/图.png", "dir/"]


def base(emulator: Emulator, bucket: str) -> str:
    return f"{emulator.uc}/getfile/{emulator.access_key}/{bucket}"


@pytest.mark.parametrize("key", KEYS)
def test_keys_as_both_clients_spell_them(emulator: Emulator, key: str) -> None:
    data = b"content of " + key.encode()
    emulator.put(PUBLIC, key, data)
    for safe in ("", "/~"):  # qshell escapes slashes, the Java SDK does not.
        assert fetch(f"{base(emulator, PUBLIC)}/{quote(key, safe=safe)}").body == data


def test_the_java_sdk_adds_no_segment_for_the_empty_key(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "", b"empty")
    assert fetch(base(emulator, PUBLIC)).body == b"empty"
    assert fetch(f"{base(emulator, PUBLIC)}?attname=a").headers["content-disposition"].startswith("attachment")


def test_it_answers_as_a_domain_does(emulator: Emulator) -> None:
    data = content(1000)
    emulator.put(PUBLIC, "k", data, metadata={"a": "1"})
    url = f"{base(emulator, PUBLIC)}/k"
    whole, own = fetch(url), fetch(f"{emulator.domain(PUBLIC)}/k")
    for name in ("etag", "last-modified", "content-type", "cache-control", "x-qn-meta-a", "accept-ranges", "x-log"):
        assert whole.headers[name] == own.headers[name]
    assert fetch(url, method="HEAD").headers["content-length"] == "1000"
    part = fetch(url, headers={"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, data[10:20])
    assert fetch(url, headers={"If-None-Match": whole.headers["etag"]}).status == 304
    # As the Java SDK builds it with a style and an operation.
    assert fetch(f"{url}?imageView2%2F2%2Fw%2F320%2Fh%2F480&attname=test_file.jpg").status == 501
    assert fetch(f"{url}-iphone?imageView2%2F2%2Fw%2F320%2Fh%2F480&attname=test_file.jpg").status == 404
    emulator.put(PUBLIC, "errno-404", b"gone")
    missing = fetch(f"{base(emulator, PUBLIC)}/missing")
    assert (missing.status, missing.body) == (404, b"gone")
    assert fetch(url, method="POST").status == 405


def test_signatures_count_in_private_buckets_only(emulator: Emulator) -> None:
    for bucket in (PUBLIC, PRIVATE):
        emulator.put(bucket, "a/b", b"hello")
    for safe in ("", "/"):
        public, private = (f"{base(emulator, bucket)}/{quote('a/b', safe=safe)}" for bucket in (PUBLIC, PRIVATE))
        # Some versions of qshell sign with a deadline in 1970.
        for query in ("", f"?e=604800&token={emulator.sign(f'{public}?e=604800'.encode())}"):
            assert fetch(public + query).body == b"hello"
        assert fetch(private).status == 401
        assert fetch(with_token(emulator, private, life_s=-5)).status == 401
        assert fetch(with_token(emulator, private)).body == b"hello"
    emulator.status(PUBLIC, "a/b", disabled=True)
    assert (fetch(public).status, fetch(with_token(emulator, public)).body) == (403, b"hello")


def test_unknown_names(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"hello")
    answer = fetch(f"{emulator.uc}/getfile/other/{PUBLIC}/k")
    assert (answer.status, answer.error()) == (612, "app/accesskey is not found")
    answer = fetch(f"{base(emulator, 'no-such-bucket')}/k")
    assert (answer.status, answer.error()) == (631, "no such bucket")
    for path in ("/getfile/", "/getfile//", "/getfile///k", f"/getfile/{emulator.access_key}", "/getfile/%ff/b/k"):
        assert fetch(emulator.uc + path).status in {400, 612, 631}
    assert fetch(f"{emulator.uc}/getfile").status == 404


@given(path=st.binary(max_size=30), query=st.binary(max_size=20))
@relaxed
def test_any_path(emulator: Emulator, path: bytes, query: bytes) -> None:
    rest = quote_from_bytes(path, safe="/")
    answer = fetch(f"{emulator.uc}/getfile/{rest}?{quote_from_bytes(query, safe='=&')}")
    assert answer.status in {400, 612}
    answer = fetch(f"{base(emulator, PUBLIC)}/{rest}?{quote_from_bytes(query, safe='=&')}")
    assert answer.status in {400, 404}
    assert answer.error()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    listed = RefererRules(mode=1, patterns=("friend.example",), source_enabled=True)
    bucket = Bucket("strict", False, CREATED_S, settings=Settings(referers=listed, timestamp_keys=("sesame",)))
    with prepared(tmp_path_factory.mktemp("getfile"), bucket) as running:
        yield running


def test_referers_count_and_timestamps_belong_to_domains(strict: Emulator) -> None:
    strict.put("strict", "k", b"hello")
    url = f"{base(strict, 'strict')}/k"
    assert fetch(url).body == b"hello"
    assert fetch(url, headers={"Referer": "http://friend.example/"}).body == b"hello"
    assert fetch(url, headers={"Referer": "http://other.example/"}).status == 403
    assert fetch(f"{strict.domain('strict')}/k").status == 403
