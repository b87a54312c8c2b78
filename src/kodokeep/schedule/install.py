"""Installing timers: who keeps them on this machine, what has to be done, and how a config stands with all of them.

What belongs here: choosing, and looking at all keepers at once, so that no two of them run one pair. What does not: how
a keeper works (`keepers`), and asking a person.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from platformdirs import user_data_path

from kodokeep.errors import TimersUnusable
from kodokeep.planning.timetable import next_due
from kodokeep.schedule.jobs import Job, Timers
from kodokeep.schedule.keeper import Held, Keeper
from kodokeep.schedule.keepers import Cron, Launchd, Systemd, TaskScheduler
from kodokeep.schedule.steps import Step

SYSTEMD, SYSTEM, CRON, LAUNCHD, TASK_SCHEDULER = "systemd", "system", "cron", "launchd", "task-scheduler"
SYSTEM_UNITS = Path("/etc/systemd/system")


@dataclass(frozen=True, slots=True)
class Kept:
    """A keeper that holds a pair, and where. `current` if what it holds is what the config says."""

    keeper: str
    place: str
    current: bool
    running: bool


@dataclass(frozen=True, slots=True)
class KeptPair:
    """A pair that has a schedule: when it is due next, and who sees to it."""

    job: Job
    next_due: datetime
    kept_by: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class LeftOver:
    """What a keeper holds of this config though the config does not ask for it any more."""

    keeper: str
    place: str


def keepers_of(env: Mapping[str, str], *, run_as: str | None = None) -> dict[str, Keeper]:
    """Every kind of keeper by the option that names it. `run_as` is for units of the system."""
    config_home = Path(env.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return {
        SYSTEMD: Systemd(config_home / "systemd" / "user"),
        SYSTEM: Systemd(SYSTEM_UNITS, system=True, user=run_as),
        CRON: Cron(),
        LAUNCHD: Launchd(Path.home() / "Library" / "LaunchAgents"),
        TASK_SCHEDULER: TaskScheduler(user_data_path("kodokeep", appauthor=False) / "tasks"),
    }


def usual(platform: str, *, root: bool) -> tuple[str, ...]:
    """The keepers of a platform, the best one first. Root has no session, so that its timers are the system's."""
    if platform == "win32":
        return (TASK_SCHEDULER,)
    if platform == "darwin":
        return (LAUNCHD, CRON)
    return (SYSTEM, SYSTEMD, CRON) if root else (SYSTEMD, SYSTEM, CRON)


def is_root() -> bool:
    """True if this process may do anything."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def choose(keepers: Mapping[str, Keeper], platform: str, *, root: bool) -> str:
    """The first of the usual ones that can be used. Raises TimersUnusable."""
    reasons = []
    for name in usual(platform, root=root):
        if name == SYSTEM and not root:
            continue
        if not (why := keepers[name].unusable()):
            return name
        reasons.append(f"{keepers[name].title}: {why}")
    raise TimersUnusable(
        "no timer of this machine can be used\n" + "\n".join(reasons),
        hint="kodokeep serve keeps the schedule by itself, as long as it is left running",
    )


def installation(timers: Timers, chosen: Keeper, others: Sequence[Keeper]) -> list[Step]:
    """What brings all timers of a config to `chosen`, and away from all others. Raises TimersUnusable."""
    wanted = chosen.wanted(timers)
    return [*removal(timers, others), *chosen.steps(timers, wanted, chosen.installed(timers))]


def removal(timers: Timers, keepers: Sequence[Keeper]) -> list[Step]:
    """What takes all timers of a config away from these. Raises TimersUnusable."""
    steps: list[Step] = []
    for keeper in keepers:
        if held := keeper.installed(timers):
            steps += keeper.steps(timers, {}, held)
    return steps


def kept_pairs(
    timers: Timers, keepers: Sequence[Keeper], now: datetime
) -> tuple[tuple[KeptPair, ...], tuple[LeftOver, ...]]:
    """How each pair with a schedule stands, and what is left over of others. Raises TimersUnusable."""
    kept: dict[str, list[Kept]] = {job.name: [] for job in timers.jobs}
    left: list[LeftOver] = []
    for keeper in keepers:
        if held := keeper.installed(timers):
            wanted = keeper.wanted(timers)
            left += [LeftOver(keeper.title, place) for place in held if place not in wanted]
            for name, how in _kept(timers, keeper, wanted, held).items():
                kept[name].append(how)
    found = (KeptPair(job, next_due(job.schedule, now, timers.local), tuple(kept[job.name])) for job in timers.jobs)
    return tuple(found), tuple(left)


def _kept(timers: Timers, keeper: Keeper, wanted: Held, held: Held) -> dict[str, Kept]:
    asleep = keeper.sleeping(timers, held)
    found = {}
    for job in timers.jobs:
        places = keeper.places(timers, job.name)
        if places[0] in held:
            current = all(held.get(place) == wanted[place] for place in places)
            found[job.name] = Kept(keeper.title, places[0], current, job.name not in asleep)
    return found
