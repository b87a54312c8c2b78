"""systemd's side of a schedule, as text: `OnCalendar=` lines, timer and service units. Pure.

What belongs here: how systemd spells things. What does not: where units are kept and how they get going (`keepers`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from kodokeep.errors import TimersUnusable
from kodokeep.model.schedule import Schedule
from kodokeep.planning.cronfields import (
    EVERY_DAY,
    EVERY_HOUR,
    EVERY_MINUTE,
    EVERY_MONTH,
    EVERY_WEEKDAY,
    WEEKDAYS,
    CronFields,
)
from kodokeep.planning.timetable import fields, next_due, zone_of
from kodokeep.schedule.jobs import Job, Timers, check_spelled
from kodokeep.schedule.wall import changes, offsets

HEADER = "# Written by `kodokeep schedule install`, removed by `kodokeep schedule remove`. Changes here get lost."

_NO_PROGRAM = frozenset("\"'\\")
_MINUTE = timedelta(minutes=1)
_HARDENING = (
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictNamespaces=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "SystemCallArchitectures=native",
)
_SYSTEM_HARDENING = (
    "ProtectSystem=full",
    "ProtectControlGroups=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
)


def calendar_lines(schedule: Schedule, local: tzinfo) -> tuple[str, ...]:
    """What `OnCalendar=` must say so that a timer elapses whenever a run is due.

    systemd leaves out a time that a clock change leaves out, and the second showing of a time that comes twice. Where
    a run is due then, until `wall.LAST_YEAR`, the moment is named.
    """
    zone = zone_of(schedule, local)
    suffix = f" {schedule.zone}" if schedule.zone else ""
    lines: list[str] = []
    named: list[str] = []
    for cron in schedule.crons:
        if (minutes := _minutes_in_utc(fields(cron), zone)) is not None:
            lines.append(f"*-*-* *:{_listed(minutes, EVERY_MINUTE)}:00 UTC")
        else:
            lines += [f"{line}{suffix}" for line in _plain(fields(cron))]
            named.append(cron)
    if named:
        lines += _moments(replace(schedule, crons=tuple(named)), zone)
    return tuple(dict.fromkeys(lines))


def timer_unit(job: Job, local: tzinfo) -> str:
    """The timer of a pair. What it missed while the machine was off it makes up for once."""
    zone = f" {job.schedule.zone}" if job.schedule.zone else ""
    calendar = [f"OnCalendar={line}" for line in calendar_lines(job.schedule, local)]
    return _unit(
        ("Unit", [f"Description=Kodokeep: {_literal(job.name)}, {_literal(job.schedule.written)}{zone}"]),
        ("Timer", [*calendar, "Persistent=true"]),
        ("Install", ["WantedBy=timers.target"]),
    )


def service_unit(timers: Timers, job: Job, *, user: str | None = None) -> str:
    """The run of a pair. `user` is whom a system unit runs as; None is a unit of the user's own systemd.

    A user's systemd knows no network-online.target; there a run that cannot reach Kodo waits by itself. What only the
    unit could do is kept out of it if it can keep a run from starting, because then nobody would be told. Raises
    TimersUnusable for paths that systemd does not take.
    """
    unit = [f"Description=Kodokeep: {_literal(job.name)}"]
    service = [
        "Type=oneshot",
        f"ExecStart={_command(timers.command(job.name))}",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in timers.variables.items()),
        "TimeoutStartSec=infinity",
        "TimeoutStopSec=5min",
        "KillMode=mixed",
        "# Stopped by a person, in order.",
        "SuccessExitStatus=130",
        "Nice=10",
        "IOSchedulingClass=best-effort",
        "IOSchedulingPriority=7",
    ]
    if user is not None:
        unit += ["Wants=network-online.target", "After=network-online.target remote-fs.target"]
        service.append(f"User={_literal(user)}")
        if job.credential is not None:
            service += [
                "# The passphrase, if there is such a file in /etc/credstore.",
                f"LoadCredential={job.credential}",
            ]
    return _unit(("Unit", unit), ("Service", service + _hardening(timers, job, system=user is not None)))


def user_of(service: str) -> str | None:
    """Whom a service unit runs as."""
    users = [line.removeprefix("User=") for line in service.splitlines() if line.startswith("User=")]
    return users[0].replace("%%", "%") if users else None


def _hardening(timers: Timers, job: Job, *, system: bool) -> list[str]:
    if timers.runs_commands:
        return ["# The config has commands, which may need anything."]
    if not system:
        return list(_HARDENING)
    writable = [f"ReadWritePaths=-{_quoted(path)}" for path in dict.fromkeys(job.writes)]
    return [*_HARDENING, *_SYSTEM_HARDENING, *writable]


def _plain(cron: CronFields) -> Iterator[str]:
    at = f"{_listed(cron.hours, EVERY_HOUR)}:{_listed(cron.minutes, EVERY_MINUTE)}:00"
    for days, weekdays in cron.day_rules():
        names = (
            "" if weekdays == EVERY_WEEKDAY else ",".join(WEEKDAYS[day].capitalize() for day in sorted(weekdays)) + " "
        )
        yield f"{names}*-{_listed(cron.months, EVERY_MONTH)}-{_listed(days, EVERY_DAY)} {at}"


def _listed(numbers: frozenset[int], every: frozenset[int]) -> str:
    return "*" if numbers == every else ",".join(f"{number:02}" for number in sorted(numbers))


def _minutes_in_utc(cron: CronFields, zone: tzinfo) -> frozenset[int] | None:
    """What is due every hour of every day needs no zone, unless its clock changes by a part of an hour."""
    shifts = {offset // _MINUTE % 60 for offset in offsets(zone)}
    hourly = cron.hours == EVERY_HOUR and cron.every_day and cron.follows_clock
    if not hourly or not changes(zone) or len(shifts) > 1:
        return None
    (shift,) = shifts
    return frozenset((minute - shift) % 60 for minute in cron.minutes)


def _moments(schedule: Schedule, zone: tzinfo) -> list[str]:
    """The moments at clock changes that the plain lines do not name, an hour a line."""
    read = [fields(cron) for cron in schedule.crons]
    minutes: defaultdict[datetime, set[int]] = defaultdict(set)
    for change, shift in changes(zone):
        for moment in _due(schedule, change, change + max(-shift, _MINUTE), zone):
            wall = moment.astimezone(zone)
            if wall.fold or not any(cron.has_day(wall.date()) and cron.has_time(wall.time()) for cron in read):
                minutes[moment.replace(minute=0)].add(moment.minute)
    return [f"{hour:%Y-%m-%d %H}:{_listed(frozenset(at), EVERY_MINUTE)}:00 UTC" for hour, at in sorted(minutes.items())]


def _due(schedule: Schedule, start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    moment = next_due(schedule, start - _MINUTE, zone)
    while moment < end:
        yield moment
        moment = next_due(schedule, moment, zone)


def _unit(*sections: tuple[str, Iterable[str]]) -> str:
    texts = ("\n".join([f"[{name}]", *lines]) for name, lines in sections)
    return HEADER + "\n\n" + "\n\n".join(texts) + "\n"


def _command(words: Sequence[str]) -> str:
    """A command line. A dollar is doubled in arguments only: the program is taken as it is."""
    program, *arguments = words
    if not _NO_PROGRAM.isdisjoint(program):
        raise TimersUnusable(f"systemd starts no program with quotes or a backslash in its path: {program}")
    return " ".join([_quoted(program), *(_quoted(word).replace("$", "$$") for word in arguments)])


def _quoted(text: str) -> str:
    check_spelled("systemd", [text])
    escaped = _literal(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _literal(text: str) -> str:
    return text.replace("%", "%%")
