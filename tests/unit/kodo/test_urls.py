import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.kodo import urls


@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        ("a b.txt", "a%20b.txt"),
        ("a/../b//c", "a/../b//c"),
        ("/a", "/a"),
        ("a?b#c%d&e", "a%3Fb%23c%25d%26e"),
        ("a%2Fb", "a%252Fb"),
        ("a\\b", "a%5Cb"),
        ("é", "%C3%A9"),
        ("", ""),
    ],
)
def test_every_reserved_character_of_a_key_is_encoded(key: str, encoded: str) -> None:
    assert urls.encoded_key(key) == encoded


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_encoded_key_is_plain_ascii_without_anything_that_ends_a_path(key: str) -> None:
    encoded = urls.encoded_key(key)
    assert encoded.isascii()
    assert not set(encoded) & set(" ?#&=+\\\r\n")


@pytest.mark.parametrize(
    ("bucket", "key", "entry"),
    [("b", "", "Yjo="), ("bkt", "a.txt", "Ymt0OmEudHh0"), ("b", "a:b", "YjphOmI=")],
)
def test_entries_are_spelled_as_the_protocol_does(bucket: str, key: str, entry: str) -> None:
    assert urls.encoded_entry(bucket, key) == entry


def test_a_query_hides_nothing() -> None:
    assert urls.query(prefix="a/b&c d", limit=10) == "prefix=a%2Fb%26c%20d&limit=10"


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("h:9000", "https://h:9000"),
        ("http://h/", "http://h"),
        (" h ", "https://h"),
        ("https://h/x", "https://h/x"),
    ],
)
def test_a_host_gets_a_scheme_unless_it_has_one(host: str, base: str) -> None:
    assert urls.base_url(host, "https") == base
    assert urls.host_of(base) == host.strip().removeprefix("http://").removeprefix("https://").split("/")[0]
