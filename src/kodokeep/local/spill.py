"""Sorting more rows than memory should hold: sorted runs in one nameless temporary file, merged on reading.

Knows nothing of what a row means. The state database is not used for this: a walk must not need it (rule 8).
"""

import heapq
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Generic, NamedTuple, Self, TypeVar

import msgspec

from kodokeep.errors import FolderFull

Row = TypeVar("Row")

_LENGTH_BYTES = 4


class _Run(NamedTuple):
    """A sorted stretch of the file, as blocks that each begin with their length."""

    start: int
    end: int


class Sorter(Generic[Row]):
    """Takes rows, a named tuple type, in any order and gives them back in theirs.

    Up to `limit` rows are in memory while they come, and `block` of each run while they are read back. `directory` is
    where the temporary file goes; it has no name there, so a crash leaves nothing behind.
    """

    def __init__(self, row_type: type[Row], directory: str | None, *, limit: int = 5000, block: int = 64) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(list[row_type])  # type: ignore[valid-type]
        self._directory = directory
        self._limit = limit
        self._block = block
        self._rows: list[Row] = []
        self._runs: list[_Run] = []
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: Row) -> None:
        """Take one row. Raises FolderFull if it does not fit on the disk."""
        self._rows.append(row)
        if len(self._rows) >= self._limit:
            self._spill()

    def sorted(self) -> Iterator[Row]:
        """All rows in order, equal ones included; valid inside the `with` block, and no row may follow."""
        self._rows.sort()
        if self._file is None:
            return iter(self._rows)
        return heapq.merge(self._rows, *(self._read(self._file, run) for run in self._runs))  # type: ignore[type-var]

    def _spill(self) -> None:
        self._rows.sort()
        blocks = (
            self._encoder.encode(self._rows[start : start + self._block])
            for start in range(0, len(self._rows), self._block)
        )
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115 - closed by __exit__
            start = self._file.tell()
            for block in blocks:
                self._file.write(len(block).to_bytes(_LENGTH_BYTES))
                self._file.write(block)
            self._file.flush()
            self._runs.append(_Run(start, self._file.tell()))
        except OSError as error:
            raise FolderFull(f"cannot sort a large directory on disk: {error.strerror}") from error
        self._rows.clear()

    def _read(self, file: IO[bytes], run: _Run) -> Iterator[Row]:
        position = run.start
        while position < run.end:
            file.seek(position)
            length = int.from_bytes(file.read(_LENGTH_BYTES))
            block = file.read(length)
            position += _LENGTH_BYTES + length
            yield from self._decoder.decode(block)
