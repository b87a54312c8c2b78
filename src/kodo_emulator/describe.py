"""An object as stat and list show it (protocol §3.1), and when an archived one can be read."""

from kodo_emulator.store import StoredObject

FROZEN_KINDS = frozenset({2, 3})

_THAWING, _THAWED = 1, 2


def describe(stored: StoredObject, *, now_s: float, with_parts: bool) -> dict[str, object]:
    """The JSON members of an object, all but its key."""
    shown: dict[str, object] = {
        "fsize": stored.size_bytes,
        "hash": stored.hash,
        "mimeType": stored.mime,
        "putTime": stored.put_time,
        "lastModify": stored.last_modify,
        "type": stored.kind,
    }
    if stored.md5 is not None:
        shown["md5"] = stored.md5
    if stored.status:
        shown["status"] = stored.status
    if stored.end_user:
        shown["endUser"] = stored.end_user
    if stored.meta:
        shown["x-qn-meta"] = stored.meta
    if with_parts and stored.parts:
        shown["parts"] = stored.parts
    if stored.thaw_ready_s is not None and (thaw := _thaw_state(stored, now_s)):
        shown["restoreStatus"] = thaw
    return shown


def is_frozen(stored: StoredObject, now_s: float) -> bool:
    """Whether the content has to be thawed before it can be read (protocol §6.3)."""
    return stored.kind in FROZEN_KINDS and _thaw_state(stored, now_s) != _THAWED


def is_thawing(stored: StoredObject, now_s: float) -> bool:
    """Whether a restore was asked for and is neither over nor expired."""
    return _thaw_state(stored, now_s) != 0


def _thaw_state(stored: StoredObject, now_s: float) -> int:
    if stored.thaw_ready_s is None or stored.thaw_end_s is None or now_s >= stored.thaw_end_s:
        return 0
    return _THAWED if now_s >= stored.thaw_ready_s else _THAWING
