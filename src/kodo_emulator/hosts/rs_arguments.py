"""The path segments of rs operations: which objects they name, and whether those are as an operation needs them."""

from collections.abc import Sequence
from urllib.parse import unquote, unquote_plus

from kodo_emulator.errors import KodoError, file_exists, no_such_key
from kodo_emulator.hosts.describe import is_frozen
from kodo_emulator.protocol.arguments import encoded_text, flag, named_segments
from kodo_emulator.protocol.entry import decode_entry
from kodo_emulator.store.existing import existing_bucket
from kodo_emulator.store.interface import Bucket, Store, StoredObject


class Entries:
    """Finds what EncodedEntryURIs name."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def existing(self, arguments: Sequence[str]) -> tuple[str, StoredObject]:
        """The bucket and the object that the first argument names.

        Raises:
            KodoError: 400, 612, 631.
        """
        bucket, key = self._place(arguments, 0)
        stored = self._store.find(bucket.name, key)
        if stored is None:
            raise no_such_key()
        return bucket.name, stored

    def target(self, arguments: Sequence[str]) -> tuple[str, str]:
        """Where a copy or move goes: the second argument, in the region of the first one, and free or forced.

        Raises:
            KodoError: 400, 614, 631.
        """
        source, _ = self._place(arguments, 0)
        bucket, key = self._place(arguments, 1)
        forced = flag("force", named_segments(arguments[2:], ("force",)).get("force", ""))
        if bucket.region != source.region:
            raise KodoError(400, "incorrect region")  # [unv cross-region-copy]
        if not forced and self._store.find(bucket.name, key) is not None:
            raise file_exists()
        return bucket.name, key

    def _place(self, arguments: Sequence[str], position: int) -> tuple[Bucket, str]:
        if len(arguments) <= position:
            raise KodoError(400, "invalid argument")
        entry = decode_entry(arguments[position])
        return existing_bucket(self._store, entry.bucket), entry.named_key()


def check_thawed(stored: StoredObject, now_s: float) -> None:
    """An archived object can be copied, moved and changed only while it is thawed (DOC copy 2023-03, move 2025-09,
    chgm 2025-12).

    Raises:
        KodoError: 403.
    """
    if is_frozen(stored, now_s):
        raise KodoError(403, "archive unrestored")


def check_condition(condition: str | None, stored: StoredObject) -> None:
    """Protocol §4: `cond` names what the object must still be.

    Raises:
        KodoError: 412 on a mismatch [unv cond-status], 400.
    """
    if condition is None:
        return
    actual = {
        "hash": stored.hash,
        "mime": stored.mime,
        "fsize": str(stored.size_bytes),
        "putTime": str(stored.put_time),
    }
    for pair in filter(None, encoded_text("cond", condition).split("&")):
        name, _, value = pair.partition("=")
        if name not in actual:
            raise KodoError(400, f"unknown condition: {name}")
        # SDKs write values as they are (image/svg+xml), others escape them as a form does.
        if actual[name] not in (value, unquote(value), unquote_plus(value)):
            raise KodoError(412, "condition not matched")
