"""An object as stat and list show it (protocol §3.1), and when an archived one can be read."""

from collections.abc import Mapping

import msgspec

from kodo_emulator.store.interface import StoredObject

FROZEN_KINDS = frozenset({2, 3})

_THAWING, _THAWED = 1, 2


class Shown(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", gc=False):
    """The JSON of an object. Members with a default are left out where they say nothing."""

    fsize: int
    hash: str
    mime_type: str
    put_time: int
    last_modify: int
    type: int
    md5: str | None = None
    status: int = 0
    end_user: str | None = None
    meta: Mapping[str, str] = msgspec.field(default_factory=dict, name="x-qn-meta")
    parts: tuple[int, ...] = ()
    restore_status: int = 0
    key: str | None = None


def describe(stored: StoredObject, *, now_s: float, with_parts: bool, with_key: bool) -> Shown:
    """An object as a listing (with its key) or stat (without) gives it."""
    return Shown(
        stored.size_bytes,
        stored.hash,
        stored.mime,
        stored.put_time,
        stored.last_modify,
        stored.kind,
        stored.md5,
        stored.status,
        stored.end_user,
        stored.meta,
        stored.parts if with_parts else (),
        0 if stored.thaw_ready_s is None else _thaw_state(stored, now_s),
        stored.key if with_key else None,
    )


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
