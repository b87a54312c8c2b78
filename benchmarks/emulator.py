"""What the emulator itself can do: requests, a store of many objects, filling one. It must not be what others wait for.

The first two need no peer; filling a store is measured beside `cp -r`.
"""

import json
import os
import random
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmarks import source, table
from benchmarks.hammer import hammer
from benchmarks.measure import Command, Usage, measured, medians
from benchmarks.source import BUCKET, Objects, Server
from benchmarks.table import Table

_PER_FOLDER = 1000
_KIB, _MIB = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured. `many` objects are in the large store; a rate is taken over `seconds`."""

    many: int
    seconds: float
    rounds: int
    trees: Sequence[tuple[str, Objects]]


QUICK = Extent(
    many=100_000,
    seconds=1.0,
    rounds=1,
    trees=(
        ("small files", Objects(3_000, _KIB, 64 * _KIB, 1_000)),
        ("large files", Objects(4, 32 * _MIB, 32 * _MIB, 0)),
    ),
)
FULL = Extent(
    many=1_000_000,
    seconds=4.0,
    rounds=3,
    trees=(
        ("small files", Objects(20_000, _KIB, 64 * _KIB, 1_000)),
        ("large files", Objects(4, 256 * _MIB, 256 * _MIB, 0)),
    ),
)


def tables(sources: Path, targets: Path, extent: Extent) -> Iterator[Table]:
    """Everything; `sources` should be in memory, `targets` is the disk."""
    for name, objects in extent.trees:
        yield filling(sources / f"emulator {name}", targets / f"emulator {name}", name, objects, extent)
    data = targets / "emulator-many"
    yield many_objects(data, extent)
    with source.serving(data) as server:
        yield requests(server, extent)
        yield pages(server, extent)


def filling(tree: Path, target: Path, name: str, objects: Objects, extent: Extent) -> Table:
    """`load` beside a plain copy. Links are made from the copy, because they cannot leave a disk."""
    size_bytes = source.make_files(objects, tree)
    target.mkdir()
    taken: dict[str, list[Usage]] = {"cp -r": [], "load": [], "load --no-sync": [], "load --link --no-sync": []}
    for turn in range(extent.rounds):
        copy = target / f"copy-{turn}"
        commands = {
            "cp -r": ["cp", "-r", str(tree), str(copy)],
            "load": _load(tree, target / f"load-{turn}"),
            "load --no-sync": _load(tree, target / f"unsynced-{turn}", "--no-sync"),
            "load --link --no-sync": _load(copy, target / f"link-{turn}", "--link", "--no-sync"),
        }
        for way, arguments in commands.items():
            taken[way].append(_run(arguments, target / "said"))
    base = medians(taken["cp -r"])
    rows = []
    for way, usages in taken.items():
        usage = medians(usages)
        rows.append([
            way,
            table.seconds(usage.wall_s),
            table.ratio(usage.wall_s, base.wall_s),
            f"{objects.count / usage.wall_s:,.0f}",
            f"{size_bytes / usage.wall_s / 1e6:,.0f}",
            table.seconds(usage.cpu_s),
            table.megabytes(usage.peak_bytes),
        ])  # fmt: skip
    heads = (name, "wall s", "of cp -r", "objects/s", "MB/s", "CPU s", "peak RSS MB")
    title = f"Filling a store with {objects.count:,} files ({size_bytes / 1e6:,.0f} MB), rounds: {extent.rounds}"
    notes = ("load also starts Python, hashes everything and keeps the rows; without --no-sync it flushes the disk",)
    return Table(title, heads, rows, notes)


def many_objects(data: Path, extent: Extent) -> Table:
    """Making a large store, and opening it after a clean end and after a kill."""
    command = [sys.executable, "-m", "kodo_emulator", "synthesize", "--data", str(data), "--bucket", BUCKET]
    options = ["--count", str(extent.many), "--size", "0-16", "--per-folder", str(_PER_FOLDER)]
    made = _run([*command, *options], data.with_name("many.out"))
    rows = [["synthesize", table.seconds(made.wall_s), table.megabytes(made.peak_bytes)]]
    for name in ("start, first", "start after a clean end", "start after a kill"):
        started_s = time.perf_counter()
        with source.serving(data) as server:
            rows.append([name, table.seconds(time.perf_counter() - started_s), table.megabytes(_resident(server))])
            server.emulator.put(BUCKET, "~changed", random.Random(name).randbytes(_MIB))
            if name == "start after a clean end":
                server.emulator.kill()
    size_bytes = (data / "kodo.db").stat().st_size
    notes = (f"the database has {size_bytes / 1e6:,.0f} MB; a start ends when all ports listen",)
    return Table(f"A store of {extent.many:,} objects", ("", "wall s", "RSS MB"), rows, notes)


def requests(server: Server, extent: Extent) -> Table:
    """The requests that benchmarks consist of."""
    numbers = random.Random(0)
    rows = []
    for name, size_bytes in (("4 KB", 4096), ("32 KB", 32 * _KIB), ("1 MB", _MIB), ("16 MB", 16 * _MIB)):
        server.emulator.put(BUCKET, f"~{size_bytes}", numbers.randbytes(size_bytes))
        rate = hammer(server, f"{server.url}/~{size_bytes}", extent.seconds)
        rows.append([f"download {name}", *_rate(rate.requests_per_s, rate.bytes_per_s, rate.server_s)])
    rate = hammer(server, f"{server.emulator.uc}/list?bucket={BUCKET}&limit=1000", extent.seconds, signed=True)
    rows.append(["list 1,000 keys", *_rate(rate.requests_per_s, rate.bytes_per_s, rate.server_s)])
    heads = ("4 at once", "requests/s", "MB/s", "server CPU µs")
    return Table("Requests over loopback", heads, rows, ("CPU: of the server, for one request",))


def pages(server: Server, extent: Extent) -> Table:
    """Pages of the large bucket, wherever they begin."""
    rows = []
    for name, part in (("at the start", 0.0), ("in the middle", 0.5), ("near the end", 0.99)):
        number = int(extent.many * part)
        key = f"{number // _PER_FOLDER:06d}/{number:08d}.bin" if number else ""
        marker = urlsafe_b64encode(json.dumps({"c": 0, "k": key}).encode()).decode() if key else ""
        base = f"{server.emulator.uc}/list?bucket={BUCKET}&marker={quote(marker, safe='')}&limit="
        row = [name]
        for limit, delimiter in ((1000, ""), (10, "%2F"), (1000, "%2F")):
            url = f"{base}{limit}&delimiter={delimiter}"
            rate = hammer(server, url, extent.seconds / 4, signed=True, connections=1)
            row.append(f"{1000 / rate.requests_per_s:.2f}")
        rows.append(row)
    started_s = time.perf_counter()
    count = len(server.emulator.keys(BUCKET))
    took_s = time.perf_counter() - started_s
    heads = ("page", "1,000 keys ms", "10 folders ms", "1,000 folders ms")
    notes = (
        f"this client took all {count:,} keys in {took_s:.1f} s; the server's RSS is then",
        f"{_resident(server) / 1e6:.0f} MB;",
        f"there are {extent.many // _PER_FOLDER:,} folders in all, so the last pages of them are short",
    )
    return Table("One page after the other", heads, rows, notes)


def _load(tree: Path, data: Path, *options: str) -> list[str]:
    command = [sys.executable, "-m", "kodo_emulator", "load", str(tree), "--data", str(data), "--bucket", BUCKET]
    return [*command, *options]


def _run(arguments: Sequence[str], talk: Path) -> Usage:
    return measured(Command(arguments, os.environ), talk, lambda: 0.0)


def _rate(requests_per_s: float, bytes_per_s: float, server_s: float) -> list[str]:
    return [f"{requests_per_s:,.0f}", f"{bytes_per_s / 1e6:,.0f}", f"{server_s * 1e6:,.0f}"]


def _resident(server: Server) -> int:
    resident: int = server.process.memory_info().rss
    return resident
