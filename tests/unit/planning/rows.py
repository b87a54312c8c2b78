"""Builders for rows of a merged stream, with contents told by short names."""

from kodokeep.model.action import Row
from kodokeep.model.entry import LocalContent, LocalEntry, Obstacle, ObstacleKind, RemoteEntry, Stamp, SyncedEntry
from kodokeep.model.qetag import v1

T0_NS = 1_700_000_000_000_000_000


def remote(content: str = "one", *, key: str = "k", **fields: object) -> RemoteEntry:
    data = content.encode()
    values: dict[str, object] = {"hash": v1(data), "put_time_ns": T0_NS, "mime": "text/plain"} | fields
    return RemoteEntry(key=key, size_bytes=len(data), **values)  # type: ignore[arg-type]


def stamp(content: str, *, moved: int = 0) -> Stamp:
    return Stamp(len(content.encode()), T0_NS + moved, T0_NS + moved)


def local(content: str = "one", *, key: str = "k", path: str = "k", moved: int = 0) -> LocalEntry:
    return LocalEntry(key, path, stamp(content, moved=moved))


def synced(content: str = "one", *, key: str = "k", path: str = "k", **fields: object) -> SyncedEntry:
    data = content.encode()
    values: dict[str, object] = {
        "remote_hash": v1(data),
        "put_time_ns": T0_NS,
        "mime": "text/plain",
        "stamp": stamp(content),
    } | fields
    return SyncedEntry(key=key, path=path, content_hash=v1(data), size_bytes=len(data), **values)  # type: ignore[arg-type]


def content(text: str, *, moved: int = 0, **fields: object) -> LocalContent:
    return LocalContent(v1(text.encode()), "", stamp(text, moved=moved), **fields)  # type: ignore[arg-type]


def obstacle(key: str = "k", path: str = "k", kind: ObstacleKind = ObstacleKind.SYMLINK, **fields: bool) -> Obstacle:
    return Obstacle(key, path, kind, "in the way", **fields)


def row(
    r: RemoteEntry | None = None,
    loc: LocalEntry | None = None,
    s: SyncedEntry | None = None,
    blocked: Obstacle | None = None,
) -> Row:
    return Row("k", r, loc, s, blocked)
