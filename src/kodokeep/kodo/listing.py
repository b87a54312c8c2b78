"""Listing: rsf pages become a stream of entries, guarded page by page (protocol §3)."""

import threading
from collections.abc import Iterator

from kodokeep.errors import ListingBroken
from kodokeep.kodo import wire
from kodokeep.kodo.api import Api
from kodokeep.kodo.failures import Unreadable
from kodokeep.kodo.hosts import Hosts
from kodokeep.kodo.page_guard import PageGuard
from kodokeep.kodo.prefetch import prefetched
from kodokeep.kodo.urls import query
from kodokeep.model.entry import RemoteEntry
from kodokeep.ports import StopSignal

PAGE_LIMIT = 1000
"""The most that Kodo gives at once (protocol §3.1)."""


class Listing:
    """Lists one bucket."""

    def __init__(self, api: Api, hosts: Hosts, bucket: str) -> None:
        self._api = api
        self._hosts = hosts
        self._bucket = bucket

    def entries(self, prefix: str, stop: StopSignal, *, ordered: bool) -> Iterator[RemoteEntry]:
        """Every object whose key starts with `prefix`; ends only when the listing is proved complete.

        Raises Failure, ListingBroken, Interrupted and, if `ordered`, ListingUnordered.
        """
        cancel = threading.Event()
        guard = PageGuard(prefix, ordered=ordered)
        for items in prefetched(self._pages(prefix, guard, cancel), cancel, stop):
            for item in items:
                yield wire.remote_entry(item.key, item)

    def _pages(self, prefix: str, guard: PageGuard, cancel: threading.Event) -> Iterator[list[wire.Item]]:
        marker = ""
        while True:
            page = self._page(prefix, marker, cancel)
            yield guard.check(page)
            if not page.marker:
                return
            marker = page.marker

    def _page(self, prefix: str, marker: str, cancel: threading.Event) -> wire.ListPage:
        parameters: dict[str, str | int] = {
            "bucket": self._bucket,
            "prefix": prefix,
            "limit": PAGE_LIMIT,
            "needparts": "true",
        }
        if marker:
            parameters["marker"] = marker
        try:
            hosts = self._hosts.of_bucket(cancel).rsf
            return self._api.call(hosts, f"/list?{query(**parameters)}", wire.decode_page, cancel)
        except Unreadable as failure:
            raise ListingBroken(f"the listing cannot be read: {failure.error.message}") from failure
