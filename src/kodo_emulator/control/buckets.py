"""What the control endpoint does to buckets: what tests ask for between each other, and what no API of Kodo sets."""

from collections.abc import Sequence

import msgspec

from kodo_emulator.errors import no_such_bucket
from kodo_emulator.hosts.addresses import Addresses, Domains
from kodo_emulator.hosts.fetch_tasks import FetchTasks
from kodo_emulator.store.interface import Bucket, Store


class BucketControl:
    """The buckets of a store, which can be brought back to what they were at the start."""

    def __init__(self, store: Store, domains: Domains, fetches: FetchTasks) -> None:
        self._store = store
        self._domains = domains
        self._fetches = fetches
        self._at_start: list[tuple[Bucket, tuple[int, int]]] = []

    def remember_start(self, addresses: Addresses) -> None:
        """Take note of the buckets of this moment, and of their ports, which are open."""
        buckets = self._store.buckets()
        self._at_start = [
            (bucket, (addresses.domains[bucket.name], addresses.sources[bucket.name])) for bucket in buckets
        ]

    async def restore(self) -> None:
        """Remove all objects and uploads, bring back the buckets of the start, their settings and ports; drop others.

        Asynchronous fetches that wait are forgotten.
        """
        self._fetches.forget_waiting()
        found = {bucket.name for bucket in self._store.buckets()}
        for name in found:
            self._store.drop_bucket(name)
        for bucket, ports in self._at_start:
            self._store.put_bucket(bucket)
            if bucket.name not in found:
                self._domains.open(bucket.name, ports)
        for name in found - {bucket.name for bucket, _ in self._at_start}:
            await self._domains.close(name)

    def set_timestamp_keys(self, name: str, keys: Sequence[str]) -> None:
        """The secrets that a bucket's domain accepts timestamp signatures of (protocol §2.6); none: it asks for none.

        Raises:
            KodoError: 631.
        """
        bucket = self._store.bucket(name)
        if bucket is None:
            raise no_such_bucket()
        settings = msgspec.structs.replace(bucket.settings, timestamp_keys=tuple(keys))
        self._store.put_bucket(msgspec.structs.replace(bucket, settings=settings))
