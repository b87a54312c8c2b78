"""Both stores for tests, and short ways to put something into either."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, Store, StoredObject
from kodo_emulator.store.memory import MemoryStore

KINDS = ("disk", "memory")


class Kept:
    """A store of one kind below a directory, with buckets `a` and `b`."""

    def __init__(self, kind: str, root: Path) -> None:
        self._root = root
        self._runner = asyncio.Runner()
        self._times = iter(range(1, 1_000_000))
        self.store: Store = DiskStore(root, sync=False) if kind == "disk" else MemoryStore()
        for name in ("a", "b"):
            self.store.put_bucket(Bucket(name, private=False, created_s=0))

    def close(self) -> None:
        self._runner.close()
        self.end(cleanly=True)

    def run(self, work: Coroutine[Any, Any, str]) -> str:
        return self._runner.run(work)

    def end(self, *, cleanly: bool) -> None:
        """Close the directory, or leave it as a crash does."""
        if isinstance(self.store, DiskStore) and cleanly:
            self.store.close()
        elif isinstance(self.store, DiskStore):
            self.store._close()

    def begin(self) -> None:
        """Open the directory anew; a store in memory just goes on."""
        if isinstance(self.store, DiskStore):
            self.store = DiskStore(self._root, sync=False)

    def reopen(self, *, cleanly: bool) -> None:
        self.end(cleanly=cleanly)
        self.begin()

    def content(self, *pieces: bytes) -> str:
        """A sealed content that nothing names."""
        incoming = self.store.receive()
        for piece in pieces:
            incoming.write(piece)
        return self.run(incoming.seal())

    def object(self, key: str, data: bytes, content: str | None = None) -> StoredObject:
        time = next(self._times)
        content = self.content(data) if content is None else content
        return StoredObject(key, content, len(data), f"hash of {data!r}", "text/plain", time, time)

    def put(self, bucket: str, key: str, data: bytes) -> StoredObject:
        stored = self.object(key, data)
        self.store.put(bucket, stored)
        return stored

    def read(self, content: str) -> bytes:
        with self.store.open(content) as file:
            return file.read()

    def keys(self, bucket: str, start: str = "", end: str | None = None, limit: int = 1000) -> list[str]:
        return [stored.key for stored in self.store.scan(bucket, start, end, limit)]

    def contents(self) -> set[str]:
        """Every content that takes room."""
        if isinstance(self.store, MemoryStore):
            return set(self.store._contents)
        assert isinstance(self.store, DiskStore)
        return contents_on_disk(self.store, self._root) | set(self.store.contents.small._waiting)

    def tidy(self) -> None:
        while self.store.tidy():
            pass


def contents_on_disk(store: DiskStore, root: Path) -> set[str]:
    """Files, and contents in the database."""
    top = root / "contents"
    files = {str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()}
    return files | {f"s{number}" for (number,) in store._db.execute("SELECT id FROM small")}


def named(*objects: StoredObject | None) -> set[str]:
    return {stored.content for stored in objects if stored}


def in_byte_order(keys: Sequence[str]) -> list[str]:
    return sorted(keys, key=str.encode)
