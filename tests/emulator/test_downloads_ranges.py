"""Ranges and conditions: a 206 is the slice that RFC 9110 says, a 304 only for the version the client has."""

from email.utils import formatdate

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.conftest import PUBLIC
from tests.emulator.vectors import MIB, content
from tests.emulator.wire import Answer, fetch
from tests.emulator_process import Emulator

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)

DATA = content(1000)
SIZES = (0, 1, 2, 7, 1000)


@pytest.fixture
def url(emulator: Emulator) -> str:
    emulator.put(PUBLIC, "k", DATA, mime="image/png")
    return f"{emulator.domain(PUBLIC)}/k"


@pytest.fixture
def sized(emulator: Emulator) -> Emulator:
    emulator.put_many(PUBLIC, {str(size): content(size) for size in SIZES})
    return emulator


def asked(url: str, text: str) -> Answer:
    return fetch(url, headers={"Range": text})


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, 999),
        ("bytes=10-19", 10, 19),
        ("bytes=990-5000", 990, 999),
        ("bytes=-1", 999, 999),
        ("bytes=-5000", 0, 999),
        ("bytes=999-", 999, 999),
        (" bytes=5-6 ", 5, 6),
        ("bytes= 5-6", 5, 6),
        ("Bytes=5-6", 5, 6),
        ("bytes=0005-0006", 5, 6),
        ("bytes=0-" + "9" * 5000, 0, 999),
        ("bytes=-" + "9" * 5000, 0, 999),
    ],
)
def test_ranges(url: str, text: str, first: int, last: int) -> None:
    whole = fetch(url)
    for method in ("GET", "HEAD"):
        answer = fetch(url, method=method, headers={"Range": text})
        assert answer.status == 206
        assert answer.body == (DATA[first : last + 1] if method == "GET" else b"")
        assert answer.headers["content-range"] == f"bytes {first}-{last}/1000"
        assert answer.headers["content-length"] == str(last - first + 1)
        assert answer.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize("text", ["bytes=1000-", "bytes=5000-6000", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_ranges_outside(url: str, text: str) -> None:
    answer = asked(url, text)
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */1000")
    assert (answer.headers["etag"], answer.error()) == (fetch(url).headers["etag"], "requested range not satisfiable")


@pytest.mark.parametrize("text", ["bytes=5-4", "bytes=-", "bytes=x-y", "items=0-1", "bytes=0-1,3-4", "", "bytes=٣-4"])
def test_ranges_that_are_ignored(url: str, text: str) -> None:
    answer = asked(url, text.encode().decode("latin-1"))
    assert (answer.status, answer.body) == (200, DATA)


@pytest.mark.parametrize("text", ["bytes=0-0", "bytes=0-", "bytes=-1", "bytes=5-"])
def test_an_empty_object_has_no_range_but_an_etag(emulator: Emulator, text: str) -> None:
    emulator.put(PUBLIC, "empty", b"")
    url = f"{emulator.domain(PUBLIC)}/empty"
    answer = asked(url, text)
    assert (answer.status, answer.headers["etag"]) == (416, '"Fto5o-5ea0sNMlW_75VgGJCv2AcJ"')
    assert fetch(url).headers["content-length"] == "0"


@given(
    size=st.sampled_from(SIZES),
    first=st.one_of(st.integers(0, 1100), st.integers(0, 10**30)),
    length=st.one_of(st.none(), st.integers(1, 1100), st.integers(1, 10**30)),
)
@relaxed
def test_a_range_is_a_slice(sized: Emulator, size: int, first: int, length: int | None) -> None:
    last = "" if length is None else first + length - 1
    answer = asked(f"{sized.domain(PUBLIC)}/{size}", f"bytes={first}-{last}")
    check_slice(answer, content(size)[first:][:length], size, first)


@given(size=st.sampled_from(SIZES), length=st.one_of(st.integers(0, 1100), st.integers(0, 10**30)))
@relaxed
def test_a_suffix_is_the_end(sized: Emulator, size: int, length: int) -> None:
    data = content(size)
    wanted = data[max(size - length, 0) :]
    check_slice(asked(f"{sized.domain(PUBLIC)}/{size}", f"bytes=-{length}"), wanted, size, size - len(wanted))


def check_slice(answer: Answer, wanted: bytes, size: int, first: int) -> None:
    if not wanted:
        assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{size}")
        return
    assert (answer.status, answer.body) == (206, wanted)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(wanted) - 1}/{size}"


@given(size=st.sampled_from(SIZES), text=st.from_regex(r"bytes=[0-9, -]{0,30}", fullmatch=True))
@relaxed
def test_any_range_text(sized: Emulator, size: int, text: str) -> None:
    answer = asked(f"{sized.domain(PUBLIC)}/{size}", text)
    data = content(size)
    match answer.status:
        case 200:
            assert answer.body == data
        case 206:
            start, _, end = answer.headers["content-range"].removeprefix("bytes ").partition("/")[0].partition("-")
            assert answer.body == data[int(start) : int(end) + 1] != b""
        case other:
            assert other == 416


def test_large_objects_are_streamed(emulator: Emulator) -> None:
    data = content(9 * MIB)
    emulator.put(PUBLIC, "large", data)
    url = f"{emulator.domain(PUBLIC)}/large"
    assert fetch(url).body == data
    assert asked(url, "bytes=1000000-8000000").body == data[1_000_000:8_000_001]


def test_conditions(url: str) -> None:
    whole = fetch(url)
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    for headers in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"other", W/{etag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
        {"If-Modified-Since": modified.replace("GMT", "+0000")},
        {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 -0000"},
        {"If-None-Match": etag, "If-Modified-Since": formatdate(0, usegmt=True)},
    ):
        for method in ("GET", "HEAD"):
            answer = fetch(url, method=method, headers=headers)
            assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": etag.strip('"')},
        {"If-None-Match": '"other"', "If-Modified-Since": modified},
        {"If-Modified-Since": formatdate(0, usegmt=True)},
        {"If-Modified-Since": "yesterday"},
        {"If-Match": '"other"'},
    ):
        assert fetch(url, headers=headers).status == 200
    assert fetch(url, headers={"Range": "bytes=0-1", "If-None-Match": etag}).status == 304


def test_a_range_counts_for_the_version_it_names(url: str) -> None:
    whole = fetch(url)
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    for condition in (etag, modified):
        assert fetch(url, headers={"Range": "bytes=0-1", "If-Range": condition}).status == 206
    for condition in ('"other"', f"W/{etag}", formatdate(0, usegmt=True), etag.strip('"'), ""):
        answer = fetch(url, headers={"Range": "bytes=0-1", "If-Range": condition})
        assert (answer.status, answer.body) == (200, DATA)
    assert fetch(url, headers={"Range": "bytes=5000-", "If-Range": '"other"'}).status == 200


def test_conditions_look_at_the_headers_that_were_sent(emulator: Emulator) -> None:
    modified = "Wed, 21 Oct 2015 07:28:00 GMT"
    emulator.put(PUBLIC, "k", DATA, metadata={"!Last-Modified": modified, "!ETag": '"own"'})
    url = f"{emulator.domain(PUBLIC)}/k"
    assert (fetch(url).headers["last-modified"], fetch(url).headers["etag"]) == (modified, '"own"')
    assert fetch(url, headers={"If-Modified-Since": modified}).status == 304
    assert fetch(url, headers={"If-Modified-Since": "Wed, 21 Oct 2015 07:27:59 GMT"}).status == 200
    assert fetch(url, headers={"If-None-Match": '"own"'}).status == 304
    assert fetch(url, headers={"Range": "bytes=0-0", "If-Range": '"own"'}).status == 206
    assert asked(url, "bytes=5000-").headers["etag"] == '"own"'


@pytest.mark.parametrize(
    ("own", "unchanged", "changed"),
    [
        ('W/"w"', ('W/"w"', '"w"', '"a", W/"w"'), ('"W/w"', '"v"', "w")),
        ('"a,b"', ('"a,b"', '"x","a,b"'), ('"a', 'b"', '"a", "b"')),
        ("bare", ("bare", '"x", bare'), ('"bare"', "bar")),
        ("", ("*",), ("", ",", '""')),
    ],
)
def test_tags_of_any_kind(emulator: Emulator, own: str, unchanged: tuple[str, ...], changed: tuple[str, ...]) -> None:
    """If-None-Match compares weakly, If-Range strongly, whatever the tag was overridden with (RFC 9110 §13.1)."""
    emulator.put(PUBLIC, "k", DATA, metadata={"!ETag": own})
    url = f"{emulator.domain(PUBLIC)}/k"
    assert fetch(url).headers["etag"] == own
    assert {fetch(url, headers={"If-None-Match": tags}).status for tags in unchanged} == {304}
    assert {fetch(url, headers={"If-None-Match": tags}).status for tags in changed} == {200}
    is_strong = own not in {"", 'W/"w"'}
    assert fetch(url, headers={"Range": "bytes=0-1", "If-Range": own}).status == (206 if is_strong else 200)


NAMES = ["Range", "If-Range", "If-None-Match", "If-Modified-Since", "Origin", "Referer", "If-Match", "Accept-Encoding"]


@given(
    headers=st.dictionaries(
        st.sampled_from(NAMES),
        st.one_of(
            st.text(st.one_of(st.characters(min_codepoint=32, max_codepoint=126), st.just("\xe9")), max_size=30),
            st.from_regex(
                r"(Mon|Tue), [0-9]{1,2} (Jan|Foo) [0-9]{1,6} [0-9]{2}:[0-9]{2}:[0-9]{2}( GMT| [+-][0-9]{1,6})?",
                fullmatch=True,
            ),
            st.from_regex(r'(W/)?"[a-z]*"(, \*)?', fullmatch=True),
        ),
    )
)
@relaxed
def test_any_headers(url: str, headers: dict[str, str]) -> None:
    answer = fetch(url, headers=headers)
    assert answer.status in {200, 206, 304, 416}
    assert answer.headers["etag"]
    if answer.status == 200:
        assert answer.body == DATA
