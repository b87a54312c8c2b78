"""`python -m benchmarks [--quick] [--folder DIR] [--part PART]`: measures, prints tables, removes what it wrote."""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks import emulator
from benchmarks.cases import Workplace, first_and_changed, no_change
from benchmarks.measure import RunFailedError
from benchmarks.peers import NO_RCLONE, has_rclone
from benchmarks.source import Objects

MEMORY_DISK = Path("/dev/shm")
BUDGET_S = {True: 60, False: 360}
FREE_BYTES_NEEDED = {True: 3 * 2**30, False: 28 * 2**30}


def main() -> int:
    """Everything in one go."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="kodokeep and its emulator")
    parser.add_argument("--quick", action="store_true", help="smaller numbers: under two minutes, less exact")
    parser.add_argument("--folder", type=Path, help="where backups are written; default: the system's temporary place")
    parser.add_argument("--part", choices=("kodokeep", "emulator"), help="only this; default: both")
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
        return _measure(place, options.part, emulator.QUICK if options.quick else emulator.FULL)


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


def _measure(place: Workplace, part: str | None, extent: emulator.Extent) -> int:
    started_s = time.monotonic()
    print("\n".join(_method(place)), flush=True)
    try:
        if part != "emulator":
            _measure_kodokeep(place)
        if part != "kodokeep":
            for table in emulator.tables(place.sources, place.targets, extent):
                print(table.text(), flush=True)
    except RunFailedError as error:
        print(f"a measured run failed: {error}", file=sys.stderr)
        return 1
    load = os.getloadavg()[0]
    print(f"{time.monotonic() - started_s:.0f} s in all; load at the end {load:.1f} (our own included)")
    return 0


def _measure_kodokeep(place: Workplace) -> None:
    if not has_rclone():
        print(NO_RCLONE, flush=True)
    print(no_change(place).text(), flush=True)
    for table in first_and_changed(place):
        print(table.text(), flush=True)


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
