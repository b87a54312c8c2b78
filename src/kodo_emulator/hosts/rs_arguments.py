"""The path segments of rs operations: which objects they name, and under which condition."""

from collections.abc import Sequence
from urllib.parse import parse_qs

from kodo_emulator.errors import KodoError, file_exists, no_such_key
from kodo_emulator.protocol.arguments import encoded_text, flag, named_segments
from kodo_emulator.protocol.entry import Entry, decode_entry
from kodo_emulator.store.existing import existing_bucket
from kodo_emulator.store.interface import Store, StoredObject


class Entries:
    """Finds what EncodedEntryURIs name."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def existing(self, arguments: Sequence[str]) -> tuple[str, StoredObject]:
        """The bucket and the object that the first argument names.

        Raises:
            KodoError: 400, 612, 631.
        """
        entry = self._entry(arguments, 0)
        stored = self._store.find(entry.bucket, entry.named_key())
        if stored is None:
            raise no_such_key()
        return entry.bucket, stored

    def target(self, arguments: Sequence[str]) -> tuple[str, str]:
        """Where a copy or move goes: the second argument, which must be free or forced.

        Raises:
            KodoError: 400, 614, 631.
        """
        entry = self._entry(arguments, 1)
        options = named_segments(arguments[2:], ("force",))
        forced = flag("force", options.get("force", ""))
        key = entry.named_key()
        if not forced and self._store.find(entry.bucket, key) is not None:
            raise file_exists()
        return entry.bucket, key

    def _entry(self, arguments: Sequence[str], position: int) -> Entry:
        if len(arguments) <= position:
            raise KodoError(400, "invalid argument")
        entry = decode_entry(arguments[position])
        existing_bucket(self._store, entry.bucket)
        return entry


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
    wanted = parse_qs(encoded_text("cond", condition), keep_blank_values=True)
    for name, values in wanted.items():
        if name not in actual:
            raise KodoError(400, f"unknown condition: {name}")
        if values != [actual[name]]:
            raise KodoError(412, "condition not matched")
