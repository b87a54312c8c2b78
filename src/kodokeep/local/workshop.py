"""The workshop: what changing a folder takes, made ready in its `.kodokeep`.

What belongs here: making `.kodokeep`, probing the disk, and building the parts on what that tells. What does not: the
parts themselves, and using them (`folder`).
"""

import os
from contextlib import ExitStack
from dataclasses import dataclass

from kodokeep.errors import FolderUnusable
from kodokeep.local.allocator import Allocator
from kodokeep.local.dirs import Blocked, Directories
from kodokeep.local.durability import Checkpoint, Durability, durability_of, no_checkpoint
from kodokeep.local.failures import raise_if_full
from kodokeep.local.files import Files
from kodokeep.local.history import HISTORY, History
from kodokeep.local.moves import Moves
from kodokeep.local.names import NameRules, Names, probe_names
from kodokeep.local.parked import TMP
from kodokeep.local.probe import DiskClock
from kodokeep.local.relocate import Relocator
from kodokeep.local.rename import Rename, rename_no_replace
from kodokeep.local.settle import Settler
from kodokeep.local.temps import PROBE
from kodokeep.model.key import OWN_DIRECTORY


@dataclass(frozen=True, slots=True)
class Seams:
    """Where tests reach in: the world can be stopped before each disk operation, and renames can be made to fail."""

    checkpoint: Checkpoint = no_checkpoint
    rename: Rename = rename_no_replace


@dataclass(frozen=True, slots=True)
class Workshop:
    """What changing the folder takes; it needs `.kodokeep`, so a folder that is only looked at has none."""

    tmp_fd: int
    names: Names
    clock: DiskClock
    durability: Durability
    files: Files
    relocator: Relocator
    settler: Settler
    allocator: Allocator
    history: History


def furnish(directories: Directories, seams: Seams, closing: ExitStack, *, portable: bool) -> Workshop:
    """Make `.kodokeep` and everything that works in it; proves on the way that the folder can be written."""
    root = directories.root
    try:
        for name in (TMP, f"{OWN_DIRECTORY}/{HISTORY}", f"{OWN_DIRECTORY}/runs"):
            directories.make_dirs(name)
        with directories.open_dir(TMP) as fd:
            tmp_fd = os.dup(fd)
        closing.callback(os.close, tmp_fd)
        clock = DiskClock(tmp_fd)
        closing.callback(clock.close)
        rules = _probe_names(directories, tmp_fd, portable=portable)
    except Blocked as blocked:
        hint = f"remove it; {OWN_DIRECTORY} must be a directory of its own"
        raise FolderUnusable(f"{root}: {blocked.filename} is a file or a symlink", hint=hint) from None
    except OSError as error:
        raise_if_full(root, error)
        raise FolderUnusable(f"{root}: cannot write into the folder: {error.strerror}") from error
    with directories.open_dir("") as root_fd:
        durability = durability_of(root_fd)
    closing.callback(durability.close)
    moves = Moves(seams.rename, durability, seams.checkpoint)
    files = Files(directories, tmp_fd, moves, clock)
    relocator = Relocator(directories, files, moves, rules.max_bytes)
    names = Names(directories, rules, f"{TMP}/{scratch_name()}")
    return Workshop(
        tmp_fd,
        names,
        clock,
        durability,
        files,
        relocator,
        Settler(directories, files, relocator),
        Allocator(directories, names),
        History(directories),
    )


def scratch_name() -> str:
    """A directory of our own to probe in: the lock is not held yet, so another process may be probing, too."""
    return f"{PROBE}{os.getpid()}"


def _probe_names(directories: Directories, tmp_fd: int, *, portable: bool) -> NameRules:
    scratch = scratch_name()
    rules = probe_names(directories, f"{TMP}/{scratch}", portable=portable)
    directories.invalidate(f"{TMP}/{scratch}")
    os.rmdir(scratch, dir_fd=tmp_fd)
    return rules
