"""The next plan, and whether the disk has room for it."""

import shlex
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from kodokeep.app import RunRequest, plan_pair
from kodokeep.doctor.visit import Visit
from kodokeep.model.event import Event, GuardKind, Planned
from kodokeep.model.finding import Finding, failed, ok, warning
from kodokeep.model.options import Credentials, PairOptions
from kodokeep.reporting import words
from kodokeep.reporting.units import count, size

PLAN, ROOM = "plan", "disk space"
TIGHT_SHARE = 0.05
"""Less than this share of the disk left after a run is little."""


def examine(visit: Visit, pair: PairOptions, credentials: Credentials) -> Iterator[Finding]:
    """Plan as `kodokeep plan` does; nothing is changed. Raises KodokeepError if there is no plan."""
    look = f"{visit.command} plan {shlex.quote(pair.name)}"
    plans: list[Planned] = []

    def listen(event: Event) -> None:
        if isinstance(event, Planned):
            plans.append(event)

    with ExitStack() as stack:
        report = stack.enter_context(plan_pair(pair, credentials, RunRequest(), listen, visit.stop))
        held = report.summary.held
        identity = any(guard.kind is GuardKind.IDENTITY for guard in report.guards)
    planned = plans[-1] if plans else None
    told = (planned and words.planned(planned).partition(";")[0]) or "nothing to do"
    if identity:
        yield warning(PLAN, "everything is held: the folder is not known to be the right one", look)
    elif held:
        yield warning(PLAN, f"{told}; a guard would hold back {count(held, 'change')}", look)
    else:
        yield ok(PLAN, f"{told}; nothing would be held back")
    yield _space(pair.folder, planned.download_bytes if planned else 0)


def space(folder: str) -> Finding:
    """How much room there is, where no plan was made."""
    return _space(folder, None)


def _space(folder: str, needed_bytes: int | None) -> Finding:
    disk = shutil.disk_usage(_nearest(Path(folder)))
    told = f"{size(disk.free)} free"
    if needed_bytes is not None:
        told += f", the next run fetches {size(needed_bytes)}"
    needed = needed_bytes or 0
    if needed > disk.free:
        return failed(ROOM, told, "make room, or put the folder on a larger disk")
    if disk.free - needed < TIGHT_SHARE * disk.total:
        return warning(ROOM, f"{told}; the disk is nearly full then", "make room soon; history grows, too")
    return ok(ROOM, told)


def _nearest(folder: Path) -> Path:
    """The folder, or what is there of the path to it."""
    return next(path for path in (folder, *folder.parents) if path.exists())
