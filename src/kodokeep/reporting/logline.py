"""The form of the run log: one JSON object a line, told apart by `event`.

Times of objects are Kodo's ticks of 100 ns, those of files nanoseconds, sizes bytes. A field may be added; none
changes its meaning, as `rebuild` reads logs of all ages. Belongs here: what a line holds. Does not: files (`runlog`).
"""

from typing import Self

import msgspec

from kodokeep.model.entry import TICK_NS, SyncedEntry
from kodokeep.model.outcome import Version
from kodokeep.model.summary import Summary


class Line(msgspec.Struct, frozen=True, tag_field="event"):
    """One line."""


class StartedLine(Line, frozen=True, tag="run_started"):
    """The first line."""

    run: str
    name: str
    mode: str
    bucket: str
    folder: str
    program: str
    settings: dict[str, str]


class SyncedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides are after a step."""

    path: str
    size_bytes: int
    remote_hash: str
    content_hash: str
    put_time: int | None
    mtime_ns: int
    mime: str
    type: int
    status: int
    metadata: tuple[tuple[str, str], ...]
    expires_s: int | None
    run: str
    kept: bool

    @classmethod
    def of(cls, entry: SyncedEntry) -> Self:
        """The facts of a synced entry."""
        return cls(
            path=entry.path,
            size_bytes=entry.size_bytes,
            remote_hash=entry.remote_hash,
            content_hash=entry.content_hash,
            put_time=_ticks(entry.put_time_ns),
            mtime_ns=entry.stamp.mtime_ns,
            mime=entry.mime,
            type=entry.storage_type,
            status=entry.status,
            metadata=entry.metadata,
            expires_s=entry.expires_s,
            run=entry.run,
            kept=entry.kept,
        )


class VersionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What left the tree or the bucket in a step, and where below `.kodokeep` it is now."""

    location: str
    path: str
    size_bytes: int
    content_hash: str
    remote_hash: str
    put_time: int | None
    mtime_ns: int
    mime: str
    type: int
    metadata: tuple[tuple[str, str], ...]
    run_from: str
    run_to: str
    reason: str

    @classmethod
    def of(cls, version: Version) -> Self:
        """The facts of a version."""
        return cls(
            location=version.location,
            path=version.path,
            size_bytes=version.size_bytes,
            content_hash=version.content_hash,
            remote_hash=version.remote_hash,
            put_time=_ticks(version.put_time_ns),
            mtime_ns=version.mtime_ns,
            mime=version.mime,
            type=version.storage_type,
            metadata=version.metadata,
            run_from=version.run_from,
            run_to=version.run_to,
            reason=version.reason,
        )


class StepLine(Line, frozen=True, tag="step"):
    """A step that was done. The key `forgets` is no longer synced, then `key` is as `synced` says; either may be null.
    `version` null: nothing left for history. A step that is not `last` only prepared its action. `source` is the key
    that a move leaves, or that a copy comes from.
    """

    run: str
    seq: int
    action: str
    reason: str
    key: str
    synced: SyncedFacts | None
    version: VersionFacts | None
    adopted: bool
    detail: str
    forgets: str | None = None
    copied: bool = False
    last: bool = True
    source: str | None = None


class VersionLine(Line, frozen=True, tag="version"):
    """A file of history that a crashed run had left unrecorded, recorded now."""

    run: str
    key: str
    version: VersionFacts


class OutcomeLine(Line, frozen=True, tag="outcome"):
    """An action that was not done."""

    run: str
    action: str
    reason: str
    key: str
    size_bytes: int
    outcome: str
    detail: str


class StandingLine(Line, frozen=True, tag="standing"):
    """A key that nothing was done about, for a reason a person should know."""

    run: str
    standing: str
    reason: str
    key: str
    detail: str


class NoticeLine(Line, frozen=True, tag="notice"):
    """A warning."""

    run: str
    notice: str
    subject: str
    detail: str


class FinishedLine(Line, frozen=True, tag="run_finished"):
    """The last line: the whole summary."""

    run: str
    summary: Summary


def utf8_text(text: str) -> str:
    """Names on the disk need not be UTF-8; Python holds their bytes as surrogates, which JSON cannot. Spells them."""
    return text.encode("utf-8", "backslashreplace").decode()


def _ticks(time_ns: int | None) -> int | None:
    return None if time_ns is None else time_ns // TICK_NS
