"""What has to be there before anything can be done with it."""

from kodo_emulator.errors import no_such_bucket
from kodo_emulator.store.interface import Bucket, Store


def existing_bucket(store: Store, name: str) -> Bucket:
    """The bucket of that name.

    Raises:
        KodoError: 631.
    """
    bucket = store.bucket(name)
    if bucket is None:
        raise no_such_bucket()
    return bucket
