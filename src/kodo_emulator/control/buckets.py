"""What the control endpoint does to buckets: what tests ask for between each other, and what no API of Kodo sets."""

from collections.abc import Sequence

import msgspec

from kodo_emulator.errors import no_such_bucket
from kodo_emulator.hosts.addresses import Domains
from kodo_emulator.hosts.fetch_tasks import FetchTasks
from kodo_emulator.store.interface import Bucket, Store


class BucketControl:
    """The buckets of a store, which can be brought back to what they are now."""

    def __init__(self, store: Store, domains: Domains, fetches: FetchTasks) -> None:
        self._store = store
        self._domains = domains
        self._fetches = fetches
        self._at_start: tuple[Bucket, ...] = tuple(store.buckets())

    async def restore(self) -> None:
        """Remove all objects and uploads, bring back the buckets of the start with their settings, drop all others.

        Asynchronous fetches that wait are forgotten.
        """
        self._fetches.forget_waiting()
        found = {bucket.name for bucket in self._store.buckets()}
        wanted = {bucket.name for bucket in self._at_start}
        for name in found:
            self._store.drop_bucket(name)
        for bucket in self._at_start:
            self._store.put_bucket(bucket)
        for name in wanted - found:
            self._domains.open(name)
        for name in found - wanted:
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
