"""The cases: what is run in which order, and how the figures become a table."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import source, table
from benchmarks.measure import RunFailedError, Usage, measured, medians, rotated
from benchmarks.peers import Job, Peer, copy, has_rclone, kodokeep, rclone
from benchmarks.source import Objects, Server
from benchmarks.table import TRANSFER_HEADS, Table, transfer_row

BEST_FLAGS = ("--http-no-head", "--no-check-dest", "--transfers", "16", "--checkers", "16")
UPDATE_FLAGS = ("--transfers", "16", "--checkers", "32")
CHANGED_SHARE = 100
"""One in so many objects is changed."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """`sources` should be in memory, `targets` is the disk that is written to. How much is done is here, too.

    After `ends_s` (of `time.monotonic`) no further round begins, so that a slow machine is not busy for hours.
    """

    sources: Path
    targets: Path
    rounds: int
    ends_s: float
    fresh: Objects
    unchanged: Sequence[tuple[str, Objects]]

    def turns(self) -> Iterator[int]:
        """The rounds, from 0; at least one."""
        for turn in range(self.rounds):
            if turn and time.monotonic() > self.ends_s:
                return
            yield turn

    def job(self, server: Server, name: str) -> Job:
        """A target that does not exist yet, or the same one again."""
        home = self.targets / "home"
        home.mkdir(exist_ok=True)
        return Job(server, self.sources / "fresh-files", self.targets / name, home)

    def run(self, peer: Peer, job: Job, expected: int) -> Usage:
        """One measured run, which must have brought `expected` objects."""
        talk = job.target.with_name(f"{job.target.name}.out")
        usage = measured(peer.command(job), talk, job.server.cpu_seconds)
        peer.check(talk, expected)
        return usage


def no_change(place: Workplace) -> Table:
    """Runs that find nothing to do. The first shape is the small one that the others' memory is compared with.

    The folder has the files before the first run, which adopts them: that is the quickest way to begin.
    """
    peer = kodokeep()
    rows: list[list[str]] = []
    smallest_peak = 0
    for name, objects in place.unchanged:
        with serving(place, f"unchanged-{name}", objects) as server:
            job = place.job(server, f"unchanged-{name}")
            shutil.copytree(place.sources / f"unchanged-{name}-files", job.target)
            measured(peer.command(job), job.target.with_name("adopting.out"), server.cpu_seconds)
            usage = medians([place.run(peer, job, 0) for _ in place.turns()])
        smallest_peak = smallest_peak or usage.peak_bytes
        rows.append([
            name,
            f"{objects.count:,}",
            table.seconds(usage.wall_s),
            table.seconds(usage.cpu_s),
            table.seconds(usage.server_s),
            table.megabytes(usage.peak_bytes),
            table.percent_more(usage.peak_bytes, smallest_peak),
        ])  # fmt: skip
    heads = ("no change", "objects", "wall s", "CPU s", "server CPU s", "peak RSS MB", "memory")
    return Table("A run over a bucket in which nothing changed", heads, rows, ("memory: against the first row",))


def first_and_changed(place: Workplace) -> Iterator[Table]:
    """First backups into new directories, then updates of two of them after one object in a hundred changed."""
    files = place.sources / "fresh-files"
    size_bytes = source.make_files(place.fresh, files)
    source.fill_store(files, place.sources / "fresh-store")
    with source.serving(place.sources / "fresh-store") as server:
        keys = list(place.fresh.all_keys())
        indexes = source.put_indexes(server, keys)
        yield _first(place, server, size_bytes, indexes)
        yield _changed(place, server, keys)


def _first(place: Workplace, server: Server, size_bytes: int, indexes: int) -> Table:
    count = place.fresh.count
    peers = [kodokeep()]
    if has_rclone():
        peers += [rclone("rclone, best flags", *BEST_FLAGS), rclone("rclone, default flags")]
    peers.append(copy())
    taken: dict[str, list[Usage]] = {peer.name: [] for peer in peers}
    for turn in place.turns():
        for peer in rotated(peers, turn):
            job = place.job(server, f"first-{turn}-{peers.index(peer)}")
            taken[peer.name].append(place.run(peer, job, count + indexes))
            _check_tree(job.target, count)
    base = medians(taken[peers[0].name])
    rows = [transfer_row(peer.name, medians(taken[peer.name]), base, count, size_bytes) for peer in peers]
    heads = ("first backup", *TRANSFER_HEADS)
    sizes = f"{place.fresh.smallest:,} to {place.fresh.largest:,} bytes"
    title = f"First backup of {count:,} objects of {sizes} ({size_bytes / 1e6:.0f} MB)"
    notes = (
        f"kodokeep also downloads the {indexes} HTML indexes, hashes everything, syncs the disk and keeps state;",
        "rclone reads the same indexes as directories and neither hashes nor syncs;",
        f"best flags: {' '.join(BEST_FLAGS)}: no HEAD per object, no look at the target, more at once",
    )
    return Table(f"{title}, rounds: {len(taken[peers[0].name])}", heads, rows, notes)


def _changed(place: Workplace, server: Server, keys: Sequence[str]) -> Table:
    """Each tool updates what it brought in the first round."""
    peers = [kodokeep()]
    if has_rclone():
        peers += [rclone("rclone, best flags", *UPDATE_FLAGS), rclone("rclone, default flags")]
    taken: dict[str, list[Usage]] = {peer.name: [] for peer in peers}
    for turn in place.turns():
        changed = source.change(server, keys, CHANGED_SHARE, turn)
        for peer in rotated(peers, turn):
            job = place.job(server, f"first-0-{peers.index(peer)}")
            taken[peer.name].append(place.run(peer, job, changed))
    base = medians(taken[peers[0].name])
    rows = []
    for peer in peers:
        usage = medians(taken[peer.name])
        figures = (usage.cpu_s, usage.server_s)
        rows.append([
            peer.name,
            table.seconds(usage.wall_s),
            table.ratio(usage.wall_s, base.wall_s),
            *map(table.seconds, figures),
            table.megabytes(usage.peak_bytes),
        ])  # fmt: skip
    heads = ("1 % changed", "wall s", "of kodokeep", "CPU s", "server CPU s", "peak RSS MB")
    title = f"{changed:,} of {len(keys):,} objects changed, rounds: {len(taken[peers[0].name])}"
    notes = (
        "kodokeep moves the old contents to history first; rclone overwrites;",
        f"best flags: {' '.join(UPDATE_FLAGS)}: an index has no sizes and times, so rclone needs a HEAD per object",
    )
    return Table(title, heads, rows, notes)


def serving(place: Workplace, name: str, objects: Objects) -> AbstractContextManager[Server]:
    """A server with these objects, which are at `NAME-files` below the sources, too."""
    files, data = place.sources / f"{name}-files", place.sources / f"{name}-store"
    source.make_files(objects, files)
    source.fill_store(files, data)
    return source.serving(data)


def _check_tree(target: Path, count: int) -> None:
    """Whoever brings fewer files is not faster."""
    found = sum(name.endswith(".bin") for _, _, names in os.walk(target) for name in names)
    if found != count:
        raise RunFailedError(f"{target}: {found} objects there, expected {count}")
