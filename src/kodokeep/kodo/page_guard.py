"""The guard on listings: pure proof that pages follow each other as a complete listing does (rule 15).

What belongs here: what may come after what. What does not: fetching pages.
"""

import base64
import binascii
from itertools import pairwise

import msgspec

from kodokeep.errors import ListingBroken, ListingUnordered
from kodokeep.kodo.wire import Item, ListPage, decode_marker

MAX_EMPTY_PAGES = 10_000
"""Pages in a row without an object, after which a listing whose markers say nothing counts as stuck.

Real ones exist after mass deletions; where markers can be read they ascend, and no number is too large.
"""


class PageGuard:
    """Checks the pages of one listing, in order. `ordered` False lets keys come in any order (rule 15's fallback).

    Memory is constant: a cycle of markers is found by comparing with one that is kept ever longer (Brent).
    """

    def __init__(self, prefix: str, *, ordered: bool) -> None:
        self._prefix = prefix
        self._ordered = ordered
        self._last_key: str | None = None
        self._marker = ""
        self._marker_key: str | None = None
        self._landmark = ""
        self._steps = 0
        self._lap = 1
        self._empty_pages = 0

    def check(self, page: ListPage) -> list[Item]:
        """The page's rows, proved to continue the listing. Raises ListingBroken, ListingUnordered."""
        if page.error is not None:
            raise ListingBroken(f"the listing broke off: {page.error}")
        items = page.items or []
        self._check_keys([item.key for item in items])
        self._empty_pages = 0 if items else self._empty_pages + 1
        if page.marker:
            self._check_marker(page.marker)
        return items

    def _check_keys(self, keys: list[str]) -> None:
        for key in keys:
            if not key.startswith(self._prefix):
                raise ListingBroken(f"the listing of {self._prefix!r} holds {key!r}")
        if not (self._ordered and keys):
            return
        if self._last_key is not None:
            _check_pair(self._last_key, keys[0])
        for before, after in pairwise(keys):
            if before >= after:
                _check_pair(before, after)
        self._last_key = keys[-1]

    def _check_marker(self, marker: str) -> None:
        key = marker_key(marker)
        if marker in (self._marker, self._landmark):
            raise ListingBroken("the listing's marker does not advance")
        if key is None or self._marker_key is None or not self._ordered:
            if self._empty_pages > MAX_EMPTY_PAGES:
                raise ListingBroken(f"{self._empty_pages} pages in a row held no object")
        elif key <= self._marker_key:
            raise ListingBroken(f"the listing's marker does not advance: {self._marker_key!r}, then {key!r}")
        self._marker, self._marker_key = marker, key
        self._steps += 1
        if self._steps == self._lap:
            self._landmark, self._steps, self._lap = marker, 0, self._lap * 2


def marker_key(marker: str) -> str | None:
    """The key that a marker resumes after; None if it cannot be read (protocol §3.2)."""
    try:
        text = base64.b64decode(marker + "=" * (-len(marker) % 4), altchars=b"-_", validate=True)
        return decode_marker.decode(text).k
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None


def _check_pair(before: str, after: str) -> None:
    if before == after:
        raise ListingBroken(f"the listing holds {after!r} twice")
    if before > after:
        raise ListingUnordered(f"the listing is out of order: {after!r} comes after {before!r}")
