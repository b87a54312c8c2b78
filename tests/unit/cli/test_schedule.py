"""`kodokeep schedule`: what a person sees. The programs that keep timers are fakes."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ended, Kodokeep, with_config
from tests.unit.schedule.fake_tools import FakeTools

CONFIG = """
[bucket:photos]
folder = /backup/photos
schedule = daily 03:00
time_zone = Asia/Shanghai
jitter = 10m
[bucket:videos]
folder = /backup/videos
schedule = weekly
[bucket:docs]
folder = /backup/docs
"""
UNSCHEDULED = "[bucket:photos]\nfolder = /backup/photos\n"
LOGGED_IN = {"HOME": "/home/ann"}

Schedule = Callable[..., Ended]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTools:
    """A machine with cron and a systemd, whose user is not root."""
    fake = FakeTools(tmp_path)
    fake.add("systemctl", "crontab")
    monkeypatch.setenv("PATH", str(fake.directory))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("kodokeep.schedule.install.is_root", lambda: False)
    monkeypatch.setattr("kodokeep.schedule.install.SYSTEM_UNITS", tmp_path / "system-units")
    return fake


@pytest.fixture
def schedule(kodokeep: Kodokeep, tools: FakeTools) -> Schedule:
    """Runs `kodokeep schedule`."""

    def run(*argv: str, config: str = CONFIG, env: dict[str, str] | None = None) -> Ended:
        return kodokeep("schedule", *argv, config=config, keys=LOGGED_IN if env is None else env)

    return run


def units(tmp_path: Path) -> list[str]:
    directory = tmp_path / "home" / ".config" / "systemd" / "user"
    return sorted(path.name.rsplit("-", 1)[0] + path.suffix for path in directory.glob("*"))


def test_from_nothing_to_timers_and_back(schedule: Schedule, tmp_path: Path) -> None:
    installed = schedule("install", "--yes")
    assert installed.code == 0
    assert units(tmp_path) == [
        "kodokeep-photos.service", "kodokeep-photos.timer", "kodokeep-videos.service", "kodokeep-videos.timer",
    ]  # fmt: skip
    assert installed.out.splitlines()[-1] == "photos, videos are now kept by systemd (user)"
    assert "    OnCalendar=*-*-* 03:00:00 Asia/Shanghai\n" in installed.out
    assert "kodokeep: docs: no schedule, so nothing runs it\n" in installed.err
    again = schedule("install", "--yes")
    assert (again.code, again.out) == (0, "the timers are what the config says\n")
    removed = schedule("remove", "--yes")
    assert (removed.code, units(tmp_path)) == (0, [])
    assert removed.out.splitlines()[-1] == "no timer is left"
    assert schedule("remove", "--yes").out == "there are no timers of this config\n"


def test_show_before_and_after(schedule: Schedule, tmp_path: Path) -> None:
    before = schedule("show").out.splitlines()
    assert before[0] == "photos: daily 03:00 Asia/Shanghai"
    assert before[1].startswith("  next due  20")
    assert before[1].endswith(" 03:00 CST, or up to 10 min 00 s later")
    install = f"{with_config(tmp_path)} schedule install"
    assert before[2] == f"  kept by   no timer: {install}, or {with_config(tmp_path)} serve"
    assert before[-1] == "docs: no schedule"
    schedule("install", "--yes")
    after = schedule("show").out.splitlines()
    assert after[2].startswith(f"  kept by   systemd (user): {tmp_path}/home/.config/systemd/user/kodokeep-photos-")
    assert not any(line.startswith("  but") for line in after)
    changed = schedule("show", config=CONFIG.replace("daily 03:00", "daily 04:00")).out.splitlines()
    assert [line for line in changed if line.startswith("  but")] == [
        f"  but       it is not what the config says now: {install}"
    ]


def test_show_tells_what_is_left_over(schedule: Schedule, tmp_path: Path) -> None:
    schedule("install", "--yes")
    told = schedule("show", config=UNSCHEDULED).out.splitlines()
    assert told[0] == "photos: no schedule"
    assert len(told) == 5
    assert all(line.startswith("left over: ") for line in told[1:])
    gone = schedule("install", "--yes", config=UNSCHEDULED)
    assert (gone.code, gone.out.splitlines()[-1], units(tmp_path)) == (0, "no timer is left", [])


def test_show_tells_what_is_kept_twice(schedule: Schedule, tools: FakeTools, tmp_path: Path) -> None:
    schedule("install", "--yes")
    tools.remove("systemctl")
    home = tmp_path / "home"
    home.rename(tmp_path / "elsewhere")
    schedule("install", "--yes")
    (tmp_path / "elsewhere").rename(home)
    assert "  but       it is kept twice: " in schedule("show").out


def test_show_as_json(schedule: Schedule) -> None:
    schedule("install", "--cron", "--yes")
    photos, videos, docs = schedule("show", "--json").json
    assert photos["next_due"].endswith("T19:00:00Z")
    assert (photos["name"], photos["schedule"], photos["crons"]) == ("photos", "daily 03:00", ["0 3 * * *"])
    assert (photos["time_zone"], photos["jitter_s"]) == ("Asia/Shanghai", 600)
    assert photos["kept_by"] == [{"keeper": "cron", "place": "photos", "current": True, "running": True}]
    assert videos["time_zone"] is None
    assert docs == {"event": "schedule", "name": "docs", "schedule": None}
    left = schedule("show", "--json", config=UNSCHEDULED).json[1:]
    assert left[0] == {"event": "left_over", "keeper": "cron", "place": "photos"}


def test_print_only_shows(schedule: Schedule, tools: FakeTools, tmp_path: Path) -> None:
    ended = schedule("install", "--print")
    assert ended.code == 0
    assert "write " in ended.out
    assert (units(tmp_path), tools.crontab) == ([], "")
    schedule("install", "--yes")
    removal = schedule("remove", "--print").out
    assert "remove " in removal
    assert len(units(tmp_path)) == 4


@pytest.mark.parametrize("kind", ["--launchd", "--task-scheduler", "--system"])
def test_print_shows_timers_that_are_not_for_this_machine(schedule: Schedule, tools: FakeTools, kind: str) -> None:
    tools.remove("systemctl")
    shown = schedule("install", kind, "--print")
    assert shown.code == 0
    assert "--scheduled" in shown.out
    refused = schedule("install", kind, "--yes")
    assert refused.code == 2
    assert " cannot be used here: there is no " in refused.err


def test_without_a_terminal_nobody_is_asked(
    schedule: Schedule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(os.devnull).open() as nothing:
        for stdin in (nothing, None):
            monkeypatch.setattr(sys, "stdin", stdin)
            ended = schedule("install")
            assert ended.code == 2
            assert "there is no terminal to ask at: --yes does it, --print only shows it" in ended.err
    assert units(tmp_path) == []


@pytest.mark.parametrize(("answer", "code", "written"), [("y\n", 0, 4), ("n\n", 130, 0), ("", 130, 0)])
def test_on_a_terminal_a_person_is_asked(
    schedule: Schedule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, written: int
) -> None:
    leader, terminal = os.openpty()
    os.write(leader, answer.encode() or b"\x04")
    with open(terminal, encoding="utf-8") as stdin:  # noqa: PTH123 - a descriptor
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        ended = schedule("install")
    os.close(leader)
    assert (ended.code, len(units(tmp_path))) == (code, written)
    assert "Shall this be done? [y/N]: " in ended.err


def test_keys_that_a_timer_would_not_have_are_told(schedule: Schedule, tmp_path: Path) -> None:
    keys = {"QINIU_ACCESS_KEY": "ak", "QINIU_SECRET_KEY": "very secret"}
    ended = schedule("install", "--yes", env=keys)
    assert "the keys of [account] come from the environment here, which timers do not have" in ended.err
    assert f"{with_config(tmp_path)} login" in ended.err
    assert "very secret" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("argv", "config", "said"),
    [
        (["install", "--yes"], UNSCHEDULED, "no pair has a schedule"),
        (["install", "--yes"], CONFIG.replace("weekly", "0 3 30 2 *"), "so it never comes"),
        (["install", "--run-as", "ann"], CONFIG, "--run-as: only units of the system (--system)"),
        (["install", "--system", "--run-as", "no-such-user"], CONFIG, "there is no such user"),
        (["install", "--nope"], CONFIG, "No such option"),
        (["nope"], CONFIG, "No such command 'nope'"),
    ],
)
def test_what_cannot_be_installed_is_told(schedule: Schedule, argv: list[str], config: str, said: str) -> None:
    ended = schedule(*argv, config=config)
    assert ended.code == 2
    assert said in ended.err


def test_a_unit_directory_that_cannot_be_written_is_told(schedule: Schedule, tmp_path: Path) -> None:
    (tmp_path / "home" / ".config" / "systemd").mkdir(parents=True)
    (tmp_path / "home" / ".config" / "systemd" / "user").write_text("in the way")
    ended = schedule("install", "--yes")
    assert ended.code == 2
    assert "cannot be written: " in ended.err


def test_config_may_be_named_after_each_command(schedule: Schedule, tmp_path: Path) -> None:
    other = tmp_path / "other.ini"
    other.write_text(UNSCHEDULED)
    assert schedule("show", "--config", str(other)).out == "photos: no schedule\n"


def test_timers_of_a_config_that_is_broken_or_gone_can_be_taken_away(
    schedule: Schedule, tools: FakeTools, tmp_path: Path
) -> None:
    schedule("install", "--yes")
    assert schedule("remove", "--yes", config="broken").code == 0
    assert units(tmp_path) == []
    gone = tmp_path / "gone.ini"
    gone.write_text(CONFIG)
    schedule("install", "--cron", "--yes", "--config", str(gone))
    gone.unlink()
    assert schedule("remove", "--yes", "--config", str(gone)).code == 0
    assert tools.crontab == ""


def test_help_tells_how_a_schedule_is_written(schedule: Schedule) -> None:
    assert "schedule = daily 03:00" in schedule("--help").out
    assert "--print" in schedule("install", "--help").out
