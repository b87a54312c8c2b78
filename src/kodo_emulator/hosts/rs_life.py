"""rs operations on how long an object lives, and how it is kept: chtype, chstatus, restoreAr, deleteAfterDays,
lifecycle (protocol §4). When dates take effect is decided in `store/lifecycle.py`.
"""

from collections.abc import Callable, Mapping

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.describe import FROZEN_KINDS, is_thawing
from kodo_emulator.hosts.rs_arguments import Entries, check_condition, check_thawed
from kodo_emulator.protocol.arguments import integer, named_segments
from kodo_emulator.protocol.lifetimes import DAY_S, MAX_DAYS, expiry_s
from kodo_emulator.store.interface import Store, StoredObject
from kodo_emulator.store.lifecycle import with_transition

_THAW_S = {2: 5 * 60.0, 3: 12 * 3600.0}  # Protocol §4: 1 to 5 minutes, and 5 to 12 hours: here always the longest.
_MAX_THAWED_DAYS = 7
_KIND_NAMES = ("normal", "line", "archive", "deep_archive", "archive_ir", "intelligent_tiering")  # [unv kind-names]
_TRANSITIONS = {
    "toIAAfterDays": 1,
    "toIntelligentTieringAfterDays": 5,
    "toArchiveIRAfterDays": 4,
    "toArchiveAfterDays": 2,
    "toDeepArchiveAfterDays": 3,
}
_UNCHANGED, _CANCELLED = 0, -1


class LifeOperations:
    """Operations by name."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._entries = Entries(store)

    def by_name(self) -> Mapping[str, Callable[[list[str]], None]]:
        return {
            "chtype": self._change_kind,
            "chstatus": self._change_status,
            "restoreAr": self._restore,
            "deleteAfterDays": self._delete_after_days,
            "lifecycle": self._set_lifecycle,
        }

    def _change_kind(self, arguments: list[str]) -> None:
        bucket, stored = self._entries.existing(arguments)
        options = named_segments(arguments[1:], ("type",))
        kind = integer("type", options.get("type", ""), 0, len(_KIND_NAMES) - 1)
        if kind == stored.kind:
            raise KodoError(400, f"already in {_KIND_NAMES[kind]} stat")
        check_thawed(stored, self._clock.storage_seconds())  # [unv chtype-frozen]
        now = self._clock.ticks()
        changed = msgspec.structs.replace(stored, kind=kind, last_modify=now, thaw_ready_s=None, thaw_end_s=None)
        self._store.update(bucket, changed)

    def _change_status(self, arguments: list[str]) -> None:
        bucket, stored = self._entries.existing(arguments)
        options = named_segments(arguments[1:], ("status", "cond"))
        check_condition(options.get("cond"), stored)
        status = integer("status", options.get("status", ""), 0, 1)
        if status == stored.status:
            raise KodoError(400, "already disabled" if status else "already enabled")
        self._store.update(bucket, msgspec.structs.replace(stored, status=status, last_modify=self._clock.ticks()))

    def _restore(self, arguments: list[str]) -> None:
        bucket, stored = self._entries.existing(arguments)
        options = named_segments(arguments[1:], ("freezeAfterDays",))
        try:
            days = integer("freezeAfterDays", options.get("freezeAfterDays", ""), 1, _MAX_THAWED_DAYS)
        except KodoError as error:
            raise KodoError(400, "invalid freeze after days") from error
        if stored.kind not in FROZEN_KINDS:
            raise KodoError(403, "not an archived file")  # [unv restore-not-archived-text]
        now_s = self._clock.storage_seconds()
        if is_thawing(stored, now_s):
            raise KodoError(400, "archive already restored")
        ready_s = now_s + _THAW_S[stored.kind]
        changed = msgspec.structs.replace(stored, thaw_ready_s=ready_s, thaw_end_s=ready_s + days * DAY_S)
        self._store.update(bucket, changed)

    def _delete_after_days(self, arguments: list[str]) -> None:
        """`/deleteAfterDays/E/<days>`; 0 cancels."""
        bucket, stored = self._entries.existing(arguments)
        named_segments(arguments[2:])
        days = integer("deleteAfterDays", "".join(arguments[1:2]), 0, MAX_DAYS)
        self._store.update(bucket, self._expiring(stored, days or _CANCELLED))

    def _set_lifecycle(self, arguments: list[str]) -> None:
        """`name/days` segments; 0 leaves a date as it is, -1 cancels it."""
        bucket, stored = self._entries.existing(arguments)
        options = named_segments(arguments[1:], (*_TRANSITIONS, "deleteAfterDays", "cond"))
        check_condition(options.pop("cond", None), stored)
        days = {name: integer(name, text, _CANCELLED, MAX_DAYS) for name, text in options.items()}
        changed = self._expiring(stored, days.pop("deleteAfterDays", _UNCHANGED))
        for name, wanted in days.items():
            if wanted != _UNCHANGED:
                changed = with_transition(changed, _TRANSITIONS[name], self._date(wanted))
        self._store.update(bucket, changed)

    def _expiring(self, stored: StoredObject, days: int) -> StoredObject:
        if days == _UNCHANGED:
            return stored
        return msgspec.structs.replace(stored, expires_s=self._date(days))

    def _date(self, days: int) -> int | None:
        """Days count from the call, not from putTime [unv days-count-from]."""
        return None if days == _CANCELLED else expiry_s(self._clock.storage_seconds(), days)
