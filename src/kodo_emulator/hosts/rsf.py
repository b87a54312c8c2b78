"""The rsf host: listings as requests and JSON (protocol §3). How a page is found is in `paging.py`."""

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError, no_such_bucket
from kodo_emulator.hosts.describe import describe
from kodo_emulator.hosts.management import Call, Management, flag
from kodo_emulator.hosts.paging import MAX_LIMIT, Listing, decode_marker, encode_marker, read_page
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.interface import Store

_PARAMETERS = ("bucket", "prefix", "delimiter", "marker", "limit", "needparts")


class RsfHost:
    """Answers of the rsf host."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what this host answers."""
        table.add("rsf", "GET POST", "/list", management.signed(self.list, _PARAMETERS))

    def list(self, call: Call) -> Response:
        """One page of a bucket (protocol §3.1)."""
        bucket = call.required("bucket")
        if self._store.bucket(bucket) is None:
            raise no_such_bucket()
        marker, delimiter = call.get("marker"), call.get("delimiter")
        listing = Listing(
            bucket=bucket,
            prefix=call.get("prefix"),
            delimiter=delimiter,
            after=decode_marker(marker) if marker else None,
            limit=_limit(call.get("limit")),
        )
        page = read_page(self._store, listing)
        now_s, with_parts = self._clock.storage_seconds(), flag(call.get("needparts"))
        items = [describe(stored, now_s=now_s, with_parts=with_parts, with_key=True) for stored in page.items]
        answer: dict[str, object] = {"items": items}
        if page.next_after is not None:
            answer["marker"] = encode_marker(page.next_after)
        if delimiter:
            answer["commonPrefixes"] = page.prefixes
        return json_response(200, answer)


def _limit(text: str) -> int:
    if not text:
        return MAX_LIMIT
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MAX_LIMIT):
        raise KodoError(400, "invalid list limit")
    return int(text)
