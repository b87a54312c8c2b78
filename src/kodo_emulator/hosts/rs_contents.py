"""rs operations on what an object is: stat, delete, copy, move, chgm (protocol §4). Its life is in `rs_life.py`."""

from collections.abc import Callable, Mapping

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.hosts.describe import Shown, describe_alone
from kodo_emulator.hosts.rs_arguments import Entries, check_condition, check_thawed
from kodo_emulator.protocol.arguments import encoded_text, named_segments
from kodo_emulator.protocol.metadata import check_header_value, check_total, is_metadata, without_prefix
from kodo_emulator.store.interface import Store
from kodo_emulator.uploads.creation import dropped_on_failure


class ContentOperations:
    """Operations by name; all but stat have no answer."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._entries = Entries(store)

    def by_name(self) -> Mapping[str, Callable[[list[str]], None]]:
        return {"delete": self._delete, "copy": self._copy, "move": self._move, "chgm": self._change_metadata}

    def stat(self, arguments: list[str], *, with_parts: bool) -> Shown:
        """The object that the one argument names.

        Raises:
            KodoError: 400, 612, 631.
        """
        named_segments(arguments[1:])
        _, stored = self._entries.existing(arguments)
        return describe_alone(stored, now_s=self._clock.storage_seconds(), with_parts=with_parts)

    def _delete(self, arguments: list[str]) -> None:
        named_segments(arguments[1:])
        bucket, stored = self._entries.existing(arguments)
        self._store.delete(bucket, stored.key)

    def _copy(self, arguments: list[str]) -> None:
        """A copy is a new object: a putTime of its own, and no dates but those of its bucket's rules."""
        bucket, stored = self._entries.existing(arguments)
        target_bucket, target_key = self._entries.target(arguments)
        check_thawed(stored, self._clock.storage_seconds())
        if (bucket, stored.key) == (target_bucket, target_key):
            return
        now = self._clock.ticks()  # [unv copy-put-time]
        content = self._store.copy_content(stored)
        copied = msgspec.structs.replace(
            stored,  # Its status, too [unv copy-status].
            key=target_key,
            content=content,
            put_time=now,
            last_modify=now,
            expires_s=None,  # [unv copy-dates]
            transitions=(),
            thaw_ready_s=None,  # Frozen again, as after a move (DOC copy 2023-03).
            thaw_end_s=None,
        )
        with dropped_on_failure(self._store, content):
            self._store.put(target_bucket, copied)

    def _move(self, arguments: list[str]) -> None:
        """A moved object is the same one under another name: with its putTime and its dates, but frozen again."""
        bucket, stored = self._entries.existing(arguments)
        target_bucket, target_key = self._entries.target(arguments)
        check_thawed(stored, self._clock.storage_seconds())
        if (bucket, stored.key) != (target_bucket, target_key):
            # [unv move-put-time] and [unv move-dates]
            moved = msgspec.structs.replace(stored, key=target_key, thaw_ready_s=None, thaw_end_s=None)
            self._store.move((bucket, stored.key), target_bucket, moved)

    def _change_metadata(self, arguments: list[str]) -> None:
        bucket, stored = self._entries.existing(arguments)
        options = named_segments(arguments[1:], ("cond", "mime"), also=is_metadata)
        check_condition(options.get("cond"), stored)
        check_thawed(stored, self._clock.storage_seconds())
        mime = encoded_text("mime", options.get("mime", "")) or stored.mime  # Go leaves it empty to keep it.
        check_header_value("mime", mime)
        named = {name: encoded_text(name, value) for name, value in options.items() if is_metadata(name)}
        meta = {**stored.meta, **without_prefix(named)}
        check_total(meta)
        changed = msgspec.structs.replace(stored, mime=mime, meta=meta, last_modify=self._clock.ticks())
        self._store.update(bucket, changed)
