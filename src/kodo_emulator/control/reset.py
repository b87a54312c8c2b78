"""Buckets as they were at the start: what tests ask for between each other."""

from dataclasses import dataclass

from kodo_emulator.store.interface import Bucket, Store


@dataclass(frozen=True, slots=True)
class Restored:
    """Names of buckets that exist no more, and of those that exist again; whoever listens for them has to follow."""

    dropped: tuple[str, ...]
    remade: tuple[str, ...]


class StartState:
    """The buckets of a store as they are now."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._buckets: tuple[Bucket, ...] = tuple(store.buckets())

    def restore(self) -> Restored:
        """Remove all objects and uploads, bring these buckets back with their settings, and drop all others."""
        found = [bucket.name for bucket in self._store.buckets()]
        wanted = [bucket.name for bucket in self._buckets]
        for name in found:
            self._store.drop_bucket(name)
        for bucket in self._buckets:
            self._store.put_bucket(bucket)
        return Restored(
            dropped=tuple(name for name in found if name not in wanted),
            remade=tuple(name for name in wanted if name not in found),
        )
