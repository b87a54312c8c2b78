"""A body: the bytes of one object on their way into its temp file, hashed as they pass.

What belongs here: the temp file, resuming it, the verdict on it. What does not: where the bytes come from.
"""

import os
from collections.abc import Callable
from pathlib import Path

from kodokeep.kodo import verify
from kodokeep.kodo.regular import opened
from kodokeep.kodo.retry import Cancelled
from kodokeep.kodo.verify import Differs
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.outcome import Verification
from kodokeep.model.qetag import BLOCK_BYTES, HashKind, Qetag, hash_kind, v1

RESUME_BYTES = 1024 * 1024
"""Smaller objects are fetched afresh rather than resumed."""

_FLUSH_BYTES = 256 * 1024
_READ_BYTES = 1024 * 1024
_CREATE = os.O_WRONLY | os.O_CREAT


class Body:
    """Collects one object. Every method may raise OSError; use it from one thread at a time.

    Bytes are gathered and written a few hundred KB at a time, small objects in one piece. The file is open only
    while an attempt is writing. `resumed` tells that the bytes so far came from more than one attempt.
    """

    __slots__ = (
        "_fd", "_hasher", "_pending", "_pending_bytes", "_written_bytes", "expected", "resumed", "size_bytes", "temp",
    )  # fmt: skip

    def __init__(self, temp: str, expected: RemoteEntry) -> None:
        self.temp = temp
        self.expected = expected
        self.size_bytes = 0
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._written_bytes = 0
        self._hasher: Qetag | None = None
        self._fd = -1
        self.resumed = False

    @property
    def resumable(self) -> bool:
        """True if the object is worth going on with where an attempt stopped."""
        return self.expected.size_bytes >= RESUME_BYTES

    def adopt_partial(self, halted: Callable[[], bool]) -> None:
        """Take over what an earlier run left in the temp file, hashing it; a file that is too long is emptied.

        Raises Cancelled if `halted` becomes true.
        """
        try:
            fd = opened(self.temp, os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            if os.fstat(fd).st_size <= self.expected.size_bytes:
                self._adopt(fd, halted)
        finally:
            os.close(fd)

    def restart(self, expected: RemoteEntry | None = None) -> None:
        """Forget all that arrived; from now on it is to be `expected`, if given."""
        self.close()
        self.expected = expected or self.expected
        self._drop_pending()
        self._hasher = None
        self._written_bytes = self.size_bytes = 0
        self.resumed = False

    def write(self, chunk: bytes) -> bool:
        """Take the next bytes; False if there are more than the object has."""
        self._pending.append(chunk)
        self._pending_bytes += len(chunk)
        self.size_bytes += len(chunk)
        if self._pending_bytes >= _FLUSH_BYTES:
            self._flush()
        return self.size_bytes <= self.expected.size_bytes

    def pause(self) -> None:
        """An attempt broke off: keep what arrived for the next one, or drop what is not worth it."""
        if not self.resumable:
            self.restart()
            return
        if self._pending:
            self._flush()
        self.close()
        self.resumed = self.size_bytes > 0

    def finish(self) -> tuple[Verification | Differs, str]:
        """The body is complete: write and close the file; returns the verdict and our own v1 hash."""
        if self._hasher is None and self._small():
            data = b"".join(self._pending)
            content_hash = v1(data)
            self._drop_pending()
            self._write(data)
            self.close()
            return verify.whole(self.expected, content_hash), content_hash
        self._flush()
        self.close()
        assert self._hasher is not None
        return verify.verdict(self.expected, self._hasher), self._hasher.v1()

    def judge_again(self, expected: RemoteEntry, halted: Callable[[], bool]) -> tuple[Verification | Differs, str]:
        """The verdict on the finished file if it was to be another entry. Raises Cancelled as `adopt_partial`."""
        self.restart(expected)
        self.adopt_partial(halted)
        return self.finish()

    def discard(self) -> None:
        """Remove the temp file: nothing in it is of use."""
        self.close()
        Path(self.temp).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the temp file; it stays."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            os.close(fd)

    def _small(self) -> bool:
        return (
            self.size_bytes == self.expected.size_bytes <= BLOCK_BYTES
            and hash_kind(self.expected.hash) is HashKind.V1
        )  # fmt: skip

    def _adopt(self, fd: int, halted: Callable[[], bool]) -> None:
        hasher = verify.hasher(self.expected)
        while chunk := os.read(fd, _READ_BYTES):
            if halted():
                raise Cancelled
            hasher.update(chunk)
        self._hasher = hasher
        self._written_bytes = self.size_bytes = hasher.size_bytes
        self.resumed = self.size_bytes > 0

    def _flush(self) -> None:
        data = b"".join(self._pending)
        self._drop_pending()
        if self._hasher is None:
            self._hasher = verify.hasher(self.expected)
        self._hasher.update(data)
        self._write(data)

    def _write(self, data: bytes) -> None:
        if self._fd < 0:
            self._open()
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        self._written_bytes += len(data)

    def _open(self) -> None:
        if self._written_bytes == 0:
            self._fd = opened(self.temp, _CREATE | os.O_TRUNC)
            return
        self._fd = opened(self.temp, _CREATE)
        if os.lseek(self._fd, 0, os.SEEK_END) != self._written_bytes:
            raise OSError(f"{self.temp} was changed by somebody else")

    def _drop_pending(self) -> None:
        self._pending.clear()
        self._pending_bytes = 0
