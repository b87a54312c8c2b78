"""A schedule: when a pair is to be run. When that is next is computed by `planning.timetable`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """`written` is what the config says, `crons` the same as cron expressions of five fields: due when any of them is.

    `zone` is an IANA name, None for this machine's. A run may begin up to `jitter_s` late, by chance, so that many
    machines do not begin at once.
    """

    written: str
    crons: tuple[str, ...]
    zone: str | None = None
    jitter_s: int = 0
