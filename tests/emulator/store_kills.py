"""`python -m tests.emulator.store_kills ROOT KILLS sync|no-sync`: a disk store whose process is killed again and again.

A child changes the store, tells before and after each change, and kills itself at some line of the store's code. The
parent opens what is left and compares it with a plain dict. `test_store_kills.py` runs it; it is a process of its own
because a fork is quick, and safe where there are no threads.
"""

import asyncio
import os
import random
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

import msgspec

from kodo_emulator.store import disk, ledger
from kodo_emulator.store.disk import DiskStore
from kodo_emulator.store.interface import Bucket, Part, StoredObject, Totals, Upload
from kodo_emulator.store.small import MOST_BYTES
from tests.emulator.stores import contents_on_disk

DONE = b"done\n"
CROWDED = "crowded"
CROWD = 50
FILE = bytes(MOST_BYTES + 1)
MOST_LINES = 4000
"""A kill comes after so many lines of the store's code at most: some twenty changes."""

State = dict[str, dict[str, bytes]]


class Change(msgspec.Struct, frozen=True):
    """One change of bucket and key; `target` is where a copy or move goes."""

    kind: str
    bucket: str = "a"
    key: str = ""
    target: str = ""
    size_bytes: int = 0
    seed: int = 0

    @property
    def data(self) -> bytes:
        """What is put."""
        return random.Random(self.seed).randbytes(self.size_bytes)


def crowd() -> dict[str, bytes]:
    """What the crowded bucket holds: one content that is a file, then a file and a small one by turns."""
    return {f"{number:04d}": FILE if number % 2 or number == 0 else FILE[:1] for number in range(CROWD)}


def applied(state: State, change: Change) -> State:
    """The buckets after a change. An object whose content is wrong would show, as contents are compared."""
    bucket = dict(state.get(change.bucket, {}))
    match change.kind:
        case "put" | "complete":
            bucket[change.key] = change.data
        case "copy":
            bucket[change.target] = bucket[change.key]
        case "move":
            bucket[change.target] = bucket.pop(change.key)
        case "delete":
            bucket.pop(change.key)
        case "make":
            pass
        case "crowd":
            bucket = crowd()
        case "drop":
            return {name: objects for name, objects in state.items() if name != change.bucket}
        case _:
            return state
    return {**state, change.bucket: bucket}


class Writer:
    """Random changes of a store, and nothing that is not told."""

    def __init__(self, store: DiskStore, seed: int) -> None:
        self.store = store
        self.numbers = random.Random(seed)
        self.runner = asyncio.Runner()
        self.next_time = 1

    def work(self, told: BinaryIO) -> None:
        """Change the store for ever, and tell."""
        while True:
            change = self.choose()
            told.write(msgspec.json.encode(change) + b"\n")
            self.make(change)
            told.write(DONE)

    def choose(self) -> Change:
        key, target = (f"k{number}" for number in self.numbers.sample(range(6), 2))
        kinds = ["put"] * 6 + ["complete"] * 3 + ["tidy"]
        if self.store.bucket(CROWDED) is None:
            kinds += ["make"]
        else:
            kinds += ["drop"] if self.store.totals(CROWDED).count else ["crowd"]
        if self.store.find("a", key):
            kinds += ["copy", "move", "delete"] * 3
        kind = self.numbers.choice(kinds)
        bucket = CROWDED if kind in {"make", "crowd", "drop"} else "a"
        size_bytes = 2_000_000 if self.numbers.random() < 0.05 else self.numbers.randint(0, 9_000)
        return Change(kind, bucket, key, target, size_bytes, self.numbers.getrandbits(32))

    def make(self, change: Change) -> None:
        stored = self.store.find(change.bucket, change.key)
        match change.kind:
            case "put":
                self.store.put("a", self.object(change.key, change.data, self.content(change.data)))
            case "complete":
                self.complete(change)
            case "copy" if stored:
                self.store.put(
                    "a", self.object(change.target, bytes(stored.size_bytes), self.store.copy_content(stored))
                )
            case "move":
                self.store.move(("a", change.key), "a", msgspec.structs.replace(stored, key=change.target))
            case "delete":
                self.store.delete("a", change.key)
            case "make":
                self.store.put_bucket(Bucket(CROWDED, private=False, created_s=0))
            case "crowd":
                self.crowd()
            case "drop":
                self.store.drop_bucket(CROWDED)
            case _:
                self.store.tidy()

    def crowd(self) -> None:
        """A bucket of many objects, small ones and files; those are links of one, as that many would take long."""
        ledger, files = self.store.contents.ledger, self.store.contents.files
        first = self.content(FILE)
        names = [first]
        for number in range(1, CROWD):
            names.append(ledger.new_name() if number % 2 else self.content(FILE[:1]))
            if number % 2:
                os.link(files.path(first), files.path(names[number]))
        contents = crowd()
        objects = [self.object(key, contents[key], name) for key, name in zip(contents, names, strict=True)]
        self.store.put_many(CROWDED, objects)

    def complete(self, change: Change) -> None:
        """An upload of two parts, one of them sent twice."""
        self.store.add_upload(Upload("id", "a", change.key, 0))
        middle = len(change.data) // 2
        for number, data in ((1, b"wrong"), (1, change.data[:middle]), (2, change.data[middle:])):
            self.store.put_part("id", Part(number, len(data), "etag", self.content(data), 0))
        joined = self.runner.run(self.store.join(self.store.parts("id")))
        self.store.put("a", self.object(change.key, change.data, joined))
        self.store.drop_upload("id")

    def content(self, data: bytes) -> str:
        incoming = self.store.receive()
        incoming.write(data)
        return self.runner.run(incoming.seal())

    def object(self, key: str, data: bytes, content: str) -> StoredObject:
        return StoredObject(key, content, len(data), "hash", "mime", 1, 1)


def child(root: Path, seed: int, told: BinaryIO, *, sync: bool) -> None:
    """What is killed."""
    die_in_the_store(random.Random(seed).randint(1, MOST_LINES))
    store = DiskStore(root, sync=sync)
    store.drop_upload("id")
    if store.bucket("a") is None:
        store.put_bucket(Bucket("a", private=False, created_s=0))
    Writer(store, seed).work(told)


def die_in_the_store(lines: int) -> None:
    """Kill this process when so many lines of the store's code were run."""
    left = lines

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        if "kodo_emulator/store" not in frame.f_code.co_filename:
            return None
        left -= event == "line"
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    threading.settrace(trace)
    sys.settrace(trace)


def killed_child(root: Path, seed: int, state: State, *, sync: bool) -> tuple[State, State]:
    """What the child had acknowledged when it was killed, and what it was about to reach."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with os.fdopen(writing, "wb", buffering=0) as told:
            child(root, seed, told, sync=sync)
    os.close(writing)
    attempted = state
    with os.fdopen(reading, "rb") as lines:
        for line in lines:
            if line == DONE:
                state = attempted
            else:
                attempted = applied(state, msgspec.json.decode(line, type=Change))
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, "the child failed"
    return state, attempted


def held(store: DiskStore) -> State:
    """Everything, as the child's dict has it; totals must agree."""
    state: State = {}
    for bucket in store.buckets():
        objects = store.scan(bucket.name, "", None, 10_000)
        state[bucket.name] = {}
        for stored in objects:
            with store.open(stored.content) as file:
                state[bucket.name][stored.key] = file.read()
            assert stored.size_bytes == len(state[bucket.name][stored.key])
        assert store.totals(bucket.name) == Totals(len(objects), sum(stored.size_bytes for stored in objects))
    return state


def check_files(root: Path, store: DiskStore) -> None:
    """No content without a row, and none missing."""
    counts = [f"(SELECT count(*) FROM {table})" for table in ("objects", "previous", "parts")]
    rows = store._db.execute(f"SELECT {'+'.join(counts)}").fetchone()[0]
    contents = len(contents_on_disk(store, root))
    assert contents == rows, f"{contents} contents, {rows} are named"


def main() -> None:
    root, kills, sync = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "sync"
    disk._SLICE_ROWS, ledger.SHARD_FILES, ledger._SLICE_FILES = 20, 5, 7
    state: State = {}
    for seed in range(kills):
        acknowledged, attempted = killed_child(root, seed, {"a": {}, **state}, sync=sync)
        store = DiskStore(root, sync=False)
        state = held(store)
        assert state in (acknowledged, attempted, {}), f"seed {seed}"
        while store.tidy():
            pass
        check_files(root, store)
        assert held(store) == state, f"seed {seed}"
        store.close()


if __name__ == "__main__":
    main()
