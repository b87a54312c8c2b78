"""What every timer of a config is told."""

import os
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path

import pytest

from kodokeep.config.load import from_text
from kodokeep.schedule.jobs import Timers, own_program, timers_of, unscheduled

FILE = Path("/home/ann/config.ini")
TWO = "[bucket:photos]\nfolder = /a\nschedule = daily\n[bucket:videos]\nfolder = /b\n"


def read(text: str, env: Mapping[str, str] | None = None) -> Timers:
    return timers_of(from_text(text, FILE), "/usr/bin/kodokeep", UTC, env or {})


def test_only_pairs_with_a_schedule_have_timers() -> None:
    assert [job.name for job in read(TWO).jobs] == ["photos"]
    assert [pair.name for pair in unscheduled(from_text(TWO, FILE))] == ["videos"]


def test_a_relative_config_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = timers_of(from_text(TWO, Path("config.ini")), "/usr/bin/kodokeep", UTC, {})
    assert told.config == f"{tmp_path}/config.ini"


def test_pairs_of_two_configs_may_have_the_same_name() -> None:
    one, other = (timers_of(from_text(TWO, Path(f"/{name}/config.ini")), "/k", UTC, {}) for name in ("a", "b"))
    assert one.label("photos") != other.label("photos")
    assert one.label("photos") == f"kodokeep-photos-{one.digest}"


def test_a_timer_knows_where_state_is_kept_and_nothing_else_of_the_environment() -> None:
    env = {"XDG_STATE_HOME": "/s", "XDG_CONFIG_HOME": "", "QINIU_SECRET_KEY": "secret", "PATH": "/bin"}
    assert read(TWO, env).variables == {"XDG_STATE_HOME": "/s"}


@pytest.mark.parametrize(
    ("account", "credential"),
    [
        ("[account]", "kodokeep-passphrase"),
        ("[account]\ncredentials_file = /k.age", "kodokeep-passphrase"),
        ("[account]\npassphrase_file = /p", None),
        ("[account]\npassphrase_command = pass show x", None),
        ("[account]\ncredentials_command = pass show x", None),
        ("[account]\naccess_key_command = a\nsecret_key_command = b", None),
    ],
)
def test_a_passphrase_is_brought_only_to_whom_it_may_help(account: str, credential: str | None) -> None:
    (job,) = read(f"{account}\n{TWO}").jobs
    assert job.credential == credential


def test_an_account_with_a_name_has_a_passphrase_with_that_name() -> None:
    (job,) = read(f"[account:work]\n{TWO}account = work\n[defaults]\naccount = work\n").jobs
    assert job.credential == "kodokeep-passphrase-work"


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        (TWO, False),
        ("[account]\npassphrase_command = pass\n" + TWO, True),
        (TWO + "on_failure = mail me\n", True),
        (TWO + "[notify:me]\nurl_command = pass\n", True),
        (TWO + "[notify:me]\nurl = json://localhost\n", False),
    ],
)
def test_whether_a_config_runs_commands_is_known(text: str, runs: bool) -> None:
    assert read(text).runs_commands is runs


def test_a_run_writes_to_its_folder_its_state_and_the_metrics() -> None:
    (job,) = read("[metrics]\nfile = /m/kodokeep.prom\n" + TWO.replace("daily", "daily\nstate_dir = /s")).jobs
    assert job.writes == ("/a", "/s", "/m")


def test_the_program_is_the_one_of_this_interpreter() -> None:
    program = Path(own_program())
    assert program.is_absolute()
    assert program.name == "kodokeep"
    assert os.access(program, os.X_OK)
