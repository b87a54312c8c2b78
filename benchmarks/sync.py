"""Both ways: renames in either direction, and runs that find nothing to do, beside those of a backup."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from tests.emulator_process import entry

from benchmarks import table
from benchmarks.cases import Workplace, serving
from benchmarks.measure import RunFailedError, Usage, medians, rotated
from benchmarks.ours import Pair
from benchmarks.publish import publish
from benchmarks.source import BUCKET, Objects, Server
from benchmarks.table import Table

_KIB, _MIB = 1024, 1024 * 1024
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: files of a renamed folder, files of which nothing changed, and what is published.

    No table begins another round after `budget_s`.
    """

    renamed: int
    unchanged: int
    small: int
    large_bytes: int
    budget_s: float


QUICK = Extent(renamed=2_000, unchanged=10_000, small=3_000, large_bytes=32 * _MIB, budget_s=20)
FULL = Extent(renamed=10_000, unchanged=100_000, small=20_000, large_bytes=256 * _MIB, budget_s=300)


def tables(place: Workplace, extent: Extent) -> Iterator[Table]:
    """Everything."""
    yield renames(_begun(place, extent), extent.renamed)
    yield no_change(_begun(place, extent), extent.unchanged)
    small, large = Objects(extent.small, _KIB, 64 * _KIB, 1_000), Objects(4, extent.large_bytes, extent.large_bytes, 0)
    for name, objects in (("small files", small), ("large files", large)):
        tree, scratch = place.targets / f"publish {name}", place.sources / "publish"
        yield publish(tree, scratch, name, objects, _begun(place, extent).turns())


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one run asked for, as the server saw it."""

    pages: int
    batches: int
    others: int
    content_bytes: int

    def cells(self) -> list[str]:
        """For a row of a table."""
        return [f"{count:,}" for count in (self.pages, self.batches, self.others, self.content_bytes)]


def renames(place: Workplace, count: int) -> Table:
    """A folder is renamed here and the bucket follows, then there and the folder follows, and so on."""
    with serving(place, "renames", Objects(count, _KIB, 64 * _KIB, count)) as server:
        pair = _pair(place, server, "renames", "sync")
        pair.run(listed=count, adopted=count)
        taken: dict[str, list[tuple[Usage, Traffic]]] = {"nothing": [], "in the folder": [], "in the bucket": []}
        name = "000000"
        for turn in place.turns():
            taken["nothing"].append(_observed(pair, unchanged=count))
            (pair.folder / name).rename(pair.folder / f"here-{turn}")
            taken["in the folder"].append(_observed(pair, moved=count, uploaded=0, downloaded=0))
            name = f"there-{turn}"
            _rename_in_bucket(server, f"here-{turn}/", f"{name}/")
            taken["in the bucket"].append(_observed(pair, moved=count, uploaded=0, downloaded=0))
    rows = []
    for where, runs in taken.items():
        usage, (_, traffic) = medians([usage for usage, _ in runs]), runs[-1]
        figures = map(table.seconds, (usage.wall_s, usage.cpu_s, usage.server_s))
        rows.append([where, *figures, table.megabytes(usage.peak_bytes), *traffic.cells()])
    heads = (
        "renamed",
        "wall s",
        "CPU s",
        "server CPU s",
        "peak RSS MB",
        "pages",
        "batches",
        "other calls",
        "content B",
    )
    title = f"A run after a folder of {count:,} files was renamed, mode = sync, rounds: {len(taken['nothing'])}"
    notes = ("pages: of listings; other calls: discovery; content B: of objects and files, in either direction",)
    return Table(title, heads, rows, notes)


def no_change(place: Workplace, count: int) -> Table:
    """The same files and the same bucket in either mode; the folders have the files before the first run."""
    modes = ("backup", "sync")
    with serving(place, "both", Objects(count, 1, 64, 100)) as server:
        pairs = {mode: _pair(place, server, "both", mode) for mode in modes}
        for pair in pairs.values():
            pair.run(listed=count, adopted=count)
        taken: dict[str, list[Usage]] = {mode: [] for mode in modes}
        for turn in place.turns():
            for mode in rotated(modes, turn):
                taken[mode].append(pairs[mode].run(listed=count, unchanged=count))
    base = medians(taken["backup"])
    rows = []
    for mode in modes:
        usage = medians(taken[mode])
        rows.append([
            mode,
            table.seconds(usage.wall_s),
            table.ratio(usage.wall_s, base.wall_s),
            table.seconds(usage.cpu_s),
            table.seconds(usage.server_s),
            table.megabytes(usage.peak_bytes),
            table.percent_more(usage.peak_bytes, base.peak_bytes),
        ])  # fmt: skip
    heads = ("no change", "wall s", "of backup", "CPU s", "server CPU s", "peak RSS MB", "memory")
    title = f"A run over {count:,} files of which none changed, rounds: {len(taken['sync'])}"
    return Table(title, heads, rows, ("memory: against backup",))


def _begun(place: Workplace, extent: Extent) -> Workplace:
    return replace(place, ends_s=time.monotonic() + extent.budget_s)


def _observed(pair: Pair, **expected: int) -> tuple[Usage, Traffic]:
    emulator = pair.server.emulator
    emulator.clear_log()
    usage = pair.run(**expected)
    log = emulator.log()
    batches = sum(line["target"].startswith("/batch") for line in log)
    pages = sum(line["host"] == "rsf" for line in log)
    downloaded = sum(line["sent"] for line in log if line["host"] in {"io", "io_src"})
    uploaded = sum(line["received"] for line in log if line["host"] == "up")
    return usage, Traffic(pages, batches, len(log) - pages - batches, downloaded + uploaded)


def _rename_in_bucket(server: Server, before: str, after: str) -> None:
    """As somebody else does it, who moves what is there. Raises RunFailedError."""
    keys = [key for key in server.emulator.keys(BUCKET) if key.startswith(before)]
    for start in range(0, len(keys), _BATCH):
        moves = [
            ("op", f"/move/{entry(BUCKET, key)}/{entry(BUCKET, after + key.removeprefix(before))}")
            for key in keys[start : start + _BATCH]
        ]
        if any(result["code"] != 200 for result in server.emulator.manage("POST", "/batch", urlencode(moves).encode())):
            raise RunFailedError(f"{before} cannot be renamed in the bucket")


def _pair(place: Workplace, server: Server, name: str, mode: str) -> Pair:
    """A pair whose folder has the files that the bucket has."""
    folder: Path = place.targets / f"{name}-{mode}"
    subprocess.run(["cp", "-r", str(place.sources / f"{name}-files"), str(folder)], check=True)
    return Pair(server, folder, place.targets / "home", mode)
