"""Merge: three key-ordered streams become one stream of rows. Holds one key at a time, whatever the streams' length.

What belongs here: pairing by key, and which of several local things stands for a key. What does not: judging a row.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kodokeep.errors import ListingBroken, ListingUnordered
from kodokeep.model.action import Row
from kodokeep.model.entry import LocalEntry, Obstacle, ObstacleKind, RemoteEntry, SyncedEntry

END = "\U0010ffff" * 188
"""Sorts after every legal key: 752 bytes of the greatest character, where a key has 750 at most (protocol §7)."""

_UNKNOWN = (ObstacleKind.UNREADABLE, ObstacleKind.VANISHED_MOUNT)


@dataclass(frozen=True, slots=True)
class _Group:
    """Everything the walk met for one key."""

    key: str
    entries: tuple[LocalEntry, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()


_NOTHING = _Group(END)


def merge(
    remote: Iterator[RemoteEntry], local: Iterator[LocalEntry | Obstacle], synced: Iterator[SyncedEntry]
) -> Iterator[Row | Obstacle]:
    """Join the streams by key, ascending. Each obstacle is passed on too, so that it can be reported.

    A local file that is not the one on record, where several have one key, comes out as an obstacle of its own.
    Raises ListingUnordered or ListingBroken if `remote` does not ascend strictly (rule 15), RuntimeError if another
    stream does not: that would look like deletions.
    """
    groups = _group(local)
    covers: list[Obstacle] = []
    r, g, s = next(remote, None), next(groups, _NOTHING), next(synced, None)
    r_key, s_key = r.key if r else END, s.key if s else END
    while (key := min(r_key, g.key, s_key)) != END:
        row_r = row_s = None
        row_g = _NOTHING
        if r_key == key:
            row_r, r = r, next(remote, None)
            r_key = _next_remote_key(key, r)
        if s_key == key:
            row_s, s = s, next(synced, None)
            s_key = s.key if s else END
            if s_key <= key:
                raise RuntimeError(f"synced entries are out of order at {key!r}")
        if g.key == key:
            row_g, g = g, next(groups, _NOTHING)
            yield from row_g.obstacles
        if row_g.obstacles or covers:
            covers = _covers(covers, row_g, key)
        yield from _row(key, row_r, row_g, row_s, covers)


def _row(
    key: str, remote: RemoteEntry | None, group: _Group, synced: SyncedEntry | None, covers: list[Obstacle]
) -> Iterator[Row | Obstacle]:
    entry = _on_record(group.entries, synced)
    if len(group.entries) > 1:
        yield from (_alias(other, entry) for other in group.entries if other is not entry)
    obstacle = _in_the_way((*group.obstacles, *covers), entry, synced) if group.obstacles or covers else None
    if remote is not None or synced is not None or entry is not None:
        yield Row(key, remote, None if obstacle else entry, synced, obstacle)


def _next_remote_key(key: str, entry: RemoteEntry | None) -> str:
    if entry is None:
        return END
    if entry.key == key:
        raise ListingBroken(f"the listing holds the key {key!r} twice")
    if entry.key < key:
        raise ListingUnordered(f"the listing is out of order: {entry.key!r} after {key!r}")
    return entry.key


def _group(items: Iterator[LocalEntry | Obstacle]) -> Iterator[_Group]:
    """Collect neighbours of one key. What can be no key at all is passed on with whatever comes next."""
    key, started = "", False
    entries: list[LocalEntry] = []
    obstacles: list[Obstacle] = []
    for item in items:
        if isinstance(item, Obstacle) and item.kind is ObstacleKind.NOT_A_KEY:
            obstacles.append(item)
            continue
        if started and item.key < key:
            raise RuntimeError(f"the walk is out of order at {item.key!r}")
        if started and item.key != key:
            yield _Group(key, tuple(entries), tuple(obstacles))
            entries, obstacles = [], []
        key, started = item.key, True
        if isinstance(item, Obstacle):
            obstacles.append(item)
        else:
            entries.append(item)
    if started or obstacles:
        yield _Group(key, tuple(entries), tuple(obstacles))


def _covers(covers: list[Obstacle], group: _Group, key: str) -> list[Obstacle]:
    """The obstacles whose prefix the key is under."""
    fresh = [o for o in group.obstacles if o.covers_prefix and o.kind is not ObstacleKind.NOT_A_KEY]
    return [o for o in (*covers, *fresh) if key.startswith(o.key)]


def _on_record(entries: tuple[LocalEntry, ...], synced: SyncedEntry | None) -> LocalEntry | None:
    """Of several files with one key the path on record wins, else the plainest, which comes first (rule 8)."""
    if len(entries) > 1 and synced is not None:
        return next((entry for entry in entries if entry.path == synced.path), entries[0])
    return entries[0] if entries else None


def _alias(entry: LocalEntry, chosen: LocalEntry | None) -> Obstacle:
    detail = f"has the same key as {chosen.path if chosen else ''}"
    return Obstacle(entry.key, entry.path, ObstacleKind.NOT_A_KEY, detail)


def _in_the_way(
    obstacles: tuple[Obstacle, ...], entry: LocalEntry | None, synced: SyncedEntry | None
) -> Obstacle | None:
    """The obstacle that makes this key's local side unknown (rule 2), if any.

    A file on record is unknown if its own path is blocked. A new object is only blocked where something might be that
    cannot be seen; a symlink or a socket merely occupies its name, and the allocator finds another (rule 3).
    """
    for obstacle in obstacles:
        if obstacle.kind is ObstacleKind.NOT_A_KEY:
            continue
        if synced is not None:
            if synced.path == obstacle.path or synced.path.startswith(obstacle.path.rstrip("/") + "/"):
                return obstacle
        elif entry is None and obstacle.kind in _UNKNOWN:
            return obstacle
    return None
