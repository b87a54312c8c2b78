"""Pages of a listing: markers, delimiters, limits (protocol §3). Parameters and JSON shapes are in `rsf.py`."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.net.turns import Turns
from kodo_emulator.protocol.arguments import document
from kodo_emulator.protocol.entry import b64url, unb64url
from kodo_emulator.store.aging import AgingStore
from kodo_emulator.store.interface import StoredObject

MAX_LIMIT = 1000

_FIRST_SCAN = 1
_STREAMED_AT_ONCE = 200
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class Listing:
    """What to list: keys after `after` (None: from the start), at most `limit` items and prefixes together."""

    bucket: str
    prefix: str = ""
    delimiter: str = ""
    after: str | None = None
    limit: int = MAX_LIMIT


@dataclass(slots=True)
class Page:
    """Items and common prefixes in key order; `next_after` is None when the listing ends here."""

    items: list[StoredObject] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    next_after: str | None = None

    def __len__(self) -> int:
        return len(self.items) + len(self.prefixes)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item or common prefix of a stream; `after` is where a listing goes on behind it, None at the end."""

    item: StoredObject | None
    prefix: str
    after: str | None


class _Marker(msgspec.Struct):
    k: str
    c: int = 0


def encode_marker(key: str) -> str:
    """The marker after which a listing goes on behind `key` (protocol §3.2)."""
    return b64url(msgspec.json.encode({"c": 0, "k": key}))


def decode_marker(marker: str) -> str:
    """The key in a marker; it need not exist.

    Raises:
        KodoError: 640.
    """
    try:
        raw = unb64url(marker)
    except ValueError as error:
        raise KodoError(640, "invalid list marker") from error  # [unv marker-error-text]
    return document(raw, _Marker, what="list marker", status=640).k


def read_page(store: AgingStore, listing: Listing) -> Turns[Page]:
    """One page; its cost depends on its length, not on where it starts or how many keys a common prefix hides."""
    end = successor(listing.prefix)
    start = listing.prefix
    if listing.after is not None:
        start = max(start, _just_after(listing.after))
    if listing.delimiter:
        return (yield from _read_grouped(store, listing, start, end))
    rows = yield from store.scan_in_turns(listing.bucket, start, end, listing.limit + 1)
    items = list(rows[: listing.limit])
    return Page(items, next_after=items[-1].key if len(rows) > listing.limit else None)


def read_entries(store: AgingStore, listing: Listing, limit: int | None) -> Iterator[list[Entry] | None]:
    """All entries in key order, or the first `limit`, a page at a time; each page is read when it is asked for.

    None comes where others may have a turn.
    """
    left = sys.maxsize if limit is None else limit
    after = listing.after
    while left:
        page = yield from read_page(store, replace(listing, after=after, limit=min(left, _STREAMED_AT_ONCE)))
        left -= len(page)
        after = page.next_after
        if entries := _in_order(store, listing, page):
            yield entries
        if after is None:
            return


def _in_order(store: AgingStore, listing: Listing, page: Page) -> list[Entry]:
    entries = [Entry(stored, "", stored.key) for stored in page.items]
    entries += [
        Entry(None, prefix, _last_place(store, listing.bucket, prefix, successor(prefix))) for prefix in page.prefixes
    ]
    entries.sort(key=lambda entry: entry.prefix or entry.after or "")
    if entries:
        entries[-1] = replace(entries[-1], after=page.next_after)
    return entries


def successor(prefix: str) -> str | None:
    """The smallest text above everything that starts with `prefix`; None when there is no such text."""
    kept = prefix.rstrip(chr(sys.maxunicode))
    if not kept:
        return None
    code = ord(kept[-1]) + 1
    return kept[:-1] + chr(_SURROGATES.stop if code in _SURROGATES else code)


def _just_after(key: str) -> str:
    return key + "\0"


def _read_grouped(store: AgingStore, listing: Listing, start: str, end: str | None) -> Turns[Page]:
    page = Page()
    position: str | None = start
    last, rows_wanted = "", _FIRST_SCAN
    while position is not None and len(page) < listing.limit:
        asked = min(rows_wanted, listing.limit - len(page))
        rows = yield from store.scan_in_turns(listing.bucket, position, end, asked)
        group = _take_items(listing, rows, page)
        if group is not None:
            page.prefixes.append(group)
            last, position, rows_wanted = group, successor(group), _FIRST_SCAN
        elif rows:
            last = rows[-1].key
            position, rows_wanted = _just_after(last), rows_wanted * 4
        else:
            return page
    if position is not None and (yield from store.scan_in_turns(listing.bucket, position, end, 1)):
        page.next_after = _last_place(store, listing.bucket, last, position)
    return page


def _last_place(store: AgingStore, bucket: str, last: str, position: str | None) -> str:
    """Where a listing goes on behind `last`, an item or a common prefix that ends at `position`.

    It is the last key under the prefix (protocol §3.3), or the prefix itself if its keys went in the meantime.
    """
    return max(last, store.last_key_before(bucket, position) or "")


def _take_items(listing: Listing, rows: Sequence[StoredObject], page: Page) -> str | None:
    """Move rows to the page until one belongs to a common prefix, which is returned."""
    for row in rows:
        head, found, _ = row.key[len(listing.prefix) :].partition(listing.delimiter)
        if found:
            return listing.prefix + head + found
        page.items.append(row)
    return None
