"""Listings that lie: pages damaged the ways real listings and proxies were seen to fail (protocol §3.3, §11)."""

from typing import Any

from kodo_emulator.control.fault_rules import Rule
from kodo_emulator.hosts.paging import decode_marker, encode_marker


def damage_page(rule: Rule, page: dict[str, Any], request_marker: str) -> dict[str, Any]:
    """The page as a rule leaves it; `request_marker` is the marker it was asked with, empty for the first page."""
    if rule.list_empty_page:
        page = _emptied(page, request_marker)
    if rule.list_stuck_marker and "marker" in page:
        page = {**page, "marker": request_marker or encode_marker("")}
    if rule.list_cut:
        page = {name: value for name, value in page.items() if name != "marker"}
    if rule.list_duplicate:
        page = {**page, "items": [*page["items"], *page["items"][-1:]]}
    if rule.list_disorder:
        page = {**page, "items": page["items"][::-1]}
    return page


def _emptied(page: dict[str, Any], request_marker: str) -> dict[str, Any]:
    """A page without entries whose marker advances but skips no key, as the real service sends them."""
    first_names = [item["key"] for item in page["items"][:1]] + page.get("commonPrefixes", [])[:1]
    passed = (decode_marker(request_marker) if request_marker else "") + "\0"
    if not first_names or min(first_names) <= passed:
        return page
    empty = {**page, "items": [], "marker": encode_marker(passed)}
    return empty | {"commonPrefixes": []} if "commonPrefixes" in page else empty
