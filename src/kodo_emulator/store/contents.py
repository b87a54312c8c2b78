"""All contents of a disk store, whether in the database (`small.py`) or in files (`files.py`, `ledger.py`)."""

import sqlite3
from collections.abc import Callable, Sequence
from io import BytesIO, FileIO
from typing import BinaryIO

from kodo_emulator.store.blocking import finish_in_thread
from kodo_emulator.store.files import ContentFiles, write_all
from kodo_emulator.store.ledger import Ledger
from kodo_emulator.store.small import MOST_BYTES, SmallContents, is_small

_HELD_BYTES = 1024 * 1024


class Contents:
    """What the rows of a disk store name. An opening removes what a crash left without a row."""

    def __init__(self, db: sqlite3.Connection, files: ContentFiles) -> None:
        self.files = files
        self.ledger = Ledger(db, files)
        self.ledger.recover()
        self.small = SmallContents(db)

    def close(self) -> None:
        self.ledger.close()

    def receive(self) -> "IncomingContent":
        return IncomingContent(self)

    def copy(self, content: str) -> str:
        """Another name for the same bytes."""
        if is_small(content):
            return self.small.hold(self.small.read(content))
        name = self.ledger.new_name()
        self.files.link(content, name)
        return name

    def open(self, content: str) -> BinaryIO:
        return BytesIO(self.small.read(content)) if is_small(content) else self.files.open(content)

    def opener(self, content: str) -> Callable[[], BinaryIO]:
        """Opens a content later, and in another thread, where the database must not be used."""
        if is_small(content):
            data = self.small.read(content)
            return lambda: BytesIO(data)
        return lambda: self.files.open(content)

    def discard(self, content: str) -> None:
        """Remove a content that never had a row."""
        if is_small(content):
            self.small.forget(content)
        else:
            self.ledger.discard(content)

    def note(self, named: Sequence[str], doomed: Sequence[str]) -> None:
        """Inside of a transaction that gave contents their first row, or took the last one."""
        self.small.keep(list(filter(is_small, named)))
        self.small.remove(list(filter(is_small, doomed)))
        self.ledger.note(_files(named), _files(doomed))

    def noted(self, named: Sequence[str], doomed: Sequence[str]) -> None:
        """After the transaction."""
        for content in filter(is_small, named):
            self.small.forget(content)
        self.ledger.noted(_files(named), _files(doomed))


class IncomingContent:
    """A content that arrives; it stays in memory until it is large, or sealed.

    A file is written under its final name at once, since no row knows that name before the content is complete.
    """

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._name = ""
        self._file: FileIO | None = None

    def write(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes >= _HELD_BYTES:
            self._spill(self.begin_file())

    async def seal(self) -> str:
        if self._file is None and self._held_bytes <= MOST_BYTES:
            self._name = self._contents.small.hold(b"".join(self._held))
            return self._name
        self.begin_file()
        return await finish_in_thread(self.settle) if self._contents.files.sync else self.settle()

    def discard(self) -> None:
        if self._file:
            self._file.close()
        if self._name:
            self._contents.discard(self._name)

    def begin_file(self) -> FileIO:
        """Become a file, whatever the size; a thread can only go on with one that is a file already."""
        if self._file is None:
            self._name = self._contents.ledger.new_name()
            self._file = self._contents.files.create(self._name)
        return self._file

    def settle(self) -> str:
        """Make a file durable. It blocks."""
        file = self.begin_file()
        self._spill(file)
        self._contents.files.finish(file, self._name)
        return self._name

    def _spill(self, file: FileIO) -> None:
        for data in self._held:
            write_all(file, data)
        self._held.clear()
        self._held_bytes = 0


def _files(contents: Sequence[str]) -> list[str]:
    return [content for content in contents if not is_small(content)]
