"""The form of a plan file: a header, then one JSON line per action with everything that was seen of it.

Belongs here: what a line holds, and making the action of it again. Does not: the file itself (`planfile`).
"""

from typing import Annotated, Any, Self, TypeVar

import msgspec

from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.entry import LocalContent, LocalEntry, RemoteEntry, SyncedEntry
from kodokeep.model.options import PairOptions
from kodokeep.model.value import Value
from kodokeep.planning.fingerprint import fingerprint

FORMAT = "kodokeep-plan"
VERSION = 1

Count = Annotated[int, msgspec.Meta(ge=0)]
Seen = dict[str, dict[str, Any] | None]
Kind = TypeVar("Kind", bound=Value)


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A JSON object with just these names."""


class PlanIdentity(Strict, frozen=True):
    """What a plan is a plan of. `uc` is empty for the public cloud."""

    uc: str
    bucket: str
    prefix: str
    mode: str
    folder: str

    @classmethod
    def of(cls, pair: PairOptions) -> Self:
        """What a plan of this pair carries."""
        return cls(
            uc=pair.transport.uc_host or "",
            bucket=pair.bucket,
            prefix=pair.prefix,
            mode=str(pair.mode),
            folder=pair.folder,
        )


class PlanHeader(Strict, frozen=True):
    """The first line. `counts` are the names of a summary, as in the first line of `plan --json`; `actions` is how many
    lines follow. Requests and cost are an estimate of what is not held.
    """

    format: str
    version: int
    program: str
    name: str
    identity: PlanIdentity
    settings: dict[str, str]
    created: str
    actions: Count
    held: Count
    counts: dict[str, int]
    download_bytes: Count
    upload_bytes: Count
    get_requests: Count
    put_requests: Count
    cost: float
    currency: str


class PlanLine(Strict, frozen=True):
    """One action. `seen` is what was seen of its key, and `source_seen` of the key that it moves or copies from."""

    action: ActionKind
    key: str
    size_bytes: Count
    reason: Reason
    held: bool
    fingerprint: str
    seen: Seen
    content: dict[str, Any] | None
    source: str | None
    source_seen: Seen | None
    stage: Count
    parks: bool

    @classmethod
    def of(cls, action: Action, *, held: bool) -> Self:
        """The line of an action."""
        source = action.source
        return cls(
            action=action.kind,
            key=action.key,
            size_bytes=action.size_bytes,
            reason=action.reason,
            held=held,
            fingerprint=fingerprint(action),
            seen=_seen(action.row),
            content=_fields(action.content),
            source=None if source is None else source.key,
            source_seen=None if source is None else _seen(source),
            stage=action.stage,
            parks=action.parks,
        )

    def planned(self) -> Action:
        """The action again. Raises ValueError, or msgspec.ValidationError, if the line contradicts itself."""
        source = None
        if self.source is not None and self.source_seen is not None:
            source = _row(self.source, self.source_seen)
        content = None if self.content is None else _value(LocalContent, self.content)
        action = Action(
            self.action, self.reason, _row(self.key, self.seen), content, source, self.stage, parks=self.parks
        )
        whole = (self.source is None) == (self.source_seen is None)
        if not whole or fingerprint(action) != self.fingerprint or action.size_bytes != self.size_bytes:
            raise ValueError("the fingerprint is not that of the action; the line was changed")
        return action


class AnyHeader(msgspec.Struct, frozen=True):
    """As much of a header as every version has."""

    format: str
    version: int


def _seen(row: Row) -> Seen:
    return {"remote": _fields(row.remote), "local": _fields(row.local), "synced": _fields(row.synced)}


def _row(key: str, seen: Seen) -> Row:
    if seen.keys() != {"remote", "local", "synced"}:
        raise ValueError("expected what was seen as remote, local and synced")
    remote, local, synced = seen["remote"], seen["local"], seen["synced"]
    return Row(
        key,
        None if remote is None else _value(RemoteEntry, remote),
        None if local is None else _value(LocalEntry, local),
        None if synced is None else _value(SyncedEntry, synced),
    )


def _fields(value: Value | None) -> dict[str, Any] | None:
    """A value by the names of its fields, which as a plain array (as `Value` is stored) nobody could read."""
    return None if value is None else {name: getattr(value, name) for name in value.__struct_fields__}


def _value(kind: type[Kind], fields: dict[str, Any]) -> Kind:
    """The value again. Raises ValueError, msgspec.ValidationError."""
    names = kind.__struct_fields__
    if fields.keys() != set(names):
        raise ValueError(f"expected {', '.join(names)}")
    return msgspec.convert([fields[name] for name in names], kind, strict=True)
