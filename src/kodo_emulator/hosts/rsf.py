"""The rsf host: listings as requests and JSON (protocol §3). How a page is found is in `paging.py`."""

import sys
from collections.abc import Iterator

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.hosts.describe import Shown, describe
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.paging import MAX_LIMIT, Entry, Listing, decode_marker, encode_marker, read_entries, read_page
from kodo_emulator.net.http1 import Response, Stream
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.net.turns import in_turns
from kodo_emulator.protocol.arguments import flag, integer
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.aging import AgingStore
from kodo_emulator.store.existing import existing_bucket

_PARAMETERS = ("bucket", "prefix", "delimiter", "marker", "limit", "needparts")
_STREAM_HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


class _Line(msgspec.Struct):
    """One line of `/v2/list`: an item, or a common prefix, and where a listing goes on after it."""

    item: Shown | None
    dir: str
    marker: str


class RsfHost:
    """Answers of the rsf host."""

    def __init__(self, store: AgingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._encode_lines = msgspec.json.Encoder().encode_lines

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what this host answers."""
        table.add("rsf", "GET POST", "/list", management.signed(self.list, _PARAMETERS))
        table.add("rsf", "GET POST", "/v2/list", management.signed(self.list_v2, _PARAMETERS))

    async def list(self, call: Call) -> Response:
        """One page of a bucket (protocol §3.1). Other limits than 1 to 1,000 are refused [unv list-limit]."""
        listing = self._listing(call, integer("limit", call.get("limit") or str(MAX_LIMIT), 1, MAX_LIMIT))
        with_parts = flag("needparts", call.get("needparts"))
        page = await in_turns(read_page(self._store, listing))
        now_s = self._clock.storage_seconds()
        items = [describe(stored, now_s=now_s, with_parts=with_parts) for stored in page.items]
        answer: dict[str, object] = {"items": items}
        if page.next_after is not None:
            answer["marker"] = encode_marker(page.next_after)
        if listing.delimiter:
            answer["commonPrefixes"] = page.prefixes
        return json_response(200, answer)

    def list_v2(self, call: Call) -> Response:
        """Everything, or the first `limit` entries, as a stream of lines (protocol §3.4)."""
        limit = integer("limit", call.get("limit") or "0", 0, sys.maxsize) or None
        listing = self._listing(call, MAX_LIMIT)
        lines = self._lines(listing, limit, with_parts=flag("needparts", call.get("needparts")))
        return Response(200, _STREAM_HEADERS, Stream(lines))

    def _lines(self, listing: Listing, limit: int | None, *, with_parts: bool) -> Iterator[bytes]:
        """Pieces of a few hundred lines. Nothing at all for a listing without entries [unv v2-list-of-nothing]."""
        for entries in read_entries(self._store, listing, limit):
            now_s = self._clock.storage_seconds()
            lines = [_line(entry, now_s=now_s, with_parts=with_parts) for entry in entries or ()]
            yield self._encode_lines(lines)

    def _listing(self, call: Call, limit: int) -> Listing:
        bucket = existing_bucket(self._store, call.required("bucket"))
        marker = call.get("marker")
        return Listing(
            bucket=bucket.name,
            prefix=call.get("prefix"),
            delimiter=call.get("delimiter"),
            after=decode_marker(marker) if marker else None,
            limit=limit,
        )


def _line(entry: Entry, *, now_s: float, with_parts: bool) -> _Line:
    item = None if entry.item is None else describe(entry.item, now_s=now_s, with_parts=with_parts)
    marker = "" if entry.after is None else encode_marker(entry.after)  # [unv v2-list-last-marker]
    return _Line(item, entry.prefix, marker)
