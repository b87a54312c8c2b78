"""Whatever is asked of the uc host, the answer is Kodo's (see `test_malformed.py`), and it goes on answering."""

import json
import urllib.parse
from collections.abc import Iterator
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.asking import b64, info
from tests.emulator.polite import assert_polite, json_values, relaxed, signed
from tests.emulator_process import Emulator

BUCKET = "fuzzed"

PATHS = [
    *("mkbucketv3", "drop", "accessMode", "image", "unimage", "setbucketquota", "getbucketquota"),
    *("corsRules/set", "corsRules/get", "buckets"),
]
WORDS = [
    *("region", "private", "mode", "from", "host", "size", "count"),
    *("z0", "true", "0", "1", "-1", "-", "9" * 25, "١", BUCKET, b64("http://a.example"), b64("a.example")),
]
CALLS = [
    *("/referAntiLeech", "/maxAge", "/noIndexPage", "/private", "/bucketTagging", "/buckets", "/v3/buckets"),
    *("/v2/bucketInfo", "/v2/bucketInfos", "/v2/domains", "/v3/domains", "/v6/domain/list", "/regions"),
    *(f"/{kind}/{call}" for kind in ("rules", "events") for call in ("add", "update", "delete", "get")),
]
FIELDS = [
    *("bucket", "name", "prefix", "suffix", "event", "callbackURL", "access_key", "host", "tbl", "region", "fs"),
    *("mode", "norefer", "pattern", "source_enabled", "maxAge", "noIndexPage", "private", "tagCondition", "apiVersion"),
    *("limit", "marker", "delete_after_days", "to_line_after_days", "to_archive_after_days"),
]
VALUES = [
    *("", "0", "1", "2", "-1", "x", "put", "v4", "true", "9" * 25, "١", "a;b", "*.a.example", "http://[", "\x00"),
    *("http://a.example", b64("key=a"), b64("="), "🪣" * 300),
]
DOCUMENTS = ["/corsRules/set/" + BUCKET, f"/bucketTagging?bucket={BUCKET}", f"/buckets/{BUCKET}?remark"]


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Emulator]:
    """An emulator of its own, since buckets come and go."""
    with Emulator(BUCKET) as emulator:
        yield emulator
        assert emulator.stderr_path.read_bytes().count(b"Traceback") == 0


def goes_on(emulator: Emulator) -> None:
    """Every bucket that is left can be described, listed and discovered."""
    assert len(emulator.manage("POST", "/v2/bucketInfos")) == len(emulator.manage("POST", "/v3/buckets"))
    for name in emulator.manage("GET", "/buckets"):
        assert info(emulator, name)["region"]
        answer = emulator.request("GET", f"/v4/query?ak={emulator.access_key}&bucket={urllib.parse.quote(name)}")
        assert answer[0] == 200
    if BUCKET not in emulator.manage("GET", "/buckets"):
        emulator.manage("POST", f"/mkbucketv3/{BUCKET}")


@given(
    name=st.sampled_from(PATHS),
    method=st.sampled_from(["POST", "POST", "GET", "PUT"]),
    segments=st.lists(st.one_of(st.sampled_from(WORDS).map(str.encode), st.binary(max_size=10)), max_size=6),
)
@relaxed
def test_paths(fuzzed: Emulator, name: str, method: str, segments: list[bytes]) -> None:
    path = f"/{name}/" + "/".join(quote_from_bytes(segment, safe="") for segment in segments)
    assert_polite(signed(fuzzed, method, path), may_succeed=True)
    goes_on(fuzzed)


fields = st.lists(
    st.tuples(st.sampled_from(FIELDS), st.one_of(st.sampled_from(VALUES), st.text(max_size=8))), max_size=6
)


@given(call=st.sampled_from(CALLS), method=st.sampled_from(["POST", "POST", "GET", "DELETE"]), sent=fields)
@relaxed
def test_fields(fuzzed: Emulator, call: str, method: str, sent: list[tuple[str, str]]) -> None:
    """In the query string and in the body, with the bucket's name in front so that something can happen."""
    named = [("tbl" if "domain" in call else "bucket", BUCKET)] if call not in {"/buckets", "/v3/buckets"} else []
    encoded = urllib.parse.urlencode([*named, *sent], errors="replace")
    assert_polite(signed(fuzzed, method, f"{call}?{encoded}"), may_succeed=True)
    assert_polite(signed(fuzzed, method, call, encoded.encode()), may_succeed=True)
    goes_on(fuzzed)


@given(query=st.binary(max_size=40), path=st.sampled_from(["/v2/query", "/v3/query", "/v4/query"]))
@relaxed
def test_discovery(fuzzed: Emulator, query: bytes, path: str) -> None:
    assert_polite(fuzzed.request("GET", f"{path}?{quote_from_bytes(query, safe='=&')}"))
    target = f"{path}?ak={fuzzed.access_key}&bucket={quote_from_bytes(query, safe='')}"
    assert_polite(fuzzed.request("GET", target))


rules = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(json_values, st.lists(st.text(max_size=5), min_size=1, max_size=2))
        for name in ("allowed_origin", "allowed_method", "allowed_header", "exposed_header", "max_age")
    },
)
tags = st.fixed_dictionaries(
    {}, optional={name: st.one_of(json_values, st.text(max_size=5)) for name in ("Key", "Value")}
)


@given(
    target=st.sampled_from(DOCUMENTS),
    document=st.one_of(
        st.binary(max_size=30),
        st.one_of(
            json_values,
            st.lists(rules, max_size=3),
            st.lists(tags, max_size=3).map(lambda listed: {"Tags": listed}),
            json_values.map(lambda value: {"remark": value}),
        ).map(lambda value: json.dumps(value).encode()),
        st.sampled_from([b"[" * 100_000, b'{"remark":' * 50_000, b'{"Tags":[' * 50_000]),
    ),
)
@relaxed
def test_documents(fuzzed: Emulator, target: str, document: bytes) -> None:
    method = "POST" if "cors" in target else "PUT"
    assert_polite(signed(fuzzed, method, target, document), may_succeed=True)
    assert isinstance(fuzzed.manage("GET", f"/corsRules/get/{BUCKET}"), list)
    assert isinstance(fuzzed.manage("GET", f"/bucketTagging?bucket={BUCKET}")["Tags"], list)
    goes_on(fuzzed)
