"""`cd /tmp && kodokeep run`, where somebody left a config: no command uses it, and nobody whom it names is told."""

from pathlib import Path

import pytest

from kodokeep.cli import main
from kodokeep.cli.session import Session
from tests.receivers import web

KEYS = {"QINIU_ACCESS_KEY": "ak", "QINIU_SECRET_KEY": "sk"}
COMMANDS = [
    "run", "run --scheduled", "plan", "status", "doctor", "serve", "login --show", "init --yes --bucket photos",
    "schedule install --print", "schedule show", "schedule remove --yes", "metrics", "runs", "ls", "logout",
]  # fmt: skip


@pytest.mark.parametrize("line", COMMANDS)
def test_no_command_uses_it(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    (tmp_path / "shared").mkdir()
    monkeypatch.chdir(tmp_path / "shared")
    file = tmp_path / "shared/config.ini"
    with web() as theirs:
        file.write_text(
            f"[account]\nuc_host = {theirs.url}\n[bucket:photos]\nfolder = {tmp_path}/taken\nschedule = daily\n"
            f"heartbeat = {theirs.url}/beat\n[notify:them]\nurl = json://127.0.0.1:{theirs.port}\non = all\n"
        )
        file.chmod(0o666)
        assert main(line.split(), Session(env=KEYS)) == 2
        assert theirs.requests == []
    assert f"{file}: not used, because everybody may write it" in capsys.readouterr().err
    assert not (tmp_path / "taken").exists()
