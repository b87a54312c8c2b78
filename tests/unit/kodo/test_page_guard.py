"""The proof that a listing is complete (rule 15), against every lie that a server can tell."""

import base64
import json

import pytest

from kodokeep.errors import ListingBroken, ListingUnordered
from kodokeep.kodo.page_guard import MAX_EMPTY_PAGES, PageGuard, marker_key
from kodokeep.kodo.wire import Item, ListPage


def marker(key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps({"c": 0, "k": key}).encode()).decode()


def page(*keys: str, then: str | None = None) -> ListPage:
    return ListPage([Item(key=key, fsize=1) for key in keys], then)


def check(*pages: ListPage, prefix: str = "", ordered: bool = True) -> list[str]:
    guard = PageGuard(prefix, ordered=ordered)
    return [item.key for each in pages for item in guard.check(each)]


def test_pages_in_order_pass() -> None:
    assert check(page("a", "b", then=marker("b")), page(then=marker("c")), page("d")) == ["a", "b", "d"]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("text", [marker("b"), "opaque"])
def test_a_marker_that_stays_is_stuck(text: str, ordered: bool) -> None:
    with pytest.raises(ListingBroken, match="advance"):
        check(page("a", then=text), page("b", then=text), ordered=ordered)


def test_a_marker_that_goes_back_is_stuck() -> None:
    with pytest.raises(ListingBroken, match="advance"):
        check(page("a", then=marker("b")), page("c", then=marker("a")))


def test_a_marker_is_compared_by_its_key_not_by_its_text() -> None:
    spaced = base64.urlsafe_b64encode(b'{ "k": "b", "c": 0 }').decode()
    with pytest.raises(ListingBroken, match="advance"):
        check(page("a", then=marker("b")), page("c", then=spaced))


@pytest.mark.parametrize("length", [2, 3, 7, 100])
@pytest.mark.parametrize("ordered", [True, False])
def test_markers_that_go_in_circles_are_found(length: int, ordered: bool) -> None:
    circles = [page(then=f"opaque-{number % length}") for number in range(10 * length)]
    with pytest.raises(ListingBroken, match="advance"):
        check(*circles, ordered=ordered)


def test_empty_pages_without_end_are_found() -> None:
    pages = [page(then=f"opaque-{number}") for number in range(MAX_EMPTY_PAGES + 1)]
    assert check(*pages[:-1]) == []
    with pytest.raises(ListingBroken, match="no object"):
        check(*pages)


def test_many_empty_pages_are_fine_while_markers_ascend() -> None:
    guard = PageGuard("", ordered=True)
    for number in range(MAX_EMPTY_PAGES + 10):
        assert guard.check(page(then=marker(f"{number:09}"))) == []


@pytest.mark.parametrize("pages", [[page("a", "a")], [page("a", then=marker("a")), page("a")]])
def test_a_repeated_key_breaks_a_listing(pages: list[ListPage]) -> None:
    with pytest.raises(ListingBroken, match="twice") as caught:
        check(*pages)
    assert not isinstance(caught.value, ListingUnordered)


@pytest.mark.parametrize("pages", [[page("b", "a")], [page("b", then=marker("b")), page("a")]])
def test_a_smaller_key_is_disorder_and_passes_where_order_is_not_asked_for(pages: list[ListPage]) -> None:
    with pytest.raises(ListingUnordered):
        check(*pages)
    assert check(*pages, ordered=False) == ["b", "a"]


def test_order_is_that_of_utf8_bytes() -> None:
    assert check(page("\uffff", "\U00010000")) == ["\uffff", "\U00010000"]


@pytest.mark.parametrize("ordered", [True, False])
def test_every_key_has_the_prefix(ordered: bool) -> None:
    assert check(page("a/1", "a/2"), prefix="a/", ordered=ordered) == ["a/1", "a/2"]
    with pytest.raises(ListingBroken):
        check(page("a/1", "b"), prefix="a/", ordered=ordered)


def test_an_error_in_a_page_is_an_error() -> None:
    with pytest.raises(ListingBroken, match="oops"):
        check(ListPage([], None, "oops"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("eyJjIjowLCJrIjoiZGlyL2EudHh0In0=", "dir/a.txt"),
        ("eyJjIjowLCJrIjoiZGlyL2EudHh0In0", "dir/a.txt"),
        (base64.urlsafe_b64encode(b'{"c":0,"k":"a\\u0026b"}').decode(), "a&b"),
        ("opaque", None),
        ("é", None),
        (base64.urlsafe_b64encode(b'{"c":0}').decode(), None),
        (base64.urlsafe_b64encode(b'"\xff"').decode(), None),
    ],
)
def test_markers_are_read_as_json(text: str, key: str | None) -> None:
    assert marker_key(text) == key
