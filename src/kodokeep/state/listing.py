"""Sorting a listing that came out of byte order, on disk (rule 15)."""

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from kodokeep.errors import ListingBroken
from kodokeep.model.entry import RemoteEntry
from kodokeep.state.database import Database
from kodokeep.state.scratch import Scratch

CHUNK_ENTRIES = 1000
"""Entries written or read at once."""

_NAME = "listing"
_TABLE = f"""
    CREATE TABLE {_NAME}.entries (
        key    TEXT NOT NULL,
        seq    INTEGER NOT NULL,
        entry  BLOB NOT NULL,
        PRIMARY KEY (key, seq)
    ) WITHOUT ROWID"""
_INSERT = f"INSERT INTO {_NAME}.entries (key, seq, entry) VALUES (?, ?, ?)"  # noqa: S608
_FIRST_TWICE = f"SELECT key FROM {_NAME}.entries GROUP BY key HAVING count(*) > 1 LIMIT 1"  # noqa: S608
_SELECT_PAGE = f"SELECT key, entry FROM {_NAME}.entries WHERE key >= ? ORDER BY key LIMIT {CHUNK_ENTRIES}"  # noqa: S608

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(RemoteEntry)


class ListingSorter:
    """Takes a whole listing in any order and gives it back by key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._scratch = Scratch(database, _NAME)

    def sorted(self, entries: Iterable[RemoteEntry]) -> Iterator[RemoteEntry]:
        """All entries, ascending by key. Raises ListingBroken before the first, if any key comes twice."""
        self._scratch.renew(_TABLE)
        try:
            self._load(entries)
            for (key,) in self._database.rows(_FIRST_TWICE):
                raise ListingBroken(f"the listing names the key {key!r} twice")
            yield from self._read()
        finally:
            self._scratch.drop()

    def drop(self) -> None:
        """Throw the content away."""
        self._scratch.drop()

    def _load(self, entries: Iterable[RemoteEntry]) -> None:
        numbered = enumerate(entries)
        while rows := [(entry.key, seq, _ENCODER.encode(entry)) for seq, entry in islice(numbered, CHUNK_ENTRIES)]:
            self._scratch.insert(_INSERT, rows)

    def _read(self) -> Iterator[RemoteEntry]:
        start = ""
        while page := self._database.rows(_SELECT_PAGE, (start,)):
            for _, payload in page:
                yield _DECODER.decode(payload)
            start = page[-1][0] + "\0"  # no key sorts between a key and this
