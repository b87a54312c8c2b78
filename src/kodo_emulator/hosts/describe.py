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
    expiration: int = 0
    to_ia: int = msgspec.field(default=0, name="transitionToIA")
    to_archive_ir: int = msgspec.field(default=0, name="transitionToArchiveIR")
    to_archive: int = msgspec.field(default=0, name="transitionToARCHIVE")
    to_deep_archive: int = msgspec.field(default=0, name="transitionToDeepArchive")
    to_intelligent_tiering: int = msgspec.field(default=0, name="transitionToIntelligentTiering")


_DATE_MEMBERS = {1: "to_ia", 2: "to_archive", 3: "to_deep_archive", 4: "to_archive_ir", 5: "to_intelligent_tiering"}


def describe(stored: StoredObject, *, now_s: float, with_parts: bool) -> Shown:
    """An object as a listing gives it."""
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
        stored.key,
    )


def describe_alone(stored: StoredObject, *, now_s: float, with_parts: bool) -> Shown:
    """An object as stat gives it: without its key, and with the dates that listings leave out (protocol §3.1)."""
    listed = describe(stored, now_s=now_s, with_parts=with_parts)
    dates = {_DATE_MEMBERS[kind]: begins_s for kind, begins_s in stored.transitions if kind in _DATE_MEMBERS}
    return msgspec.structs.replace(listed, key=None, expiration=stored.expires_s or 0, **dates)


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
