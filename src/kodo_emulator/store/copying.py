"""`python -m kodo_emulator.store.copying`: copies and hashes files for `load.py`, in a process of its own.

Processes and not threads, because small files are mostly work for the interpreter. A job is a line on stdin, its result
one on stdout; the process ends with its stdin, so it never outlives whoever asks. It imports little: it starts often.
"""

import os
import signal
import sys
from io import FileIO

import msgspec

from kodo_emulator.protocol.etag import Etag
from kodo_emulator.store.files import write_all

_PIECE_BYTES = 1024 * 1024


class Job(msgspec.Struct, frozen=True):
    """Pairs of source and target; with `link` the target becomes another name of the source."""

    paths: tuple[tuple[bytes, bytes], ...]
    link: bool


class Copied(msgspec.Struct, frozen=True):
    """What is known of a target."""

    etag: str
    size_bytes: int


class Result(msgspec.Struct, frozen=True):
    """All of a job, or the error that ended it."""

    copied: tuple[Copied, ...] = ()
    error: str = ""


def do(job: Job) -> Result:
    """Do a job. What fails is told in the result."""
    buffer = memoryview(bytearray(_PIECE_BYTES))
    copy = _link if job.link else _copy
    try:
        return Result(tuple(copy(source, target, buffer) for source, target in job.paths))
    except OSError as error:
        return Result(error=str(error))


def _link(source: bytes, target: bytes, buffer: memoryview) -> Copied:
    os.link(source, target, follow_symlinks=False)
    with FileIO(os.fsdecode(target)) as file:
        return _read(file, buffer, None)


def _copy(source: bytes, target: bytes, buffer: memoryview) -> Copied:
    with FileIO(os.fsdecode(source)) as file, FileIO(os.fsdecode(target), "xb") as copy:
        return _read(file, buffer, copy)


def _read(source: FileIO, buffer: memoryview, copy: FileIO | None) -> Copied:
    etag = Etag()
    size_bytes = 0
    while taken_bytes := source.readinto(buffer):
        data = buffer[:taken_bytes]
        etag.update(data)
        if copy:
            write_all(copy, data)
        size_bytes += taken_bytes
    return Copied(etag.text(), size_bytes)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asks, who then closes stdin.
    for line in sys.stdin.buffer:
        result = do(msgspec.json.decode(line, type=Job))
        sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
