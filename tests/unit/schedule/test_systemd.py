"""Units of systemd, read back."""

import re
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from kodokeep.errors import TimersUnusable
from kodokeep.schedule.systemd import calendar_lines, service_unit, timer_unit, user_of
from tests.unit.schedule.samples import CONFIG, ODD, job, schedule, timers

Unit = dict[str, dict[str, list[str]]]
ARGUMENT = re.compile(r'"((?:[^"\\]|\\.)*)"')


def read(text: str) -> Unit:
    """Sections, options and their values, each as often as it is written."""
    unit: Unit = {}
    for line in text.splitlines():
        if line.startswith("["):
            section = unit.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            section.setdefault(name, []).append(value)
    return unit


def unquoted(value: str) -> list[str]:
    """The quoted words of a value: specifiers and escapes undone, as systemd does."""
    return [re.sub(r"\\(.)", r"\1", word).replace("%%", "%") for word in ARGUMENT.findall(value)]


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("daily 03:00", None, ["*-*-* 03:00:00"]),
        ("daily 03:00, 15:30", "Asia/Shanghai", ["*-*-* 03:00:00 Asia/Shanghai", "*-*-* 15:30:00 Asia/Shanghai"]),
        ("weekly sun 03:00", None, ["Sun *-*-* 03:00:00"]),
        ("monthly 28 23:59", None, ["*-*-28 23:59:00"]),
        ("every 15m", None, ["*-*-* *:00,15,30,45:00"]),
        ("every 6h", "UTC", ["*-*-* 00,06,12,18:00:00 UTC"]),
        ("* * * * *", None, ["*-*-* *:*:00"]),
        ("0 3 1,15 jan-mar *", None, ["*-01,02,03-01,15 03:00:00"]),
        ("0 3 */10 * 1-5", None, ["Mon,Tue,Wed,Thu,Fri *-*-01,11,21,31 03:00:00"]),
        ("0 3 1 6 7", None, ["*-06-01 03:00:00", "Sun *-06-* 03:00:00"]),
    ],
)  # fmt: skip
def test_calendar_lines(written: str, zone: str | None, expected: list[str]) -> None:
    assert list(calendar_lines(schedule(written, zone), UTC)) == expected


def test_what_is_due_every_hour_is_told_in_utc_where_clocks_change() -> None:
    assert calendar_lines(schedule("hourly"), ZoneInfo("Europe/Berlin")) == ("*-*-* *:00:00 UTC",)
    assert calendar_lines(schedule("5 * * * *", "America/St_Johns"), UTC) == ("*-*-* *:35:00 UTC",)


def test_what_systemd_leaves_out_when_clocks_change_is_named() -> None:
    left_out = calendar_lines(schedule("daily 02:30"), ZoneInfo("Europe/Berlin"))
    assert left_out[:3] == ("*-*-* 02:30:00", "2026-03-29 01:00:00 UTC", "2027-03-28 01:00:00 UTC")
    shown_twice = calendar_lines(schedule("*/30 2 * * *"), ZoneInfo("Europe/Berlin"))
    assert shown_twice[:2] == ("*-*-* 02:00,30:00", "2026-10-25 01:00,30:00 UTC")
    assert calendar_lines(schedule("daily 03:00"), ZoneInfo("Europe/Berlin")) == ("*-*-* 03:00:00",)


def test_a_timer_makes_up_for_what_it_missed() -> None:
    unit = read(timer_unit(job(written="weekly", zone="Asia/Shanghai"), UTC))
    assert unit == {
        "Unit": {"Description": ["Kodokeep: photos, weekly Asia/Shanghai"]},
        "Timer": {"OnCalendar": ["Sun *-*-* 03:00:00 Asia/Shanghai"], "Persistent": ["true"]},
        "Install": {"WantedBy": ["timers.target"]},
    }


def test_a_service_runs_the_pair_as_long_as_it_takes() -> None:
    service = read(service_unit(timers(), job()))["Service"]
    assert unquoted(service["ExecStart"][0]) == [
        "/home/ann/.venv/bin/kodokeep", "--config", CONFIG, "run", "photos", "--scheduled",
    ]  # fmt: skip
    assert (service["Type"], service["TimeoutStartSec"]) == (["oneshot"], ["infinity"])
    assert "User" not in service


def test_odd_paths_come_through() -> None:
    odd = timers(config=f"{ODD}\\n.ini", program="/srv/100% $HOME/kodokeep", variables={"XDG_STATE_HOME": ODD})
    service = read(service_unit(odd, job(writes=(ODD,)), user="ann"))["Service"]
    program, _, config, *_ = unquoted(service["ExecStart"][0])
    assert program == "/srv/100% $HOME/kodokeep"  # no variable is looked for in the program's path
    assert config.replace("$$", "$") == f"{ODD}\\n.ini"
    assert config.count("$") == 2
    assert unquoted(service["Environment"][0]) == [f"XDG_STATE_HOME={ODD}"]
    assert service["ReadWritePaths"][0].startswith("-")
    assert unquoted(service["ReadWritePaths"][0]) == [ODD]


@pytest.mark.parametrize("program", ["/srv/it's/kodokeep", '/srv/"/kodokeep', "/srv/\\/kodokeep"])
def test_a_program_that_systemd_would_not_start_is_refused(program: str) -> None:
    with pytest.raises(TimersUnusable, match="systemd starts no program with quotes or a backslash in its path"):
        service_unit(timers(program=program), job())


def test_a_path_of_several_lines_is_refused() -> None:
    with pytest.raises(TimersUnusable, match="systemd cannot be told of a path"):
        service_unit(timers(config="/srv/a\nExecStartPre=/bin/false/kodokeep.ini"), job())


def test_a_unit_of_the_system_waits_for_the_network_and_may_bring_the_passphrase() -> None:
    unit = read(service_unit(timers(), job(credential="kodokeep-passphrase-work"), user="backup"))
    assert unit["Unit"]["Wants"] == ["network-online.target"]
    assert unit["Service"]["User"] == ["backup"]
    assert unit["Service"]["LoadCredential"] == ["kodokeep-passphrase-work"]
    own = read(service_unit(timers(), job(credential="kodokeep-passphrase-work")))
    assert "Wants" not in own["Unit"]
    assert "LoadCredential" not in own["Service"]


def test_who_a_unit_runs_as_is_read_back() -> None:
    assert user_of(service_unit(timers(), job(), user="100%")) == "100%"
    assert user_of(service_unit(timers(), job())) is None


def test_commands_of_the_config_are_not_shut_in() -> None:
    for user in (None, "backup"):
        shut_in = read(service_unit(timers(), job(), user=user))["Service"]
        free = read(service_unit(timers(runs_commands=True), job(), user=user))["Service"]
        assert shut_in["NoNewPrivileges"] == ["yes"]
        assert not {"NoNewPrivileges", "RestrictAddressFamilies", "ProtectSystem"} & free.keys()
