"""The pair's folder: whether it can be worked in, what its disk can do, and whether disks inside it are mounted."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from kodokeep.doctor.careful import carefully
from kodokeep.doctor.visit import Visit
from kodokeep.local.abilities import Abilities, abilities
from kodokeep.model.finding import Finding, failed, ok, warning
from kodokeep.model.options import PairOptions
from kodokeep.pair import state_file
from kodokeep.state.filesystem import on_network, type_of
from kodokeep.state.look import StateLook

FOLDER, DISK, MOUNTS = "folder", "file system", "mounts"


def examine(visit: Visit, pair: PairOptions) -> Iterator[Finding]:
    """Nothing stays behind: what can only be found out by trying is tried where every run tries it."""
    mend = f"folder = … in [bucket:{pair.name}]"
    folder = Path(pair.folder)
    yield from carefully(FOLDER, lambda: _usable(folder, mend), mend)
    if folder.is_dir():
        yield from carefully(
            DISK, lambda: _disk(pair, folder), "give the user who runs kodokeep the right to write there"
        )
        yield from carefully(MOUNTS, lambda: _mounts(visit, pair, folder), "see the state below")


def _usable(folder: Path, mend: str) -> Iterator[Finding]:
    if not os.path.lexists(folder):
        parent = next(path for path in folder.parents if path.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            yield ok(FOLDER, f"{folder} is not there yet; the first run makes it")
        else:
            yield failed(FOLDER, f"{folder} is not there, and {parent} lets nobody of us make it", mend)
    elif not folder.is_dir():
        yield failed(FOLDER, f"{folder} is no directory", mend)
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield failed(FOLDER, f"{folder} may not be written by {_user()}", mend)
    else:
        yield ok(FOLDER, f"{folder} can be written")


def _disk(pair: PairOptions, folder: Path) -> Iterator[Finding]:
    kind = type_of(folder)
    can = abilities(pair.folder)
    told = [kind] if kind else []
    told += _told(can, portable=pair.portable_names) if can is not None else ["the rest is tried by the first run"]
    yield ok(DISK, "; ".join(told))
    if on_network(state_file(pair)):
        yield warning(
            DISK, f"{kind or 'it'} is a network disk, and the state is on it: slower, and for one process at a time",
            f"state_dir = ~/.local/state/kodokeep in [bucket:{pair.name}]",
        )  # fmt: skip


def _told(can: Abilities, *, portable: bool) -> Iterator[str]:
    yield f"names of up to {can.name_bytes} bytes"
    if not can.keeps_names:
        yield "shows some names otherwise than they are written (such keys get escapes)"
    elif can.exact_names:
        yield "upper and lower case are two names"
    else:
        yield "takes A and a for one name (the second one gets an escape)"
    if can.refuses_windows_names:
        yield "refuses what Windows refuses (such keys get escapes)"
    elif portable:
        yield "names that Windows can hold, as portable_names asks for"
    if can.shares_blocks is not None:
        yield "copies share blocks" if can.shares_blocks else "copies take room of their own"
    yield "times to the millisecond or better" if can.fine_times else "times to 2 seconds (more files are hashed)"


def _mounts(visit: Visit, pair: PairOptions, folder: Path) -> Iterator[Finding]:
    with StateLook.open(state_file(pair)) as state:
        known = sorted(state.mounts())
    missing = [path for path in known if not _is_mount(folder / path)]
    for path in missing:
        yield failed(
            MOUNTS, f"{folder / path} was a disk of its own at the last run, and is none now",
            f"mount it; if it is gone for good: {visit.command} run {pair.name} --accept-changes",
        )  # fmt: skip
    if known and not missing:
        yield ok(MOUNTS, f"{', '.join(known)}: all there")


def _is_mount(path: Path) -> bool:
    with suppress(OSError):
        return path.lstat().st_dev != path.parent.lstat().st_dev
    return False


def _user() -> str:
    return f"user {os.getuid()}" if hasattr(os, "getuid") else "this user"
