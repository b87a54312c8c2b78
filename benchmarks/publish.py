"""First uploads of a folder: kodokeep's `publish`, rclone to a server that speaks S3, the official SDK by itself."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import s3, source
from benchmarks.measure import Command, RunFailedError, Usage, measured, medians, rotated
from benchmarks.ours import Pair
from benchmarks.peers import RCLONE, environment, has_rclone
from benchmarks.source import BUCKET, Objects, Server
from benchmarks.table import TRANSFER_HEADS, Table, transfer_row

OWN_DIRECTORY = ".kodokeep"
BEST_FLAGS = (
    "--transfers", "16", "--no-check-dest", "--s3-no-check-bucket", "--s3-no-head", "--s3-disable-checksum",
    "--s3-use-unsigned-payload", "true", "--s3-chunk-size", "16Mi",
)  # fmt: skip
_SDK_UPLOAD = Path(__file__).with_name("sdk_upload.py")


@dataclass(frozen=True, slots=True)
class Load:
    """A folder to be published. `scratch` is an empty place in memory, `home` an empty one on the disk."""

    tree: Path
    count: int
    size_bytes: int
    scratch: Path
    home: Path


Upload = Callable[[Load], Usage]
"""Uploads the folder to a server that has nothing yet. Raises RunFailedError if less arrives than there is."""


def publish(tree: Path, scratch: Path, name: str, objects: Objects, turns: Iterator[int]) -> Table:
    """All tools, one after the other, each with a new server, whose disk is memory."""
    size_bytes = source.make_files(objects, tree)
    peers: dict[str, Upload] = {"kodokeep": _kodokeep}
    if has_rclone():
        peers |= {"rclone to S3, best flags": _rclone(*BEST_FLAGS), "rclone to S3, default flags": _rclone()}
    peers |= {"SDK, in a loop": _sdk(1), "SDK, 8 threads": _sdk(8)}
    taken: dict[str, list[Usage]] = {peer: [] for peer in peers}
    for turn in turns:
        for peer in rotated(list(peers), turn):
            with _clean(tree, scratch) as home:
                taken[peer].append(peers[peer](Load(tree, objects.count, size_bytes, scratch, home)))
    base = medians(taken["kodokeep"])
    rows = [transfer_row(peer, medians(taken[peer]), base, objects.count, size_bytes) for peer in peers]
    notes = (
        "kodokeep also walks and lists, hashes everything, checks every answer's hash, and keeps durable state;",
        "rclone's server is rclone, the others' is the emulator: each can be the limit, see its CPU time;",
        f"best flags: {' '.join(BEST_FLAGS[:4])}",
        f"            {' '.join(BEST_FLAGS[4:])}",
    )
    title = f"First publish of {objects.count:,} {name} ({size_bytes / 1e6:,.0f} MB), rounds: {len(taken['kodokeep'])}"
    return Table(title, ("first publish", *TRANSFER_HEADS), rows, notes)


@contextmanager
def _clean(tree: Path, scratch: Path) -> Iterator[Path]:
    """Nothing of an earlier run is in the tree, in memory or in the home, which this is."""
    home = tree.with_name(f"{tree.name}-home")
    for left in (tree / OWN_DIRECTORY, scratch, home):
        shutil.rmtree(left, ignore_errors=True)
    home.mkdir()
    yield home
    shutil.rmtree(scratch)


def _kodokeep(load: Load) -> Usage:
    with source.serving(load.scratch) as server:
        usage = Pair(server, load.tree, load.home, "publish").run(uploaded=load.count, bytes_uploaded=load.size_bytes)
        _check(_held(server), load)
        return usage


def _sdk(threads: int) -> Upload:
    def upload(load: Load) -> Usage:
        with source.serving(load.scratch) as server:
            emulator = server.emulator
            keys = {"QINIU_ACCESS_KEY": emulator.access_key, "QINIU_SECRET_KEY": emulator.secret_key}
            arguments = [sys.executable, str(_SDK_UPLOAD), str(load.tree), BUCKET, str(threads)]
            command = Command(arguments, {**environment(load.home), **keys, "UC_HOST": emulator.uc})
            usage = measured(command, load.home / "sdk.out", server.cpu_seconds)
            _check(_held(server), load)
            return usage

    return upload


def _rclone(*flags: str) -> Upload:
    def upload(load: Load) -> Usage:
        with s3.serving_s3(load.scratch) as server:
            keys = ["--s3-access-key-id", s3.ACCESS_KEY, "--s3-secret-access-key", s3.SECRET_KEY]
            where = ["--s3-provider", "Rclone", "--s3-endpoint", server.url, *keys, "--config", ""]
            arguments = [str(RCLONE), "copy", str(load.tree), f":s3:{BUCKET}", *where, *flags]
            command = Command(arguments, environment(load.home))
            usage = measured(command, load.home / "rclone.out", server.cpu_seconds)
            _check(server.holds(), load)
            return usage

    return upload


def _held(server: Server) -> tuple[int, int]:
    """How many objects the bucket has, and their bytes."""
    count = size_bytes = 0
    page = server.emulator.page(BUCKET)
    while True:
        count += len(page["items"])
        size_bytes += sum(item["fsize"] for item in page["items"])
        if not page.get("marker"):
            return count, size_bytes
        page = server.emulator.page(BUCKET, marker=page["marker"])


def _check(held: tuple[int, int], load: Load) -> None:
    """Whoever brings less is not faster."""
    if held != (load.count, load.size_bytes):
        raise RunFailedError(f"objects and bytes on the server: {held}, expected {(load.count, load.size_bytes)}")
