"""Who keeps timers on this machine: systemd of the user or of the system, cron, launchd, the Windows Task Scheduler.

What belongs here: what each should hold for a config, what it holds, and the steps from one to the other. What does
not: the text of what it holds (a module each), and which one is chosen (`install`).
"""

import getpass
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kodokeep.schedule import crontab, launchd, systemd, task_scheduler, tools
from kodokeep.schedule.jobs import Timers
from kodokeep.schedule.keeper import Held, as_bytes, file_steps, files, held_names, to_change
from kodokeep.schedule.steps import Call, EditCrontab, Step, read_crontab


@dataclass(frozen=True, slots=True)
class Systemd:
    """Units in one directory. `system`: root's, for a run as `user`, which is whom the units name already, or me."""

    directory: Path
    system: bool = False
    user: str | None = None

    @property
    def title(self) -> str:
        """What people call it."""
        return "systemd (system)" if self.system else "systemd (user)"

    def unusable(self) -> str:
        """Why it cannot be used here, empty if it can."""
        if not tools.has("systemctl"):
            return "there is no systemctl"
        ran = tools.ask(self._systemctl("show-environment"))
        return ran.complaint if ran.exit else ""

    def places(self, timers: Timers, name: str) -> tuple[str, ...]:
        """Timer and service."""
        label = timers.label(name)
        return str(self.directory / f"{label}.timer"), str(self.directory / f"{label}.service")

    def wanted(self, timers: Timers) -> Held:
        """What it should hold."""
        units: dict[str, bytes] = {}
        for job in timers.jobs:
            timer, service = self.places(timers, job.name)
            text = systemd.service_unit(timers, job, user=self._user_of(service) if self.system else None)
            units |= {timer: as_bytes(systemd.timer_unit(job, timers.local)), service: as_bytes(text)}
        return units

    def installed(self, timers: Timers) -> Held:
        """What it holds of this config."""
        return files(self.directory, timers, (".timer", ".service"))

    def sleeping(self, timers: Timers, held: Held) -> frozenset[str]:
        """The pairs whose timers are there, but do not run."""
        names = held_names(self, timers, held)
        if not names or not tools.has("systemctl"):
            return frozenset()
        units = [f"{timers.label(name)}.timer" for name in names]
        active, enabled = (tools.ask(self._systemctl(ask, *units)).out.split() for ask in ("is-active", "is-enabled"))
        states = zip(names, active, enabled, strict=False)
        return frozenset(name for name, *state in states if state != ["active", "enabled"])

    def steps(self, timers: Timers, wanted: Held, installed: Held) -> list[Step]:
        """Disable what goes, write, load, then enable and start what is new or asleep."""
        gone = _units(place for place in installed if place not in wanted)
        steps: list[Step] = [Call(self._systemctl("disable", "--now", *gone))] if gone else []
        if changes := file_steps(wanted, installed):
            steps += [*changes, Call(self._systemctl("daemon-reload"))]
        if units := _units(to_change(self, timers, wanted, installed)):
            steps += [Call(self._systemctl("enable", *units)), Call(self._systemctl("restart", *units))]
        return steps

    def advice(self) -> str:
        """A user's systemd ends when the user logs out, unless told otherwise."""
        if self.system or not tools.has("loginctl"):
            return ""
        user = getpass.getuser()
        if tools.ask(["loginctl", "show-user", user, "--property=Linger", "--value"]).out.strip() == "yes":
            return ""
        return f"the timers run only while {user} is logged in; so that they always do: loginctl enable-linger {user}"

    def _user_of(self, service: str) -> str:
        if self.user is not None:
            return self.user
        text = _read(Path(service))
        return (systemd.user_of(text.decode(tools.TEXT, tools.ERRORS)) if text else None) or getpass.getuser()

    def _systemctl(self, *arguments: str) -> tuple[str, ...]:
        return ("systemctl", *(() if self.system else ("--user",)), *arguments)


@dataclass(frozen=True, slots=True)
class Cron:
    """A block of the user's crontab. Places are the pairs, and one more that catches up."""

    title: str = "cron"

    def unusable(self) -> str:
        """Why it cannot be used here, empty if it can."""
        return "" if tools.has("crontab") else "there is no crontab"

    def places(self, timers: Timers, name: str) -> tuple[str, ...]:  # noqa: ARG002 - of all keepers
        """The lines of the pair, and the one that catches up."""
        return name, crontab.CATCH_UP

    def wanted(self, timers: Timers) -> Held:
        """What it should hold. Raises TimersUnusable if a path cannot be written in a crontab."""
        return {place: as_bytes(lines) for place, lines in crontab.lines_of(timers).items()}

    def installed(self, timers: Timers) -> Held:
        """What it holds of this config. Raises TimersUnusable."""
        if self.unusable():
            return {}
        return {place: as_bytes(lines) for place, lines in crontab.read(read_crontab(), timers.config).items()}

    def sleeping(self, timers: Timers, held: Held) -> frozenset[str]:  # noqa: ARG002 - of all keepers
        """Nobody can be asked whether cron runs."""
        return frozenset()

    def steps(self, timers: Timers, wanted: Held, installed: Held) -> list[Step]:
        """One edit of the crontab."""
        if dict(wanted) == dict(installed):
            return []
        lines = {place: text.decode(tools.TEXT, tools.ERRORS) for place, text in wanted.items()}
        return [EditCrontab(timers.config, crontab.block(timers.config, lines))]

    def advice(self) -> str:
        """What cron does not do."""
        return "cron makes up for what it missed only when the machine starts, not when it wakes up"


@dataclass(frozen=True, slots=True)
class Launchd:
    """Agents of the user, a file each."""

    directory: Path
    title: str = "launchd"

    def unusable(self) -> str:
        """Why it cannot be used here, empty if it can."""
        return "" if tools.has("launchctl") else "there is no launchctl"

    def places(self, timers: Timers, name: str) -> tuple[str, ...]:
        """The agent of the pair, and the one that catches up."""
        return self._file(timers.label(name)), self._file(_catch_up_label(timers))

    def wanted(self, timers: Timers) -> Held:
        """What it should hold."""
        agents = {self._file(timers.label(job.name)): launchd.agent(timers, job) for job in timers.jobs}
        if agents:
            label = _catch_up_label(timers)
            agents[self._file(label)] = launchd.catch_up_agent(timers, label)
        return agents

    def installed(self, timers: Timers) -> Held:
        """What it holds of this config."""
        return files(self.directory, timers, (".plist",))

    def sleeping(self, timers: Timers, held: Held) -> frozenset[str]:
        """The pairs whose agents are there, but are not loaded."""
        if self.unusable():
            return frozenset()
        targets = {name: f"{_gui()}/{timers.label(name)}" for name in held_names(self, timers, held)}
        return frozenset(name for name, target in targets.items() if tools.ask(["launchctl", "print", target]).exit)

    def steps(self, timers: Timers, wanted: Held, installed: Held) -> list[Step]:
        """Unload what goes or changes, write, load."""
        changed = to_change(self, timers, wanted, installed)
        gone = [place for place in installed if place not in wanted]
        unloaded = [place for place in (*gone, *changed) if place in installed]
        return [
            *(Call(("launchctl", "bootout", f"{_gui()}/{Path(place).stem}"), optional=True) for place in unloaded),
            *file_steps(wanted, installed),
            *(Call(("launchctl", "bootstrap", _gui(), place)) for place in changed),
        ]

    def advice(self) -> str:
        """When agents run."""
        return "launchd runs agents of a user only while the user is logged in"

    def _file(self, label: str) -> str:
        return str(self.directory / f"{label}.plist")


@dataclass(frozen=True, slots=True)
class TaskScheduler:
    """Tasks of the Windows Task Scheduler; the files that they were made from are kept in `directory`."""

    directory: Path
    title: str = "Task Scheduler"

    def unusable(self) -> str:
        """Why it cannot be used here, empty if it can."""
        return "" if tools.has("schtasks") else "there is no schtasks"

    def places(self, timers: Timers, name: str) -> tuple[str, ...]:
        """The file of the pair."""
        return (str(self.directory / f"{timers.label(name)}.xml"),)

    def wanted(self, timers: Timers) -> Held:
        """What it should hold."""
        return {self.places(timers, job.name)[0]: task_scheduler.task(timers, job) for job in timers.jobs}

    def installed(self, timers: Timers) -> Held:
        """What it holds of this config."""
        return files(self.directory, timers, (".xml",))

    def sleeping(self, timers: Timers, held: Held) -> frozenset[str]:
        """The pairs whose files are there, but not the tasks."""
        if self.unusable():
            return frozenset()
        names = held_names(self, timers, held)
        asked = {name: ("schtasks", "/Query", "/TN", _task(timers.label(name))) for name in names}
        return frozenset(name for name, argv in asked.items() if tools.ask(argv).exit)

    def steps(self, timers: Timers, wanted: Held, installed: Held) -> list[Step]:
        """Delete what goes, write, register."""
        changed = to_change(self, timers, wanted, installed)
        gone = [place for place in installed if place not in wanted]
        return [
            *(Call(("schtasks", "/Delete", "/F", "/TN", _task(Path(place).stem)), optional=True) for place in gone),
            *file_steps(wanted, installed),
            *(Call(("schtasks", "/Create", "/F", "/TN", _task(Path(each).stem), "/XML", each)) for each in changed),
        ]

    def advice(self) -> str:
        """When tasks run."""
        return "the tasks run only while you are logged in"


def _catch_up_label(timers: Timers) -> str:
    return timers.label(".catch-up")  # the name of no pair


def _gui() -> str:
    return f"gui/{os.getuid()}"


def _task(label: str) -> str:
    return f"\\Kodokeep\\{label}"


def _units(places: Iterable[str]) -> list[str]:
    return [Path(place).name for place in places if place.endswith(".timer")]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
