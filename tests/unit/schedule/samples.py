"""Timers to try things with."""

from collections.abc import Mapping
from datetime import UTC, tzinfo

from kodokeep.model.schedule import Schedule
from kodokeep.planning.timetable import crons
from kodokeep.schedule.jobs import Job, Timers

CONFIG = "/home/ann/kodokeep.ini"
PROGRAM = "/home/ann/.venv/bin/kodokeep"
ODD = "/srv/my 100% $HOME 备份 'x\""
"""A directory that systemd, cron and sh would each read in another way."""


def schedule(written: str = "daily 03:00", zone: str | None = None) -> Schedule:
    return Schedule(written, crons(written), zone)


def job(name: str = "photos", written: str = "daily 03:00", zone: str | None = None, **fields: object) -> Job:
    return Job(name, schedule(written, zone), **fields)  # type: ignore[arg-type]


def timers(
    *jobs: Job,
    config: str = CONFIG,
    program: str = PROGRAM,
    local: tzinfo = UTC,
    variables: Mapping[str, str] | None = None,
    runs_commands: bool = False,
) -> Timers:
    return Timers(config, program, local, jobs or (job(),), variables or {}, runs_commands)
