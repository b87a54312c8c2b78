"""Copies: contents that the plan would transfer although a synced key has them on the side they go to (rule 27).

Belongs here: searching the synced entries, each time in one scan, and not at all for a plan that brings nothing.
Does not: what makes a source fit (`planning.renames`).
"""

from collections.abc import Iterator

from kodokeep.model.action import Action, ActionKind
from kodokeep.model.options import Mode, Policy
from kodokeep.planning.renames import fits, with_source
from kodokeep.ports import Repaired
from kodokeep.state.database import Database
from kodokeep.state.pairing import MOVES
from kodokeep.state.spool import ACTIONS, CHUNK_ACTIONS, SCHEMA, Spool, decoded
from kodokeep.state.synced import SyncedTable

TRIED_SOURCES = 50
"""Keys of one content that are looked at until one fits; a content that so many have has its copies for a reason."""

_SIZES, _WANTED, _SOURCES = f"{SCHEMA}.sizes", f"{SCHEMA}.wanted", f"{SCHEMA}.sources"

TABLES = (
    f"CREATE TABLE {_SIZES} (size_bytes INTEGER PRIMARY KEY)",
    f"""
    CREATE TABLE {_WANTED} (
        size_bytes INTEGER, hash TEXT, in_bucket INTEGER, PRIMARY KEY (size_bytes, hash, in_bucket)
    ) WITHOUT ROWID""",
    f"""
    CREATE TABLE {_SOURCES} (
        size_bytes INTEGER, hash TEXT, in_bucket INTEGER, key TEXT, PRIMARY KEY (size_bytes, hash, in_bucket, key)
    ) WITHOUT ROWID""",
)
"""What the search works with, beside the plan."""

_UNHASHED = "arrives AND kind = 'upload' AND hash IS NULL"
# An empty file is worth no copy, but may be a rename.
_FIND_SIZES = f"""
    INSERT INTO {_SIZES}
    SELECT size_bytes FROM synced
    WHERE size_bytes IN (SELECT size_bytes FROM {ACTIONS} WHERE {_UNHASHED}) AND size_bytes > 0 AND NOT kept
    UNION
    SELECT 0 FROM {ACTIONS} WHERE side = 'local' AND left_bytes = 0"""  # noqa: S608
_UNHASHED_PAGE = f"""
    SELECT key, seq, action FROM {ACTIONS}
    WHERE key >= ? AND {_UNHASHED} AND size_bytes IN (SELECT size_bytes FROM {_SIZES})
    ORDER BY key LIMIT {CHUNK_ACTIONS}"""  # noqa: S608
_WANT = f"""
    INSERT INTO {_WANTED} SELECT DISTINCT size_bytes, hash, kind = 'upload' FROM {ACTIONS}
    WHERE kind IN (%s) AND hash IS NOT NULL AND size_bytes > 0 ORDER BY 1, 2, 3"""  # noqa: S608
_ANY_WANTED = f"SELECT 1 FROM {_WANTED} LIMIT 1"  # noqa: S608
# An object is known by the hash it is listed with or by our own; a file, once uploaded, by ours alone.
_FIND_SOURCES = f"""
    INSERT OR IGNORE INTO {_SOURCES}
    SELECT w.size_bytes, w.hash, w.in_bucket, s.key FROM synced AS s CROSS JOIN {_WANTED} AS w
    ON (w.size_bytes = s.size_bytes AND w.hash = s.content_hash)
    OR (w.size_bytes = s.size_bytes AND w.hash = s.remote_hash AND NOT w.in_bucket)
    LEFT JOIN {ACTIONS} AS a ON a.key = s.key
    WHERE NOT s.kept AND CASE WHEN w.in_bucket THEN coalesce(a.in_bucket, 1) ELSE coalesce(a.in_folder, 1) END
    AND NOT EXISTS (SELECT 1 FROM {MOVES} AS m WHERE m.source = s.key)"""  # noqa: S608
_COPY_PAGE = f"""
    SELECT key, size_bytes, hash, kind = 'upload', action FROM {ACTIONS} AS a
    WHERE key >= ? AND kind IN (%s) AND hash IS NOT NULL AND EXISTS (
        SELECT 1 FROM {_SOURCES} AS s
        WHERE s.size_bytes = a.size_bytes AND s.hash = a.hash AND s.in_bucket = (a.kind = 'upload'))
    ORDER BY key LIMIT {CHUNK_ACTIONS}"""  # noqa: S608
_SOURCES_OF = f"""
    SELECT key FROM {_SOURCES} WHERE size_bytes = ? AND hash = ? AND in_bucket = ?
    ORDER BY key LIMIT {TRIED_SOURCES}"""  # noqa: S608

_TO_FOLDER, _TO_BUCKET = (ActionKind.DOWNLOAD, ActionKind.REPLACE), (ActionKind.UPLOAD,)


class Copies:
    """Finds sources for what a plan brings; after the moves, which take contents away."""

    def __init__(self, database: Database, spool: Spool, synced: SyncedTable) -> None:
        self._database = database
        self._spool = spool
        self._synced = synced

    def unhashed_arrivals(self) -> Iterator[tuple[int, Action]]:
        """New files that were not hashed and have the size of a synced content, with their numbers."""
        if not self._plans(_TO_BUCKET) or not self._synced.any():
            return
        with self._database.together():
            self._database.execute(f"DELETE FROM {_SIZES}")  # noqa: S608
            self._database.execute(_FIND_SIZES)
        for page in self._spool.pages(_UNHASHED_PAGE):
            for _, seq, payload in page:
                yield seq, decoded(payload)

    def find(self, policy: Policy) -> Iterator[Repaired]:
        """Give each action that brings a content a source, if there is one that fits."""
        kinds = [
            *(_TO_FOLDER if policy.mode is not Mode.PUBLISH else ()),
            *(_TO_BUCKET if policy.mode is not Mode.BACKUP else ()),
        ]
        if not self._plans(kinds) or not self._synced.any():
            return
        names = ", ".join(f"'{kind.value}'" for kind in kinds)
        with self._database.together():
            self._database.execute(_WANT % names)
            if self._database.rows(_ANY_WANTED):
                self._database.execute(_FIND_SOURCES)
        for page in self._spool.pages(_COPY_PAGE % names):
            actions = [(decoded(payload), (size, content, in_bucket)) for _, size, content, in_bucket, payload in page]
            found = [(action, self._with_source(action, wanted)) for action, wanted in actions]
            changes = [(action, copying) for action, copying in found if copying is not None]
            self._spool.replace(changes)
            yield from (Repaired((action,), (copying,)) for action, copying in changes)

    def _with_source(self, action: Action, wanted: tuple[int, str, int]) -> Action | None:
        for (key,) in self._database.rows(_SOURCES_OF, wanted):
            entry = self._synced.get(key)
            if entry is not None and fits(action, entry):
                return with_source(action, entry)
        return None

    def _plans(self, kinds: tuple[ActionKind, ...] | list[ActionKind]) -> bool:
        return any(group.kind in kinds for group in self._spool.totals())
