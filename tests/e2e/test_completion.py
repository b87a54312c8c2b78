"""What bash completes, with the script that `kodokeep completion bash` prints, and with real pairs and files."""

import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.e2e.kit import PROGRAM, install_program

PAIRS = "[bucket:photos]\nfolder = photos\n[bucket:photos-2024]\nfolder = other\n[bucket:videos]\nfolder = videos\n"
ASK = """
. ./completion
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_kodokeep_completion kodokeep
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script() -> str:
    """What `kodokeep completion bash` prints."""
    return subprocess.run([*PROGRAM, "completion", "bash"], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def home(tmp_path: Path, script: str) -> Path:
    """A directory with a config of three pairs, the script, and `kodokeep` in its `bin`."""
    install_program(tmp_path / "bin")
    (tmp_path / "config.ini").write_text(PAIRS)
    (tmp_path / "completion").write_text(script)
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    places = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    path = f"{home}/bin:{os.environ['PATH']}"
    return places | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "dumb", "PS1": "$ "}


def completed(home: Path, *words: str) -> list[str]:
    """What the last of these words can become; nothing may be said meanwhile."""
    line = ["bash", "--norc", "-c", ASK, "bash", "kodokeep", *words]
    done = subprocess.run(line, cwd=home, env=environment(home), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_commands_and_options(home: Path) -> None:
    assert completed(home, "ru") == ["run", "runs"]
    assert {"plan", "run", "status", "completion"} <= set(completed(home, ""))
    assert completed(home, "status", "--j") == ["--json"]
    assert completed(home, "completion", "") == ["bash", "zsh", "fish"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", ""], ["photos", "photos-2024", "videos"]),
        (["status", "pho"], ["photos", "photos-2024"]),
        (["plan", "photos", ""], ["photos-2024", "videos"]),
        (["approve", "v"], ["videos"]),
        (["approve", "videos", ""], []),
        (["ls", "v"], ["videos"]),
        (["ls", "videos", ""], []),
    ],
)
def test_names_of_pairs(home: Path, words: list[str], expected: list[str]) -> None:
    assert completed(home, *words) == expected


@pytest.mark.parametrize("before", [True, False])
def test_the_names_are_those_of_the_config_that_the_line_names(home: Path, before: bool) -> None:
    (home / "other.ini").write_text("[bucket:letters]\nfolder = letters\n")
    words = ["--config", "~/other.ini", "run", ""] if before else ["run", "--config", "~/other.ini", ""]
    assert completed(home, *words) == ["letters"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (None, []),
        ("[bucket:photos]\nnonsense = 1\nfolder =\n[nonsense]\n", ["photos"]),
        ("no section\n", []),
        (b"[bucket:\xff]\n", []),
    ],
)
def test_a_missing_or_broken_config_is_met_with_silence(
    home: Path, config: str | bytes | None, expected: list[str]
) -> None:
    file = home / "config.ini"
    file.unlink()
    if config is not None:
        file.write_bytes(config if isinstance(config, bytes) else config.encode())
    assert completed(home, "run", "") == expected


def test_files_and_what_is_typed_are_completed_at_a_prompt(home: Path) -> None:
    (home / "today.plan").write_text("")
    with pexpect.spawn("bash", ["--norc", "-i"], cwd=home, env=environment(home), encoding="utf-8") as bash:
        bash.sendline('eval "$(kodokeep completion bash)"; echo rea""dy')
        bash.expect("ready\r\n")
        for typed, shown in (("apply to", "today.plan "), ("status vi", "videos "), ("--config conf", "config.ini ")):
            bash.send(f"kodokeep {typed}\t")
            bash.expect_exact(shown)
            bash.send("\x15")  # Ctrl-U takes the line away
