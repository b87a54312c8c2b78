"""CORS: what browsers are told about pages of other origins, by the rules of the bucket or without any."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.cors import CorsRule, read_rules
from kodo_emulator.store.interface import Bucket, Settings
from tests.emulator.conftest import PRIVATE, PUBLIC
from tests.emulator.prepared import CREATED_S, prepared
from tests.emulator.wire import Answer, fetch
from tests.emulator_process import Emulator

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)

RULES: list[dict[str, Any]] = [
    {"allowed_origin": ["http://first.example"], "allowed_method": ["get"], "max_age": 60},
    {
        "allowed_origin": ["http://*.abc.com", "https://exact.example:8443"],
        "allowed_method": ["GET", "HEAD"],
        "allowed_header": ["Range", "X-Own"],
        "exposed_header": ["ETag", "X-Extra"],
        "max_age": 3600,
    },
    {"allowed_origin": ["http://first.example"], "allowed_method": ["HEAD"], "allowed_header": ["*"]},
    {"allowed_origin": ["http://two*stars*.example"], "allowed_method": ["GET"], "allowed_header": ["x-*"]},
]
EVERYBODY = [{"allowed_origin": ["*"], "allowed_method": ["GET"], "allowed_header": ["*"], "allowed_credentials": True}]


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    rules = {"ruled": RULES, "everybody": EVERYBODY, "none": [], "broken": [{"allowed_origin": 1}]}
    buckets = [
        Bucket(name, False, CREATED_S, settings=Settings(cors=msgspec.Raw(msgspec.json.encode(value))))
        for name, value in rules.items()
    ]
    with prepared(tmp_path_factory.mktemp("cors"), *buckets) as running:
        for bucket in buckets:
            running.put(bucket.name, "k", b"hello")
        yield running


def told(answer: Answer) -> dict[str, str]:
    """The CORS headers, without their common beginning."""
    start = "access-control-"
    return {name.removeprefix(start): value for name, value in answer.headers.items() if name.startswith(start)}


def get(emulator: Emulator, origin: str | None, bucket: str = "ruled", path: str = "/k", method: str = "GET") -> Answer:
    headers = {} if origin is None else {"Origin": origin}
    return fetch(emulator.domain(bucket) + path, method=method, headers=headers)


def ask(
    emulator: Emulator, origin: str, method: str = "GET", names: str | None = None, *, bucket: str = "ruled"
) -> Answer:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    if names is not None:
        headers["Access-Control-Request-Headers"] = names
    return fetch(f"{emulator.domain(bucket)}/k", method="OPTIONS", headers=headers)


def granted(origin: str, exposed: str = "X-Log, X-Reqid") -> dict[str, str]:
    return {"allow-origin": origin, "allow-credentials": "true", "expose-headers": exposed}


def test_a_plain_request_needs_only_an_origin_that_matches(ruled: Emulator) -> None:
    for method in ("GET", "HEAD"):
        assert told(get(ruled, "http://first.example", method=method)) == granted("http://first.example")
    exposed = "X-Log, X-Reqid, ETag, X-Extra"
    for origin in ("http://www.abc.com", "http://a.b.abc.com", "http://.abc.com", "https://exact.example:8443"):
        answer = get(ruled, origin)
        assert (answer.body, told(answer)) == (b"hello", granted(origin, exposed))


@pytest.mark.parametrize(
    "origin",
    [
        *(
            None,
            "",
            "null",
            "first.example",
            "https://first.example",
            "http://FIRST.example",
            "http://first.example:80",
        ),
        *("http://abc.com", "http://www.abc.com.evil.net", "https://www.abc.com", "https://exact.example"),
        "http://two-stars-.example",
    ],
)
def test_who_matches_nothing_gets_the_bytes_but_no_permission(ruled: Emulator, origin: str | None) -> None:
    answer = get(ruled, origin)
    assert (answer.status, answer.body, told(answer)) == (200, b"hello", {})


def test_only_the_first_star_stands_for_anything(ruled: Emulator) -> None:
    assert told(get(ruled, "http://two-many-stars*.example")) == granted("http://two-many-stars*.example")


def test_refusals_are_as_readable_as_answers(ruled: Emulator) -> None:
    for path, status in (("/missing", 404), ("/k?exif", 501), ("/%ff", 400)):
        answer = get(ruled, "http://first.example", path=path)
        assert (answer.status, told(answer)) == (status, granted("http://first.example"))
    signed = fetch(f"{ruled.io_src('ruled')}/k", headers={"Origin": "http://first.example"})
    assert (signed.status, told(signed)) == (401, granted("http://first.example"))
    ranged = {"Origin": "http://first.example", "Range": "bytes=9-"}
    answer = fetch(f"{ruled.domain('ruled')}/k", headers=ranged)
    assert (answer.status, told(answer)) == (416, granted("http://first.example"))
    answer = fetch(f"{ruled.domain('ruled')}/k", headers={**ranged, "If-None-Match": "*"})
    assert (answer.status, told(answer)) == (304, granted("http://first.example"))


def test_the_first_rule_that_matches_everything_answers_a_preflight(ruled: Emulator) -> None:
    first = {"allow-origin": "http://first.example", "allow-credentials": "true"}
    answer = ask(ruled, "http://first.example")
    assert (answer.status, answer.body) == (200, b"")
    assert told(answer) == {**first, "allow-methods": "GET", "max-age": "60"}
    assert told(ask(ruled, "http://first.example", "HEAD")) == {**first, "allow-methods": "HEAD"}
    assert told(ask(ruled, "http://first.example", "head", "x-any, range")) == {
        **first,
        "allow-methods": "HEAD",
        "allow-headers": "x-any, range",
    }
    assert told(ask(ruled, "http://www.abc.com", "HEAD", "range,X-OWN")) == {
        "allow-origin": "http://www.abc.com",
        "allow-credentials": "true",
        "allow-methods": "GET, HEAD",
        "allow-headers": "range, X-OWN",
        "max-age": "3600",
    }


@pytest.mark.parametrize(
    ("origin", "method", "names"),
    [
        ("http://stranger.example", "GET", None),
        ("http://first.example", "PUT", None),
        ("http://first.example", "GET", "range"),
        ("http://www.abc.com", "GET", "range, x-other"),
        ("http://two-stars*.example", "GET", "x-own"),
        ("http://two-stars*.example", "GET", "*"),
    ],
)
def test_a_preflight_that_no_rule_matches(ruled: Emulator, origin: str, method: str, names: str | None) -> None:
    answer = ask(ruled, origin, method, names)
    assert (answer.status, told(answer)) == (403, {})
    assert answer.error() == "cross-origin request not allowed"


def test_an_empty_list_of_headers_asks_for_none(ruled: Emulator) -> None:
    assert ask(ruled, "http://first.example", "GET", "").status == 200
    assert ask(ruled, "http://two-stars*.example", "GET", " , ").status == 200


def test_a_rule_for_everybody(ruled: Emulator) -> None:
    for origin in ("http://anybody.example", "null"):
        assert told(get(ruled, origin, "everybody")) == granted(origin)
        answer = ask(ruled, origin, "GET", "x-a", bucket="everybody")
        assert told(answer)["allow-headers"] == "x-a"
    assert ask(ruled, "http://anybody.example", "POST", bucket="everybody").status == 403


def test_without_rules_everything_is_allowed(emulator: Emulator, ruled: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"hello")
    everything = {"allow-origin": "*", "expose-headers": "X-Log, X-Reqid", "max-age": "2592000"}
    for origin in (None, "http://anybody.example"):
        assert told(get(emulator, origin, PUBLIC)) == everything
        assert told(get(emulator, origin, PUBLIC, "/missing")) == everything
        assert told(get(emulator, origin, PRIVATE)) == everything
        assert told(get(ruled, origin, "none")) == everything
    answer = ask(emulator, "http://anybody.example", "put", "x-a,X-B", bucket=PUBLIC)
    assert (answer.status, told(answer)) == (200, {**everything, "allow-methods": "PUT", "allow-headers": "x-a, X-B"})


def test_metadata_wins_over_rules(emulator: Emulator) -> None:
    emulator.put(PUBLIC, "k", b"hello", metadata={"!access-control-allow-origin": "http://own.example"})
    assert told(get(emulator, "http://anybody.example", PUBLIC))["allow-origin"] == "http://own.example"


def test_getfile_has_the_rules_of_its_bucket(ruled: Emulator) -> None:
    url = f"{ruled.uc}/getfile/{ruled.access_key}/ruled/k"
    assert told(fetch(url, headers={"Origin": "http://first.example"})) == granted("http://first.example")
    asking = {"Origin": "http://first.example", "Access-Control-Request-Method": "GET"}
    assert told(fetch(url, method="OPTIONS", headers=asking))["allow-methods"] == "GET"


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://a"}, {"Access-Control-Request-Method": "GET"}])
def test_options_that_are_no_preflight(ruled: Emulator, headers: dict[str, str]) -> None:
    answer = fetch(f"{ruled.domain('ruled')}/k", method="OPTIONS", headers=headers)
    assert (answer.status, answer.error()) == (405, "method not allowed: OPTIONS")


def test_stored_rules_that_are_none_are_named(ruled: Emulator) -> None:
    answer = get(ruled, None, "broken")
    assert (answer.status, answer.error()[:18]) == (400, "invalid CORS rules")


@pytest.mark.parametrize(
    "rules",
    [
        b"",
        b"{}",
        b"[1]",
        b'[{"allowed_origin":["*"]}]',
        b'[{"allowed_origin":"*","allowed_method":["GET"]}]',
        b'[{"allowed_origin":["*"],"allowed_method":["GET\\r\\nX: y"]}]',
        b'[{"allowed_origin":["*"],"allowed_method":["GET"],"exposed_header":["a\\nb"]}]',
        b'[{"allowed_origin":["*"],"allowed_method":["GET"],"allowed_header":["a b"]}]',
        b'[{"allowed_origin":["*"],"allowed_method":["GET"],"max_age":"1"}]',
    ],
)
def test_rules_that_are_none(rules: bytes) -> None:
    with pytest.raises(KodoError) as caught:
        read_rules(rules)
    assert caught.value.status == 400


parts = st.text(st.sampled_from("ab:"), max_size=3)


@given(start=parts, end=parts, origin=st.text(st.sampled_from("ab:"), max_size=7))
@settings(deadline=None, max_examples=300)
def test_stars(start: str, end: str, origin: str) -> None:
    """A star stands for any text, also none; without one, only equal texts match."""
    pattern = re.compile(f"{re.escape(start)}.*{re.escape(end)}")
    assert CorsRule((f"{start}*{end}",), ("GET",)).allows_origin(origin) == bool(pattern.fullmatch(origin))
    assert CorsRule((start + end,), ("GET",)).allows_origin(origin) == (origin == start + end)


headers_text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@given(origin=headers_text, method=headers_text, names=headers_text)
@relaxed
def test_any_preflight(ruled: Emulator, origin: str, method: str, names: str) -> None:
    for bucket in ("ruled", "everybody"):
        answer = ask(ruled, origin, method, names, bucket=bucket)
        assert answer.status in {200, 403, 405}
        if answer.status == 200:
            assert told(answer)["allow-origin"] == origin.strip()
