"""Which kind of timer is chosen, and what its user is told besides."""

from pathlib import Path

import pytest

from kodokeep.errors import TimersUnusable
from kodokeep.schedule.install import choose, keepers_of, usual
from kodokeep.schedule.keepers import Systemd
from tests.unit.schedule.fake_tools import FakeTools
from tests.unit.schedule.samples import job, timers


@pytest.mark.parametrize(
    ("platform", "root", "programs", "chosen"),
    [
        ("linux", False, ["systemctl", "crontab"], "systemd"),
        ("linux", True, ["systemctl", "crontab"], "system"),
        ("linux", False, ["crontab"], "cron"),
        ("linux", True, ["crontab"], "cron"),
        ("freebsd14", False, ["crontab"], "cron"),
        ("darwin", False, ["launchctl", "crontab"], "launchd"),
        ("darwin", False, ["crontab"], "cron"),
        ("win32", False, ["schtasks"], "task-scheduler"),
    ],
)
def test_the_best_that_there_is_is_chosen(
    platform: str, root: bool, programs: list[str], chosen: str, tools: FakeTools
) -> None:
    tools.add(*programs)
    assert choose(keepers_of({}), platform, root=root) == chosen


def test_a_systemd_that_cannot_be_reached_is_not_chosen(tools: FakeTools) -> None:
    tools.add("systemctl", "crontab")
    tools.mark("no-systemd")
    assert choose(keepers_of({}), "linux", root=False) == "cron"


def test_where_there_is_no_timer_at_all_one_is_told_why_and_what_else_there_is(tools: FakeTools) -> None:
    tools.add("systemctl")
    tools.mark("no-systemd")
    with pytest.raises(TimersUnusable) as caught:
        choose(keepers_of({}), "linux", root=False)
    assert caught.value.message.splitlines() == [
        "no timer of this machine can be used",
        "systemd (user): Failed to connect to bus: No medium found",
        "cron: there is no crontab",
    ]
    assert "kodokeep serve" in caught.value.hint


def test_all_kinds_that_may_hold_something_are_looked_at() -> None:
    assert set(usual("linux", root=True)) == set(usual("linux", root=False)) == {"system", "systemd", "cron"}


def test_a_users_units_are_where_the_user_keeps_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    here = {
        str(keepers_of(env)["systemd"].places(timers(job()), "photos")[0]) for env in ({}, {"XDG_CONFIG_HOME": "/c"})
    }
    label = timers(job()).label("photos")
    assert here == {f"/home/ann/.config/systemd/user/{label}.timer", f"/c/systemd/user/{label}.timer"}


def test_who_does_not_linger_is_told(tools: FakeTools, tmp_path: Path) -> None:
    tools.add("systemctl", "loginctl")
    assert "loginctl enable-linger" in Systemd(tmp_path).advice()
    assert Systemd(tmp_path, system=True).advice() == ""
    tools.mark("lingers")
    assert Systemd(tmp_path).advice() == ""
