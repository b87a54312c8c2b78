"""`python -m benchmarks [--quick] [--folder DIR] [--part PART] [--files N]`: measures, prints tables, cleans up."""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from benchmarks import bandwidth, emulator, sync
from benchmarks.cases import Workplace, first_and_changed, no_change
from benchmarks.measure import RunFailedError
from benchmarks.peers import NO_RCLONE, has_rclone
from benchmarks.source import Objects
from benchmarks.table import Table

PARTS = ("kodokeep", "sync", "bandwidth", "emulator")
USE_RCLONE = {"kodokeep", "sync", "bandwidth"}
MEMORY_DISK = Path("/dev/shm")
BUDGET_S = {True: 60, False: 360}
FREE_BYTES_NEEDED = {True: 3 * 2**30, False: 28 * 2**30}


def main() -> int:
    """Everything in one go."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="kodokeep and its emulator")
    parser.add_argument("--quick", action="store_true", help="smaller numbers: a few minutes, less exact")
    parser.add_argument("--folder", type=Path, help="where backups are written; default: the system's temporary place")
    parser.add_argument("--part", choices=PARTS, help="only this; default: all")
    parser.add_argument("--files", type=int, metavar="N", help="how many files of which none changed part sync has")
    options = parser.parse_args()
    parent = options.folder or Path(tempfile.gettempdir())
    if shutil.disk_usage(parent).free < FREE_BYTES_NEEDED[options.quick]:
        print(f"{parent}: less than {FREE_BYTES_NEEDED[options.quick] / 1e9:.0f} GB free; choose another --folder")
        return 2
    with ExitStack() as closing:
        # Nothing is removed before the end: on some disks files are made slowly for minutes after that.
        targets = closing.enter_context(tempfile.TemporaryDirectory(prefix="kodokeep-bench-", dir=parent))
        memory = MEMORY_DISK if os.access(MEMORY_DISK, os.W_OK) else parent
        sources = closing.enter_context(tempfile.TemporaryDirectory(prefix="kodokeep-bench-", dir=memory))
        place = _workplace(Path(sources), Path(targets), quick=options.quick)
        return _measure(place, (options.part,) if options.part else PARTS, options)


def _workplace(sources: Path, targets: Path, *, quick: bool) -> Workplace:
    few, many = (1_000, 10_000) if quick else (5_000, 100_000)
    unchanged = (
        ("few, in folders", Objects(few, 1, 64, 100)),
        ("many, in folders", Objects(many, 1, 64, 100)),
        ("many, one flat folder", Objects(many, 1, 64, 0)),
    )
    fresh = Objects(3_000 if quick else 20_000, 1_024, 65_536, 1_000)
    ends_s = time.monotonic() + BUDGET_S[quick]
    return Workplace(sources, targets, 2 if quick else 3, ends_s, fresh, unchanged)


def _measure(place: Workplace, parts: Sequence[str], options: argparse.Namespace) -> int:
    started_s = time.monotonic()
    print("\n".join(_method(place)), flush=True)
    try:
        if not has_rclone() and set(parts) & USE_RCLONE:
            print(NO_RCLONE, flush=True)
        for part in parts:
            place = replace(place, ends_s=time.monotonic() + BUDGET_S[options.quick])
            for table in _tables(place, part, options):
                print(table.text(), flush=True)
    except RunFailedError as error:
        print(f"a measured run failed: {error}", file=sys.stderr)
        return 1
    load = os.getloadavg()[0]
    print(f"{time.monotonic() - started_s:.0f} s in all; load at the end {load:.1f} (our own included)")
    return 0


def _tables(place: Workplace, part: str, options: argparse.Namespace) -> Iterator[Table]:
    if part == "kodokeep":
        yield no_change(place)
        yield from first_and_changed(place)
    elif part == "sync":
        extent = sync.QUICK if options.quick else sync.FULL
        yield from sync.tables(place, replace(extent, unchanged=options.files or extent.unchanged))
    elif part == "bandwidth":
        extent_of_limits = bandwidth.QUICK if options.quick else bandwidth.FULL
        yield from bandwidth.tables(place.sources, place.targets, extent_of_limits)
    else:
        extent_of_emulator = emulator.QUICK if options.quick else emulator.FULL
        yield from emulator.tables(place.sources, place.targets, extent_of_emulator)


def _method(place: Workplace) -> list[str]:
    machine = f"{os.cpu_count()} CPUs, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    where = place.targets.parent
    return [
        f"{machine}; load before {os.getloadavg()[0]:.1f}",
        f"Medians of up to {place.rounds} alternated rounds (of peak RSS the highest), over loopback from the emulator",
        "on the same CPUs: it is the limit where its CPU time comes near the wall time. Sources are in memory,",
        f"targets new directories below {where}; disks are flushed before each run. Ratios travel, seconds do not.",
        "",
    ]


if __name__ == "__main__":
    sys.exit(main())
