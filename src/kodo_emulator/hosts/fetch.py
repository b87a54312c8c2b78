"""The io host's management calls: fetch and prefetch (protocol §4). Downloads are in `io.py`."""

from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.arguments import encoded_text, invalid, named_segments
from kodo_emulator.protocol.entry import decode_entry
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.existing import existing_bucket
from kodo_emulator.store.interface import Store, StoredObject
from kodo_emulator.uploads.pull import Order, Puller


class FetchHost:
    """Answers of fetch and prefetch."""

    def __init__(self, store: Store, puller: Puller) -> None:
        self._store = store
        self._puller = puller

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        table.add("io", "POST", "/fetch/…", management.signed(self.fetch))
        table.add("io", "POST", "/prefetch/…", management.signed(self.prefetch))

    async def fetch(self, call: Call) -> Response:
        """`/fetch/<url>/to/E[/host/<host>]`: an E without a colon makes the hash the key.

        An object that has the key already is replaced [unv fetch-replaces].
        """
        _, encoded_url, *rest = call.segments
        options = named_segments(rest, ("to", "host"))
        url, host = encoded_text("url", encoded_url), encoded_text("host", options.get("host", ""))
        if not url:
            raise invalid("url")
        target = decode_entry(options.get("to", ""))
        bucket = existing_bucket(self._store, target.bucket)
        return _answer(await self._puller.pull(Order([url], bucket, target.key, host=host)))

    async def prefetch(self, call: Call) -> Response:
        """`/prefetch/E`: the mirror's object replaces the one that is here."""
        _, entry, *rest = call.segments
        named_segments(rest)
        target = decode_entry(entry)
        key = target.named_key()
        return _answer(await self._puller.pull_mirror(existing_bucket(self._store, target.bucket), key))


def _answer(stored: StoredObject) -> Response:
    shown = {"hash": stored.hash, "key": stored.key, "fsize": stored.size_bytes, "mimeType": stored.mime}
    return json_response(200, shown)
