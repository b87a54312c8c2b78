"""The objects that are backed up, and the server that has them.

Files are made once, with repeatable contents; the server's store links to them, so `cp` copies the very same ones.
"""

import html
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
from tests.emulator_process import Emulator

BUCKET = "bench"

_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Objects:
    """`count` objects of `smallest` to `largest` bytes; `per_folder` 0 puts all at the top."""

    count: int
    smallest: int
    largest: int
    per_folder: int

    def all_keys(self) -> Iterator[str]:
        """All keys, ascending."""
        for number in range(self.count):
            folder = f"{number // self.per_folder:06d}/" if self.per_folder else ""
            yield f"{folder}{number:08d}.bin"


@dataclass(frozen=True, slots=True)
class Server:
    """A running emulator with one bucket."""

    emulator: Emulator
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """CPU time that the server has spent so far."""
        return cpu_seconds(self.process)

    @property
    def url(self) -> str:
        """Where the bucket's objects are."""
        return self.emulator.domain(BUCKET)


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time that a process has spent so far."""
    spent = process.cpu_times()
    return spent.user + spent.system


def make_files(objects: Objects, tree: Path, seed: int = 0) -> int:
    """Write the objects as files below `tree`; returns their bytes."""
    numbers = random.Random(seed)
    total = 0
    made: str | None = None
    for key in objects.all_keys():
        size = numbers.randint(objects.smallest, objects.largest)
        if (folder := key.rpartition("/")[0]) != made:
            (tree / folder).mkdir(parents=True)
            made = folder
        with (tree / key).open("wb") as file:
            for start in range(0, size, _PIECE_BYTES):
                file.write(numbers.randbytes(min(_PIECE_BYTES, size - start)))
        total += size
    return total


def fill_store(tree: Path, data: Path) -> None:
    """Put the files of a tree into the store of a server that does not run yet."""
    command = [sys.executable, "-m", "kodo_emulator", "load", str(tree), "--data", str(data), "--bucket", BUCKET]
    subprocess.run([*command, "--link", "--no-sync"], check=True, capture_output=True)


@contextmanager
def serving(data: Path) -> Iterator[Server]:
    """The server over a store, or a new one; ends with the context."""
    with Emulator(BUCKET, data=data) as emulator:
        yield Server(emulator, psutil.Process(emulator.process.pid))


def put_indexes(server: Server, keys: Sequence[str]) -> int:
    """Upload an HTML index for each directory, for tools that browse; returns how many. They are objects, too."""
    names: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        parts = key.split("/")
        for depth, name in enumerate(parts):
            directory = "".join(f"{part}/" for part in parts[:depth])
            names[directory].add(name if depth == len(parts) - 1 else f"{name}/")
    for directory, entries in names.items():
        links = "".join(f'<a href="{quote(name)}">{html.escape(name)}</a>\n' for name in sorted(entries))
        page = f"<!DOCTYPE html><html><body>\n{links}</body></html>\n".encode()
        server.emulator.put(BUCKET, directory, page, mime="text/html")
    return len(names)


def change(server: Server, keys: Sequence[str], share: int, turn: int) -> int:
    """Upload new contents for every `share`-th key, other keys each turn; returns how many."""
    chosen = keys[turn::share]
    numbers = random.Random(turn + 1)
    for key in chosen:
        server.emulator.put(BUCKET, key, numbers.randbytes(numbers.randint(1_024, 65_536)))
    return len(chosen)
