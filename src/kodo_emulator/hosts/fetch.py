"""The io host's management calls: fetch and prefetch (protocol §4). Downloads are in `io.py`."""

from kodo_emulator.errors import KodoError, no_such_bucket
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.entry import decode_argument, decode_entry
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.interface import Bucket, Store, StoredObject
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
        match call.segments[1:]:
            case [url, "to", entry]:
                host = ""
            case [url, "to", entry, "host", encoded_host]:
                host = decode_argument(encoded_host)
            case _:
                raise KodoError(400, "invalid argument")
        target = decode_entry(entry)
        order = Order([_checked_url(url)], self._bucket(target.bucket).name, target.key, host=host)
        return _answer(await self._puller.pull(order))

    async def prefetch(self, call: Call) -> Response:
        """`/prefetch/E`: the mirror's object replaces the one that is here."""
        match call.segments[1:]:
            case [entry]:
                target = decode_entry(entry)
            case _:
                raise KodoError(400, "invalid argument")
        key = target.named_key()
        return _answer(await self._puller.pull_mirror(self._bucket(target.bucket), key))

    def _bucket(self, name: str) -> Bucket:
        bucket = self._store.bucket(name)
        if bucket is None:
            raise no_such_bucket()
        return bucket


def _answer(stored: StoredObject) -> Response:
    shown = {"hash": stored.hash, "key": stored.key, "fsize": stored.size_bytes, "mimeType": stored.mime}
    return json_response(200, shown)


def _checked_url(encoded: str) -> str:
    url = decode_argument(encoded)
    if not url:
        raise KodoError(400, "invalid argument")
    return url
