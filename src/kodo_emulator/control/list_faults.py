"""Listings that lie: answers damaged the ways real listings and proxies were seen to fail (protocol §3.3, §11).

A page of `/list` is one document; `/v2/list` sends one for each entry, and is damaged while it streams.
"""

from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec

from kodo_emulator.control.fault_rules import Rule
from kodo_emulator.hosts.paging import decode_marker, encode_marker

Line = dict[str, Any]
"""`item`, `dir` and `marker` (protocol §3.4)."""


def damage_page(rule: Rule, page: dict[str, Any], request_marker: str) -> dict[str, Any]:
    """The page as a rule leaves it; `request_marker` is the marker it was asked with, empty for the first page."""
    if rule.list_empty_page:
        page = _emptied(page, request_marker)
    if rule.list_stuck_marker and page.get("marker"):
        page = {**page, "marker": request_marker or encode_marker("")}
    if rule.list_cut:
        page = {name: value for name, value in page.items() if name != "marker"}
    if rule.list_duplicate:
        page = {**page, "items": [*page["items"], *page["items"][-1:]]}
    if rule.list_disorder:
        page = {**page, "items": page["items"][::-1]}
    return page


def damage_lines(rule: Rule, pieces: Iterator[bytes], request_marker: str) -> Iterator[bytes]:
    """The lines as a rule leaves them, each as soon as it is known."""
    lines = _read_lines(pieces)
    if rule.list_empty_page:
        lines = _only_a_marker(lines, request_marker)
    if rule.list_stuck_marker:
        lines = _stuck(lines, request_marker)
    if rule.list_cut:
        lines = _cut_short(lines)
    if rule.list_duplicate:
        lines = _last_twice(lines)
    if rule.list_disorder:
        lines = _neighbours_exchanged(lines)
    for line in lines:
        yield msgspec.json.encode(line) + b"\n"


def _emptied(page: dict[str, Any], request_marker: str) -> dict[str, Any]:
    """A page without entries whose marker advances but skips no key, as the real service sends them."""
    passed = _passed(request_marker)
    first_names = [item["key"] for item in page["items"][:1]] + page.get("commonPrefixes", [])[:1]
    if not first_names or min(first_names) <= passed:
        return page
    empty = {**page, "items": [], "marker": encode_marker(passed)}
    return empty | {"commonPrefixes": []} if "commonPrefixes" in page else empty


def _passed(request_marker: str) -> str:
    """The least key that is behind the marker."""
    return (decode_marker(request_marker) if request_marker else "") + "\0"


def _read_lines(pieces: Iterator[bytes]) -> Iterator[Line]:
    rest = b""
    for piece in pieces:
        *complete, rest = (rest + piece).split(b"\n")
        yield from (msgspec.json.decode(line) for line in complete if line)
    if rest:
        yield msgspec.json.decode(rest)


def _only_a_marker(lines: Iterator[Line], request_marker: str) -> Iterator[Line]:
    first = next(lines, None)
    if first is None:
        return
    passed = _passed(request_marker)
    name = first["item"]["key"] if first["item"] else first["dir"]
    if name <= passed:
        yield from chain([first], lines)
    else:
        yield {"item": None, "dir": "", "marker": encode_marker(passed)}


def _stuck(lines: Iterator[Line], request_marker: str) -> Iterator[Line]:
    marker = request_marker or encode_marker("")
    return ({**line, "marker": marker} if line["marker"] else line for line in lines)


def _cut_short(lines: Iterator[Line]) -> Iterator[Line]:
    """The end looks like the end of the bucket; if it was that, a line is lost."""
    held: deque[Line] = deque()
    for line in lines:
        held.append(line)
        if len(held) > 2:
            yield held.popleft()
    if held and not held[-1]["marker"]:
        held.pop()
    if held:
        held[-1] = {**held[-1], "marker": ""}
    yield from held


def _last_twice(lines: Iterator[Line]) -> Iterator[Line]:
    line = None
    for line in lines:
        yield line
    if line is not None:
        yield line


def _neighbours_exchanged(lines: Iterator[Line]) -> Iterator[Line]:
    """Each two entries change places, the markers stay: whoever goes on behind the last one loses nothing."""
    for one in lines:
        other = next(lines, None)
        if other is None:
            yield one
        else:
            yield {**other, "marker": one["marker"]}
            yield {**one, "marker": other["marker"]}
