"""Whoever may write a config may run commands as its user, so a file that others may write runs none."""

import json
import os
import stat
from pathlib import Path

import pytest

from kodokeep.config import load
from kodokeep.config.rescue import rescue
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


def kept(folder: Path, mode: str) -> None:
    """The folder is one that kodokeep keeps in step with a bucket."""
    (folder / ".kodokeep").mkdir()
    (folder / ".kodokeep/identity.json").write_text(json.dumps({"bucket": "b", "mode": mode}))


@pytest.mark.parametrize("mode", ["backup", "sync"])
def test_what_may_have_come_from_a_bucket_runs_no_commands(tmp_path: Path, mode: str) -> None:
    file = tmp_path / "photos/2026/config.ini"
    file.parent.mkdir(parents=True)
    file.write_text("[bucket:b]\nfolder = /b\non_failure = notify\n")
    load(str(file), {})
    kept(tmp_path / "photos", mode)
    assert refusal(file).endswith(
        f"whoever may write to the bucket of {tmp_path}/photos, in which it lies, may write it; move it elsewhere"
    )
    found = rescue(file)
    assert found is not None
    assert found.pairs["b"].commands == {}


def test_what_is_only_published_does_not_come_from_the_bucket(file: Path, tmp_path: Path) -> None:
    kept(tmp_path, "publish")
    load(str(file), {})
    (tmp_path / ".kodokeep/identity.json").write_text("damaged")
    assert "whoever may write to the bucket" in refusal(file)


def test_the_owner_is_that_of_what_was_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may rename in the directory puts another's file there for the moment of the question."""
    file.chmod(0o666)
    innocent = file.with_name("innocent.ini")
    innocent.write_text("[bucket:b]\nfolder = /b\n")
    innocent.chmod(0o600)
    plain_fstat = os.fstat

    def swap(descriptor: int) -> os.stat_result:
        found = plain_fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and innocent.exists():
            innocent.replace(file)
        return found

    monkeypatch.setattr(os, "fstat", swap)
    assert "others may write it" in refusal(file)
