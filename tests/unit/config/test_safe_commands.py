"""Whoever may write a config may run commands as its user, so a file that others may write runs none."""

import os
from pathlib import Path

import pytest

from kodokeep.config import load
from kodokeep.errors import ConfigError

COMMAND = "[account]\npassphrase_command = pass show kodokeep\n[bucket:b]\nfolder = /b\n"
OTHER_USER = 65_534


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.ini"
    file.write_text(COMMAND)
    file.chmod(0o644)
    return file


def refusal(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(str(file), {})
    return caught.value.message


def test_a_file_that_only_its_user_may_write_runs_commands(file: Path) -> None:
    assert load(str(file), {}).accounts[""].passphrase_command == "pass show kodokeep"


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_one_that_others_may_write_does_not_and_can_be_mended(file: Path, mode: int) -> None:
    file.chmod(mode)
    told = refusal(file)
    assert told.startswith(
        f"{file}: [account] passphrase_command: commands are run only from a file that nobody else may"
    )
    assert told.endswith(f"others may write it: chmod go-w {file}")
    file.chmod(mode & ~0o022)
    load(str(file), {})


@pytest.mark.parametrize("option", ["on_failure = mail me", "on_stale = mail me"])
def test_commands_of_pairs_count_as_well(file: Path, option: str) -> None:
    file.write_text(f"[bucket:b]\nfolder = /b\n{option}\n")
    file.chmod(0o666)
    assert f"[bucket:b] {option.split(maxsplit=1)[0]}: commands are run only" in refusal(file)


def test_somebody_elses_file_does_not(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.getuid() == 0:
        os.chown(file, OTHER_USER, -1)
        owner = OTHER_USER
    else:
        owner = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: OTHER_USER)
    assert refusal(file).endswith(f"it belongs to user {owner}; make a copy of your own")


def test_a_link_is_as_safe_as_what_it_leads_to(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.ini"
    link.symlink_to(file)
    load(str(link), {})
    file.chmod(0o666)
    assert "others may write it" in refusal(link)


def test_a_file_without_commands_may_be_anybodys(file: Path) -> None:
    file.write_text("[bucket:b]\nfolder = /b\n")
    file.chmod(0o666)
    load(str(file), {})
