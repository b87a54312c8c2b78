"""The buckets as the uc host looks at them and changes them."""

from typing import Any

import msgspec

from kodo_emulator.store.existing import existing_bucket
from kodo_emulator.store.interface import Bucket, Store


class Registry:
    """Finds buckets by name, and keeps what was set of them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, name: str) -> Bucket:
        """The bucket of that name.

        Raises:
            KodoError: 631.
        """
        return existing_bucket(self._store, name)

    def set(self, bucket: Bucket, **settings: Any) -> None:
        """Change some of the settings of a bucket."""
        changed = msgspec.structs.replace(bucket.settings, **settings)
        self._store.put_bucket(msgspec.structs.replace(bucket, settings=changed))
