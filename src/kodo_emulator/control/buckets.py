"""What the control endpoint does to buckets: what tests ask for between each other, and what no API of Kodo sets."""

from collections.abc import Sequence

import msgspec

from kodo_emulator.errors import no_such_bucket
from kodo_emulator.hosts.addresses import Addresses, BoundDomain, Domains
from kodo_emulator.hosts.fetch_tasks import FetchTasks
from kodo_emulator.store.interface import Bucket, Store


class BucketControl:
    """The buckets of a store, which can be brought back to what they were at the start."""

    def __init__(self, store: Store, addresses: Addresses, domains: Domains, fetches: FetchTasks) -> None:
        self._store = store
        self._addresses = addresses
        self._domains = domains
        self._fetches = fetches
        self._at_start: list[tuple[Bucket, tuple[int, int]]] = []

    def remember_start(self) -> None:
        """Take note of the buckets of this moment, and of their ports, which are open."""
        domains, sources = self._addresses.domains, self._addresses.sources
        self._at_start = [(bucket, (domains[bucket.name], sources[bucket.name])) for bucket in self._store.buckets()]

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
        bucket = self._found(name)
        settings = msgspec.structs.replace(bucket.settings, timestamp_keys=tuple(keys))
        self._store.put_bucket(msgspec.structs.replace(bucket, settings=settings))

    def set_domains(self, name: str, bound: tuple[BoundDomain, ...] | None) -> None:
        """What the lists of a bucket's domains tell (protocol §1.5), which the portal sets; None: its own port.

        Raises:
            KodoError: 631.
        """
        self._found(name)
        if bound is None:
            self._addresses.bound.pop(name, None)
        else:
            self._addresses.bound[name] = bound

    def unbind_domains(self) -> None:
        """Every bucket's lists tell of its own port again."""
        self._addresses.bound.clear()

    def _found(self, name: str) -> Bucket:
        bucket = self._store.bucket(name)
        if bucket is None:
            raise no_such_bucket()
        return bucket
