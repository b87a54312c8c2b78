"""Completion in real zsh and fish, with the scripts that `kodokeep completion` prints, installed as they say."""

import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.e2e.kit import install_program

pytestmark = pytest.mark.system

PAIRS = "[bucket:photos]\nfolder = photos\n[bucket:videos]\nfolder = videos\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a config of two pairs, a plan file, and `kodokeep` in its `bin`."""
    install_program(tmp_path / "bin")
    (tmp_path / "config.ini").write_text(PAIRS)
    (tmp_path / "today.plan").write_text("")
    return tmp_path


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    places = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
    path = f"{home}/bin:{os.environ['PATH']}"
    return places | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "dumb"}


def test_fish(home: Path, env: dict[str, str]) -> None:
    directory = home / "fish" / "completions"
    directory.mkdir(parents=True)
    subprocess.run(f"kodokeep completion fish > {directory}/kodokeep.fish", shell=True, env=env, check=True)

    def completed(line: str) -> list[str]:
        done = subprocess.run(
            ["fish", "-c", f"complete -C '{line}'"], cwd=home, env=env, capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        return [each.partition("\t")[0] for each in done.stdout.splitlines()]

    assert completed("kodokeep run ") == ["photos", "videos"]
    assert completed("kodokeep statu") == ["status"]
    assert "today.plan" in completed("kodokeep apply to")


def test_zsh(home: Path, env: dict[str, str]) -> None:
    subprocess.run("kodokeep completion zsh > ~/.kodokeep.zsh", shell=True, env=env, check=True)
    (home / ".zshrc").write_text("PS1='$ '\nautoload -Uz compinit; compinit -u; source ~/.kodokeep.zsh\n")
    with pexpect.spawn("zsh", ["-i"], cwd=home, env=env, encoding="utf-8") as zsh:
        zsh.sendline('echo rea""dy')
        zsh.expect("ready\r\n")
        for typed, shown in (("status vi", "deos"), ("run pho", "tos"), ("statu", "s"), ("apply to", "day.plan")):
            zsh.send(f"kodokeep {typed}\t")
            zsh.expect_exact(typed)
            zsh.expect_exact(shown)
            zsh.send("\x15")
