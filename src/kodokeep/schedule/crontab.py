"""cron's side of a schedule, as text: the lines of a config in a user's crontab, between marks. Pure.

What belongs here: how cron and the shell that it starts read a line, and which lines are ours. What does not: calling
crontab (`keepers`). Our lines stand before all others, so that no setting of those, such as `SHELL` or `CRON_TZ`, holds
for them; they make no settings themselves.
"""

import shlex
from collections.abc import Iterator, Mapping

from kodokeep.errors import TimersUnusable
from kodokeep.schedule.jobs import Job, Timers
from kodokeep.schedule.wall import by_this_clock

LONGEST_COMMAND = 998
"""cron in Debian refuses the whole crontab if a command is longer."""

CATCH_UP = "@reboot"
_BEGIN = "# BEGIN kodokeep {config} (written by kodokeep schedule install)"
_END = "# END kodokeep {config}"


def lines_of(timers: Timers) -> dict[str, str]:
    """The lines of each pair by its name, and the one that catches up by `CATCH_UP`. Raises TimersUnusable."""
    lines = {job.name: "\n".join(_job_lines(timers, job)) + "\n" for job in timers.jobs}
    if lines:
        lines[CATCH_UP] = f"{CATCH_UP} {_command(timers, timers.catch_up())}\n"
    return lines


def block(config: str, lines: Mapping[str, str]) -> str:
    """The lines between their marks, nothing if there are none."""
    if not lines:
        return ""
    return f"{_BEGIN.format(config=config)}\n{''.join(lines.values())}{_END.format(config=config)}\n"


def read(crontab: str, config: str) -> dict[str, str]:
    """The lines of a config by name, as `lines_of` gives them. Raises TimersUnusable if the marks are damaged."""
    _, found, _ = _parts(crontab, config)
    lines: dict[str, str] = {}
    name = CATCH_UP
    for line in found.splitlines(keepends=True)[1:-1]:
        if line.startswith("# "):
            name = line[2:].partition(":")[0]
        elif line.startswith(CATCH_UP):
            name = CATCH_UP
        lines[name] = lines.get(name, "") + line
    return lines


def replaced(crontab: str, config: str, new: str) -> str:
    """The crontab with `new` in place of the block of this config; all other lines stay as they are.

    Raises TimersUnusable if the marks are damaged.
    """
    before, found, after = _parts(crontab, config)
    return before + new + after if found else new + crontab


def _parts(crontab: str, config: str) -> tuple[str, str, str]:
    """What stands before our block, the block, and what stands after it."""
    lines = crontab.splitlines(keepends=True)
    bare = [line.rstrip("\n") for line in lines]
    begins = [number for number, line in enumerate(bare) if line == _BEGIN.format(config=config)]
    ends = [number for number, line in enumerate(bare) if line == _END.format(config=config)]
    if not begins and not ends:
        return crontab, "", ""
    if len(begins) != 1 or len(ends) != 1 or begins[0] > ends[0]:
        raise TimersUnusable(
            f"the crontab has lines of {config}, but not one mark at their beginning and one at their end",
            hint="crontab -e, and remove the lines that begin or end with kodokeep's marks, and those between them",
        )
    first, last = begins[0], ends[0] + 1
    return "".join(lines[:first]), "".join(lines[first:last]), "".join(lines[last:])


def _job_lines(timers: Timers, job: Job) -> Iterator[str]:
    looks = by_this_clock(job.schedule, timers.local)
    zone = f" {job.schedule.zone}" if job.schedule.zone else ""
    why = "" if looks.exact else "; looks more often, and runs when it is due"
    yield f"# {job.name}: {job.schedule.written}{zone}{why}"
    command = _command(timers, timers.command(job.name, exact=looks.exact))
    for cron in looks.crons:
        yield f"{cron} {command}"


def _command(timers: Timers, words: tuple[str, ...]) -> str:
    """A line for sh. cron mails what is said; takes a bare % as the end; crons differ in what they make of a backslash.

    Raises TimersUnusable.
    """
    settings = (f"{name}={shlex.quote(value)}" for name, value in timers.variables.items())
    command = " ".join([*settings, shlex.join([*words, "--quiet"])])
    if "\\" in command or not command.isprintable():
        raise TimersUnusable(f"cron cannot be told of a path with a backslash or a control character: {command!r}")
    command = command.replace("%", r"\%")
    if len(command.encode("utf-8", "surrogateescape")) > LONGEST_COMMAND:
        raise TimersUnusable(f"cron takes no command of more than {LONGEST_COMMAND} bytes: {command}")
    return command
