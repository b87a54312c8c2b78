"""Anti-leech: referer lists that are enforced at the origin, and timestamp signatures of a domain (protocol §2.6)."""

import json
import time
from collections.abc import Iterator
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qiniu.services.cdn.manager import create_timestamp_anti_leech_url

from kodo_emulator.errors import KodoError
from kodo_emulator.protocol.anti_leech import check_timestamp, referer_list
from kodo_emulator.store.interface import Bucket, RefererRules, Settings
from tests.emulator.conftest import PUBLIC
from tests.emulator.prepared import CREATED_S, prepared
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator, EmulatorError

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)

PATTERNS = ("foo.com", "*.bar.com", "192.0.2.7", "Sub.Foo.com")
LISTED = [
    *(
        "http://foo.com/",
        "https://foo.com",
        "http://FOO.com:8080/a?b#c",
        "http://user:pass@foo.com/",
        "http://foo.com?x",
    ),
    *("http://a.bar.com/", "http://a.b.bar.com/x", "http://192.0.2.7/", "http://sub.foo.com/", " http://foo.com/ "),
]
NOT_LISTED = [
    *(
        "http://bar.com/",
        "http://xbar.com/",
        "http://other.foo.com/",
        "http://foo.com.evil.net/",
        "http://evil.net/foo.com",
    ),
    *(
        "http://evil.net/?http://foo.com/",
        "http://foo.com@evil.net/",
        "foo.com",
        "/foo.com",
        "http://",
        "http://[",
        "x",
    ),
    *("http://[::1]/", "data:,foo.com", "http://a.bar.com.evil.net/", "http://.bar.co/"),
]


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    rules = {
        "allow": RefererRules(1, PATTERNS, allow_empty=True, source_enabled=True),
        "allow-named": RefererRules(1, PATTERNS, allow_empty=False, source_enabled=True),
        "deny": RefererRules(2, PATTERNS, allow_empty=True, source_enabled=True),
        "deny-unnamed": RefererRules(2, PATTERNS, allow_empty=False, source_enabled=True),
        "allow-all": RefererRules(1, ("*",), allow_empty=False, source_enabled=True),
        "deny-all": RefererRules(2, ("*",), allow_empty=True, source_enabled=True),
        "off": RefererRules(0, ("*",), allow_empty=False, source_enabled=True),
        "cdn-only": RefererRules(1, ("nobody",), allow_empty=False, source_enabled=False),
    }
    buckets = [Bucket(name, False, CREATED_S, settings=Settings(referers=rule)) for name, rule in rules.items()]
    with prepared(tmp_path_factory.mktemp("referers"), *buckets) as running:
        for name in rules:
            running.put(name, "k", b"hello")
        yield running


def status(emulator: Emulator, bucket: str, referer: str | None) -> int:
    headers = {} if referer is None else {"Referer": referer}
    answer = fetch(f"{emulator.domain(bucket)}/k", headers=headers)
    assert answer.body == b"hello" or answer.error() == "referer not allowed"
    return answer.status


@pytest.mark.parametrize("referer", LISTED)
def test_who_is_listed(listed: Emulator, referer: str) -> None:
    allowed = {name: status(listed, name, referer) for name in ("allow", "allow-named", "deny", "deny-unnamed")}
    assert allowed == {"allow": 200, "allow-named": 200, "deny": 403, "deny-unnamed": 403}


@pytest.mark.parametrize("referer", NOT_LISTED)
def test_who_is_not_listed(listed: Emulator, referer: str) -> None:
    allowed = {name: status(listed, name, referer) for name in ("allow", "allow-named", "deny", "deny-unnamed")}
    assert allowed == {"allow": 403, "allow-named": 403, "deny": 200, "deny-unnamed": 200}


@pytest.mark.parametrize("referer", [None, "", "  "])
def test_who_names_no_page(listed: Emulator, referer: str | None) -> None:
    names = ("allow", "allow-named", "deny", "deny-unnamed", "allow-all", "deny-all")
    assert [status(listed, name, referer) for name in names] == [200, 403, 200, 403, 403, 200]


def test_everybody_and_nobody(listed: Emulator) -> None:
    for referer in (*LISTED, *NOT_LISTED):
        assert (status(listed, "allow-all", referer), status(listed, "deny-all", referer)) == (200, 403)


def test_a_list_that_is_off_or_for_the_cdn_only(listed: Emulator) -> None:
    for referer in (None, "http://foo.com/", "http://evil.net/"):
        assert (status(listed, "off", referer), status(listed, "cdn-only", referer)) == (200, 200)


def test_every_door_obeys_the_list(listed: Emulator) -> None:
    url = listed.url("allow", "k", origin=True)
    assert fetch(url, headers={"Referer": "http://evil.net/"}).status == 403
    assert fetch(url, headers={"Referer": "http://foo.com/"}).body == b"hello"
    assert fetch(f"{listed.domain('allow')}/k", method="HEAD", headers={"Referer": "http://evil.net/"}).status == 403


@given(referer=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
@relaxed
def test_any_referer(listed: Emulator, referer: str) -> None:
    named = bool(referer.strip())
    allowed, denied = status(listed, "allow", referer), status(listed, "deny", referer)
    assert {allowed, denied} == ({200, 403} if named else {200})


labels = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)
hosts = st.lists(labels, min_size=1, max_size=4).map(".".join)
patterns = st.one_of(hosts, hosts.map("*.{}".format))


@given(host=hosts, listed_patterns=st.lists(patterns, max_size=4), scheme=st.sampled_from(["http", "https"]))
@settings(deadline=None)
def test_patterns(host: str, listed_patterns: list[str], scheme: str) -> None:
    """A host is listed if a pattern is the host, or a star and the rest of its labels."""
    levels = host.split(".")
    covering = {host, *("*." + ".".join(levels[i:]) for i in range(1, len(levels)))}
    expected = bool(covering & set(listed_patterns))
    referer = f"{scheme}://{host.upper()}:81/page"
    for allow_empty in (True, False):
        allow = referer_list(1, listed_patterns, allow_empty=allow_empty)
        deny = referer_list(2, listed_patterns, allow_empty=allow_empty)
        assert allow
        assert deny
        assert (allow.permits(referer), deny.permits(referer)) == (expected, not expected)
        assert allow.permits("") is deny.permits("") is allow_empty


SECRETS = ("old secret", "encryptKey")
IN_2100_S = 4_102_444_800


@pytest.fixture
def stamped(emulator: Emulator) -> Iterator[Emulator]:
    """The bucket demands timestamp signatures once its objects are there."""
    leech(emulator, PUBLIC, SECRETS)
    yield emulator
    leech(emulator, PUBLIC, ())


def leech(emulator: Emulator, bucket: str, keys: tuple[str, ...]) -> None:
    emulator.call("POST", "/_emulator/anti-leech", json.dumps({"bucket": bucket, "keys": keys}).encode())


def signed(emulator: Emulator, key: str, secret: str, deadline_s: int, query: str = "") -> str:
    url: str = create_timestamp_anti_leech_url(emulator.domain(PUBLIC), key, query, secret, deadline_s)
    return url


def test_the_vector() -> None:
    """Protocol §2.6."""
    sign = b"sign=1a530a8baafe126145f49cb738a50c09"
    check_timestamp(("encryptKey",), b"/qiniu.mp4", sign + b"&t=14", 20)
    check_timestamp(("a", "encryptKey"), b"/qiniu.mp4", b"x=1&t=14&" + sign, 1)
    for path, query, now_s in (
        (b"/qiniu.mp4", sign + b"&t=14", 20.1),
        (b"/qiniu.mp3", sign + b"&t=14", 1),
        (b"/qiniu.mp4", sign + b"&t=15", 1),
        (b"/qiniu.mp4", sign.upper().replace(b"SIGN", b"sign") + b"&t=14", 1),
        (b"/qiniu.mp4", sign, 1),
        (b"/qiniu.mp4", b"t=14", 1),
    ):
        with pytest.raises(KodoError) as caught:
            check_timestamp(("encryptKey",), path, query, now_s)
        assert caught.value.status == 403


@pytest.mark.parametrize("key", ["k", "dir/中 文.mp4", "a//b", "a%2Fb?c"])
def test_signed_urls_of_the_sdk(stamped: Emulator, key: str) -> None:
    stamped.put(PUBLIC, key, b"hello")
    for secret in SECRETS:
        for query in ("", "attname=a&v=1"):
            url = signed(stamped, key, secret, IN_2100_S, query)
            for method, body in (("GET", b"hello"), ("HEAD", b"")):
                assert (fetch(url, method=method).status, fetch(url, method=method).body) == (200, body)
    url = signed(stamped, key, "not the secret", IN_2100_S)
    assert (fetch(url).status, fetch(url).error()) == (403, "invalid timestamp signature")


def test_the_signature_covers_the_path_as_it_is_sent(stamped: Emulator) -> None:
    stamped.put(PUBLIC, "a/b", b"hello")
    stamped.put(PUBLIC, "c", b"hello")
    query = signed(stamped, "a/b", SECRETS[0], IN_2100_S).partition("?")[2]
    domain = stamped.domain(PUBLIC)
    assert fetch(f"{domain}/a/b?{query}").body == b"hello"
    assert fetch(f"{domain}/a%2Fb?{query}").status == 403
    assert fetch(f"{domain}/c?{query}").status == 403
    assert fetch(f"{domain}/a/b").status == 403


def test_expired_by_the_clock_of_the_cloud(stamped: Emulator) -> None:
    stamped.put(PUBLIC, "k", b"hello")
    url = signed(stamped, "k", SECRETS[0], int(time.time()) + 3600)
    assert fetch(url).body == b"hello"
    stamped.clock(7200)
    assert (fetch(url).status, fetch(url).error()) == (403, "timestamp signature expired")


def test_only_the_domain_asks_for_them(stamped: Emulator) -> None:
    stamped.put(PUBLIC, "k", b"hello")
    assert fetch(stamped.url(PUBLIC, "k")).status == 403
    assert fetch(stamped.url(PUBLIC, "k", origin=True)).body == b"hello"


def test_switching_them_off(stamped: Emulator) -> None:
    stamped.put(PUBLIC, "k", b"hello")
    leech(stamped, PUBLIC, ())
    assert fetch(f"{stamped.domain(PUBLIC)}/k").body == b"hello"


@pytest.mark.parametrize(
    ("document", "status_code"),
    [
        ({"bucket": "no-such-bucket", "keys": ["a"]}, 631),
        ({"bucket": PUBLIC}, 400),
        ({"bucket": PUBLIC, "keys": "a"}, 400),
        ({"bucket": PUBLIC, "keys": [""]}, 400),
        ({"bucket": PUBLIC, "keys": [], "more": 1}, 400),
        ([], 400),
    ],
)
def test_settings_that_make_no_sense(emulator: Emulator, document: object, status_code: int) -> None:
    with pytest.raises(EmulatorError) as caught:
        emulator.call("POST", "/_emulator/anti-leech", json.dumps(document).encode())
    assert caught.value.status == status_code


@given(
    query=st.one_of(
        st.binary(max_size=40).map(lambda raw: quote_from_bytes(raw, safe="=&")),
        st.builds(
            "sign={}&t={}".format,
            st.from_regex(r"[0-9a-fA-F]{0,32}", fullmatch=True),
            st.one_of(st.from_regex(r"(0x|-|_)?[0-9a-f_]{0,20}", fullmatch=True), st.text(max_size=4).map(quote)),
        ),
    )
)
@relaxed
def test_any_signature(stamped: Emulator, query: str) -> None:
    answer = fetch(f"{stamped.domain(PUBLIC)}/k?{query}")
    assert (answer.status, answer.error()) == (403, "invalid timestamp signature")
