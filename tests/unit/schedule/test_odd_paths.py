"""A path that a timer cannot be told of is refused, and never begins a setting of its own."""

from collections.abc import Callable

import pytest

from kodokeep.errors import TimersUnusable
from kodokeep.schedule import crontab, launchd, systemd, task_scheduler
from kodokeep.schedule.jobs import Timers
from tests.unit.schedule.samples import timers

KINDS: dict[str, Callable[[Timers], object]] = {
    "systemd": lambda told: systemd.service_unit(told, told.jobs[0]),
    "cron": crontab.lines_of,
    "launchd": lambda told: launchd.agent(told, told.jobs[0]),
    "task scheduler": lambda told: task_scheduler.task(told, told.jobs[0]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "odd", ["\n* * * * * evil", "\nExecStartPre=evil", "\x01", "\r", "\x1b[2J", "\udcff", "\u2028"]
)
def test_a_path_with_more_than_letters_is_refused(kind: str, odd: str) -> None:
    with pytest.raises(TimersUnusable) as caught:
        KINDS[kind](timers(config=f"/home/ann/{odd}.ini"))
    assert odd not in caught.value.message


@pytest.mark.parametrize("kind", ["systemd", "cron", "launchd"])
def test_so_is_a_variable(kind: str) -> None:
    with pytest.raises(TimersUnusable):
        KINDS[kind](timers(variables={"XDG_STATE_HOME": "/home/ann\nUser=root"}))
