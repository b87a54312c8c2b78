"""Fault rules that let listings lie: pages over the wire, and the lines of `/v2/list` as any bucket may give them."""

import asyncio
import itertools
import json
import urllib.parse
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo_emulator.control.fault_rules import Rule
from kodo_emulator.control.faults import Faults
from kodo_emulator.control.list_faults import damage_lines
from kodo_emulator.hosts.paging import decode_marker, encode_marker
from kodo_emulator.net.http1 import Request, Response, Stream, read_body
from kodo_emulator.net.request_body import StreamedBody
from tests.emulator.conftest import PUBLIC
from tests.emulator.wire import fetch
from tests.emulator_process import Emulator


@pytest.fixture
def listed(emulator: Emulator) -> list[str]:
    keys = [f"d/{i}" for i in range(6)]
    for key in keys:
        emulator.put(PUBLIC, key, b"x")
    return keys


def ask(emulator: Emulator, method: str, **parameters: object) -> dict[str, Any]:
    """One page, its parameters in the query or in a form, as SDKs do it (protocol §3.1)."""
    form = urllib.parse.urlencode({"bucket": PUBLIC, "limit": 2, **parameters})
    page: dict[str, Any] = (
        emulator.manage("GET", f"/list?{form}") if method == "GET" else emulator.manage("POST", "/list", form.encode())
    )
    return page


def walk(emulator: Emulator, method: str = "GET", **parameters: object) -> Iterator[dict[str, Any]]:
    page = ask(emulator, method, **parameters)
    yield page
    while "marker" in page:
        page = ask(emulator, method, marker=page["marker"], **parameters)
        yield page


def keys_of(page: dict[str, Any]) -> list[str]:
    return [item["key"] for item in page["items"]]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("parameters", [{}, {"prefix": "d/"}])
def test_empty_pages_lose_nothing(
    emulator: Emulator, listed: list[str], method: str, parameters: dict[str, str]
) -> None:
    emulator.faults([{"list_empty_page": True, "nth": [1, 3, 4]}])
    pages = list(walk(emulator, method, **parameters))
    assert [len(page["items"]) for page in pages] == [0, 2, 0, 0, 2, 2]
    assert [key for page in pages for key in keys_of(page)] == listed
    markers = [decode_marker(page["marker"]) for page in pages[:-1]]
    assert markers == sorted(set(markers))


def test_empty_pages_have_no_prefixes(emulator: Emulator, listed: list[str]) -> None:
    emulator.faults([{"list_empty_page": True, "nth": 1}])
    assert emulator.page(PUBLIC, delimiter="/") == {"items": [], "commonPrefixes": [], "marker": encode_marker("\0")}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_marker_that_does_not_move(emulator: Emulator, listed: list[str], method: str) -> None:
    emulator.faults([{"list_stuck_marker": True, "nth": list(range(2, 10))}])
    pages = walk(emulator, method)
    assert [keys_of(next(pages)) for _ in range(4)] == [listed[:2], *[listed[2:4]] * 3]


def test_a_listing_that_is_cut(emulator: Emulator, listed: list[str]) -> None:
    emulator.faults([{"list_cut": True, "nth": 2}])
    assert [key for page in walk(emulator) for key in keys_of(page)] == listed[:4]


def test_duplicates_and_disorder(emulator: Emulator, listed: list[str]) -> None:
    emulator.faults([{"list_duplicate": True, "nth": 2}])
    assert [keys_of(page) for page in walk(emulator)][1] == [*listed[2:4], listed[3]]
    emulator.faults([{"list_disorder": True, "nth": 2}])
    assert [keys_of(page) for page in walk(emulator)][1] == listed[3:1:-1]


def test_only_listings_count_and_refusals_stay(emulator: Emulator, listed: list[str]) -> None:
    emulator.faults([{"list_cut": True, "nth": 1}])
    emulator.stat(PUBLIC, "d/0")
    assert fetch(f"{emulator.uc}/nowhere").status == 404
    assert emulator.rules()[0]["matched"] == 0
    answer = fetch(f"{emulator.uc}/list?bucket={PUBLIC}", headers={"Authorization": "QBox a:b"})
    assert (answer.status, answer.json()) == (401, {"error": "bad token"})
    assert emulator.rules() == [{"rule": {"nth": 1, "list_cut": True}, "matched": 1, "fired": 1}]


KEYS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3), unique=True).map(sorted)


def lines_of(keys: Sequence[str], *, complete: bool) -> list[dict[str, Any]]:
    """The listing of these keys: one in three is a common prefix; the last marker is empty where it is all."""
    lines: list[dict[str, Any]] = [
        {"item": None, "dir": key, "marker": encode_marker(key)}
        if number % 3 == 2
        else {"item": {"key": key, "fsize": 1}, "dir": "", "marker": encode_marker(key)}
        for number, key in enumerate(keys)
    ]
    if lines and complete:
        lines[-1]["marker"] = ""
    return lines


def damaged(rule: Rule, lines: Sequence[dict[str, Any]], cut: int, marker: str = "") -> list[dict[str, Any]]:
    """What a client reads when the server's pieces are `cut` bytes long."""
    sent = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    pieces = iter([sent[start : start + cut] for start in range(0, len(sent), cut)])
    received = b"".join(damage_lines(rule, pieces, marker))
    assert received == b"" or received.endswith(b"\n")
    return [msgspec.json.decode(line) for line in received.splitlines()]


def names(lines: Sequence[dict[str, Any]]) -> list[str]:
    return [line["item"]["key"] if line["item"] else line["dir"] for line in lines]


@given(keys=KEYS, complete=st.booleans(), cut=st.integers(1, 200))
def test_lines(keys: list[str], complete: bool, cut: int) -> None:
    lines = lines_of(keys, complete=complete)
    markers = [line["marker"] for line in lines]
    assert damaged(Rule(list_duplicate=True), lines, cut) == lines + lines[-1:]
    stuck = damaged(Rule(list_stuck_marker=True), lines, cut, encode_marker("x"))
    assert names(stuck) == names(lines)
    assert [line["marker"] for line in stuck] == [marker and encode_marker("x") for marker in markers]
    disordered = damaged(Rule(list_disorder=True), lines, cut)
    assert sorted(names(disordered)) == sorted(keys)
    assert (names(disordered) == keys) == (len(keys) < 2)
    assert [line["marker"] for line in disordered] == markers


@given(keys=KEYS, complete=st.booleans(), cut=st.integers(1, 200))
def test_lines_that_are_cut_end_as_if_they_were_all(keys: list[str], complete: bool, cut: int) -> None:
    left = damaged(Rule(list_cut=True), lines_of(keys, complete=complete), cut)
    assert names(left) == (keys[:-1] if complete else keys)
    assert not left or left[-1]["marker"] == ""


@given(keys=KEYS.filter(bool), cut=st.integers(1, 200))
def test_a_line_with_only_a_marker_loses_nothing(keys: list[str], cut: int) -> None:
    lines = lines_of(keys, complete=True)
    marker_only = damaged(Rule(list_empty_page=True), lines, cut)
    if keys[0] == "\0":  # No key is between it and the start.
        assert marker_only == lines
    else:
        assert [(line["item"], line["dir"]) for line in marker_only] == [(None, "")]
        assert decode_marker(marker_only[0]["marker"]) < keys[0]


def test_an_empty_listing_stays_empty() -> None:
    for name in ("list_empty_page", "list_stuck_marker", "list_cut", "list_duplicate", "list_disorder"):
        assert damaged(msgspec.convert({name: True}, Rule), [], 1) == []


def test_lines_are_damaged_while_they_stream() -> None:
    """The marker comes in a form, and no more of the listing is made than was taken."""
    made: list[int] = []
    form = urllib.parse.urlencode({"bucket": PUBLIC, "marker": encode_marker("behind")}).encode()

    def endless() -> Iterator[bytes]:
        for number in itertools.count():
            made.append(number)
            yield json.dumps({"item": {"key": f"k{number}"}, "dir": "", "marker": encode_marker("x")}).encode() + b"\n"

    async def handler(request: Request) -> Response:
        assert await read_body(request.body, 1000) == form, "the handler gets the form that was looked into"
        return Response(200, body=Stream(endless()))

    async def strike() -> Response:
        faults = Faults()
        faults.replace([Rule(list_stuck_marker=True)])
        body = StreamedBody(lambda: None)
        body.feed(form)
        body.end()
        return await faults.strike(Request("POST", b"/v2/list", {}, body, "id", role="rsf"), handler)

    response = asyncio.run(strike())
    assert isinstance(response.body, Stream)
    lines = [msgspec.json.decode(next(response.body.pieces)) for _ in range(3)]
    assert lines == [
        {"item": {"key": f"k{number}"}, "dir": "", "marker": encode_marker("behind")} for number in range(3)
    ]
    assert len(made) <= 4
