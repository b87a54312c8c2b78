import io
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from kodokeep import cli
from kodokeep.cli.session import Session
from kodokeep.config import load
from kodokeep.credentials import credentials_for
from kodokeep.model.options import Mode
from tests.e2e.kit import World
from tests.e2e.terminal import Terminal
from tests.emulator_process import Emulator
from tests.receivers import web
from tests.unit.schedule.fake_tools import FakeTools

PASSPHRASE = "correct horse battery"
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Shell:
    """Types `kodokeep init` where nobody is there to be asked, in this process."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def init(self, *arguments: str, env: Mapping[str, str], stdin: str = "") -> Ended:
        self._monkeypatch.setenv("XDG_CONFIG_HOME", str(self.home))
        self._monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = cli.main(["init", "--yes", *arguments], Session(env=env))
        said = self._capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Ended(code, said.out, said.err)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Of a person who has nothing yet."""
    return Shell(tmp_path / "home", monkeypatch, capsys)


def test_a_person_comes_from_nothing_to_a_first_plan(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)} | NO_KEYRING
    emulator = Emulator("letters:private", "photos")
    try:
        emulator.put("photos", "a/b.txt", b"content")
        folder = tmp_path / "photos"
        terminal = Terminal("init", "--uc-host", emulator.uc, env=home, cwd=tmp_path)
        terminal.answer("Access key", emulator.access_key)
        terminal.answer("Secret key", emulator.secret_key)
        terminal.answer("Passphrase for the file", PASSPHRASE)
        terminal.answer("The same again", PASSPHRASE)
        terminal.answer("Which bucket", "photo")
        terminal.answer("expected a number from 1 to 2", "2")
        terminal.answer("Which way", "")
        terminal.answer("Which folder", str(folder))
        terminal.answer("Where from", "")
        terminal.answer("[daily 03:00]", "every 7h")
        terminal.answer("[daily 03:00]", "weekly")
        terminal.answer("Enter: nobody is told", "")
        terminal.answer("Keep the passphrase there?", "n")
        terminal.answer("Shall this be done?", "n")
        terminal.answer("what the first run would do?", "y")
        assert terminal.end() == 0
    finally:
        emulator.stop()
    (pair,) = load(f"{home['HOME']}/.config/kodokeep/config.ini", {}).pairs
    assert (pair.bucket, pair.folder, pair.mode) == ("photos", str(folder), Mode.BACKUP)
    assert pair.schedule is not None
    assert pair.schedule.written == "weekly"
    assert not folder.exists()
    screen = terminal.screen
    assert "  1  letters  z0  0 objects  0 B  private" in screen
    assert "  2  photos   z0   1 object  7 B  public" in screen
    assert any(line.endswith("+ a/b.txt  7 B, new") for line in screen)
    assert "kodokeep: nothing was changed" in screen
    assert "kodokeep: the first run:    kodokeep run photos" in screen
    assert any(line.startswith("kodokeep: then by itself:   kodokeep schedule install") for line in screen)
    for secret in (emulator.access_key, emulator.secret_key, PASSPHRASE):
        assert secret not in terminal.raw
        assert holders(tmp_path, secret) == []


def test_enter_and_seven_words_make_a_scheduled_encrypted_alerting_backup(tmp_path: Path) -> None:
    tools = FakeTools(tmp_path)
    tools.add("crontab")
    home = {"HOME": str(tmp_path), "PATH": str(tools.directory)} | NO_KEYRING
    with Emulator("photos") as emulator, web() as receiver:
        emulator.put("photos", "a.txt", b"content")
        terminal = Terminal("init", "--uc-host", emulator.uc, env=home, cwd=tmp_path)
        terminal.answer("Access key", emulator.access_key)
        terminal.answer("Secret key", "mistyped")
        terminal.answer("Access key", emulator.access_key)
        terminal.answer("Secret key", emulator.secret_key)
        terminal.answer("Passphrase for the file", PASSPHRASE)
        terminal.answer("The same again", "mistyped")
        terminal.answer("Passphrase for the file", PASSPHRASE)
        terminal.answer("The same again", PASSPHRASE)
        for question in ("Which bucket", "Which way", "Which folder", "Where from", "[daily 03:00]"):
            terminal.answer(question, "")
        terminal.answer("Enter: nobody is told", "jsom://127.0.0.1/T0KEN")
        terminal.answer("Enter: nobody is told", receiver.channel("T0KEN"))
        for question in ("Keep the passphrase there?", "Shall this be done?", "what the first run would do?"):
            terminal.answer(question, "")
        assert terminal.end() == 0
        assert [title.partition(" (")[0] for title, _ in receiver.messages] == ["kodokeep: a test"]
        assert any("did you mean json://?" in line for line in terminal.screen)
        assert not any("✗" in line for line in terminal.screen)
        assert "timer           kept by cron" in "\n".join(terminal.screen)

        line = next(line for line in tools.crontab.splitlines() if line.startswith("0 3 * * * "))
        as_cron = ["env", "-i", *(f"{name}={home[name]}" for name in ("HOME", "PYTHON_KEYRING_BACKEND"))]
        as_cron += [f"PYTHONPATH={os.pathsep.join(sys.path)}", "sh", "-c", line.removeprefix("0 3 * * * ")]
        assert subprocess.run(as_cron, check=False).returncode == 0
        assert (tmp_path / "backup/photos/a.txt").read_bytes() == b"content"
        kept = tmp_path / ".local/state/kodokeep/passphrase"
        kept.write_text("another passphrase\n")
        assert subprocess.run(as_cron, check=False).returncode == 2
        assert receiver.messages[-1][0].startswith("kodokeep: photos: failed")
        kept.write_text(f"{PASSPHRASE}\n")
    for secret in (emulator.access_key, emulator.secret_key, PASSPHRASE, "T0KEN"):
        assert secret not in terminal.raw
    assert [holders(tmp_path, secret) for secret in (emulator.access_key, emulator.secret_key)] == [[], []]
    assert holders(tmp_path, PASSPHRASE) == [kept]
    assert holders(tmp_path, "T0KEN") == [tmp_path / ".config/kodokeep/config.ini"]
    for private in (kept, tmp_path / ".config/kodokeep/config.ini"):
        assert private.stat().st_mode & 0o777 == 0o600


def test_a_second_pair_of_a_bucket_is_asked_for_what_would_not_do(world: World, tmp_path: Path) -> None:
    world.config.write_text(f"[account]\nuc_host = {world.emulator.uc}\n[bucket:{world.bucket}]\nfolder = first\n")
    home = world.env | {"HOME": str(tmp_path), "KODOKEEP_CONFIG": str(world.config)} | NO_KEYRING
    wanted = ["init", "--bucket", world.bucket, "--mode", "backup", "--schedule", "none", "--no-doctor", "--no-plan"]
    terminal = Terminal(*wanted, "--domain", "auto", "--notify", "none", env=home, cwd=tmp_path)
    terminal.answer("is taken; which name", "")
    terminal.answer("Which folder", str(world.root / "first" / "inner"))
    terminal.answer("neither equal nor one inside the other", "")
    assert terminal.end() == 0
    assert [pair.name for pair in load(str(world.config), {}).pairs] == [world.bucket, f"{world.bucket}-2"]


def test_what_the_config_shows_as_a_comment_counts_without_the_sign(world: World, shell: Shell, tmp_path: Path) -> None:
    config = tmp_path / "new.ini"
    wanted = ["--uc-host", world.emulator.uc, "--bucket", world.bucket, "--folder", str(tmp_path / "f"), "--no-doctor"]
    assert shell.init(*wanted, env=world.env | {"KODOKEEP_CONFIG": str(config)}).code == 0
    config.write_text(re.sub(r"^#(?=\S)", "", config.read_text(), flags=re.MULTILINE))
    written = load(str(config), {})
    (pair,) = written.pairs
    assert (pair.filters.exclude, pair.transport.bandwidth is not None) == (("*.tmp",), True)
    assert pair.alerts.heartbeat.success == "https://hc-ping.com/UUID"
    assert [channel.url for channel in written.channels] == ["dingtalk://TOKEN"]


def test_a_place_where_no_config_can_be_is_told_before_anything_is_asked(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    world.emulator.clear_log()
    done = shell.init("--bucket", "x", env=world.env | {"KODOKEEP_CONFIG": str(tmp_path / "taken" / "config.ini")})
    assert (done.code, world.emulator.log()) == (2, [])
    assert f"{tmp_path / 'taken'} is no directory" in done.err


def holders(root: Path, secret: str) -> list[Path]:
    """The files in which a secret stands."""
    return [file for file in root.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]


def test_ctrl_c_at_any_question_leaves_no_config(world: World, tmp_path: Path) -> None:
    answers = [
        ("Which bucket", world.bucket),
        ("Which way", ""),
        ("Where from", ""),
        ("[daily 03:00]", ""),
        ("nobody is told", ""),
    ]
    for number, (question, _) in enumerate(answers):
        home = world.env | {"HOME": str(tmp_path)} | NO_KEYRING
        wanted = ["init", "--uc-host", world.emulator.uc, "--folder", str(tmp_path / "f")]
        terminal = Terminal(*wanted, env=home, cwd=tmp_path)
        for before in answers[:number]:
            terminal.answer(*before)
        terminal.interrupt(question)
        assert terminal.end() == 130
        assert "Traceback" not in terminal.raw
        assert not (tmp_path / ".config").exists()


def test_it_works_with_nobody_there(world: World, shell: Shell, tmp_path: Path) -> None:
    world.put("a", b"1")
    config, folder = tmp_path / "etc" / "kodokeep.ini", tmp_path / "kept"
    wanted = ["--uc-host", world.emulator.uc, "--bucket", world.bucket, "--name", "mine", "--plan"]
    env = world.env | {"KODOKEEP_CONFIG": str(config)}
    done = shell.init(*wanted, "--folder", str(folder), "--schedule", "daily 4:30", env=env)
    assert done.code == 0, done.err
    (pair,) = load(str(config), {}).pairs
    assert (pair.name, pair.bucket, pair.folder) == ("mine", world.bucket, str(folder))
    assert "1 listed" in done.out
    assert "$QINIU_SECRET_KEY" in done.err
    assert world.emulator.secret_key not in done.out + done.err


def test_keys_may_come_on_stdin_and_are_kept(world: World, shell: Shell, tmp_path: Path) -> None:
    keys = f"{world.emulator.access_key}\n{world.emulator.secret_key}\n{PASSPHRASE}\n"
    wanted = ["--uc-host", world.emulator.uc, "--bucket", world.bucket, "--folder", str(tmp_path / "f")]
    done = shell.init(*wanted, "--store", "file", "--no-doctor", env={}, stdin=keys)
    assert done.code == 0, done.err
    (sealed,) = shell.home.rglob("*.age")
    assert sealed.stat().st_mode & 0o777 == 0o600


def test_unattended_runs_and_whom_to_tell_may_be_set_up_by_options(world: World, shell: Shell, tmp_path: Path) -> None:
    keys = f"{world.emulator.access_key}\n{world.emulator.secret_key}\n{PASSPHRASE}\n"
    passphrase, url = tmp_path / "secrets" / "passphrase", tmp_path / "url"
    url.write_text("https://oapi.dingtalk.com/robot/send?access_token=T0KEN\n")
    wanted = ["--uc-host", world.emulator.uc, "--bucket", world.bucket, "--folder", str(tmp_path / "f")]
    wanted += ["--no-doctor", "--schedule", "weekly", "--passphrase-file", str(passphrase), "--notify", str(url)]
    config = tmp_path / "kodokeep.ini"
    env = {"KODOKEEP_CONFIG": str(config)}
    done = shell.init(*wanted, env=env, stdin=keys)
    assert done.code == 0, done.err
    assert (passphrase.read_text(), passphrase.stat().st_mode & 0o777) == (f"{PASSPHRASE}\n", 0o600)
    written = load(str(config), {})
    assert written.accounts[""].passphrase_file == str(passphrase)
    assert [channel.url for channel in written.channels] == ["dingtalk://T0KEN"]
    assert "T0KEN" not in done.out + done.err
    found = credentials_for(written.accounts[""], {})
    assert found.secret_key == world.emulator.secret_key


def test_a_heartbeat_joins_a_pair_of_a_config_that_nobody_else_can_read(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    world.config.write_text(f"[account]\nuc_host = {world.emulator.uc}\n[bucket:first]\nfolder = first\n")
    world.config.chmod(0o644)
    url = tmp_path / "url"
    url.write_text("https://hc-ping.com/T0KEN")
    env = world.env | {"KODOKEEP_CONFIG": str(world.config)}
    wanted = ["--bucket", world.bucket, "--no-doctor", "--folder", str(tmp_path / "f"), "--notify", str(url)]
    refused = shell.init(*wanted, env=env)
    assert refused.code == 2
    assert f"chmod 600 {world.config}" in refused.err
    world.config.chmod(0o600)
    assert shell.init(*wanted, env=env).code == 0
    first, second = load(str(world.config), {}).pairs
    assert (first.alerts.heartbeat.success, second.alerts.heartbeat.success) == (None, "https://hc-ping.com/T0KEN")


def test_a_second_pair_joins_the_first(world: World, shell: Shell, tmp_path: Path) -> None:
    world.config.write_text(f"# mine\n[account]\nuc_host = {world.emulator.uc}\n[bucket:first]\nfolder = first\n")
    env = world.env | {"KODOKEEP_CONFIG": str(world.config)}
    wanted = ["--bucket", world.bucket, "--no-doctor", "--folder"]
    inside = shell.init(*wanted, str(world.root / "first" / "inner"), env=env)
    assert inside.code == 2
    assert "neither equal nor one inside the other" in inside.err
    assert len(load(str(world.config), {}).pairs) == 1
    done = shell.init(*wanted, str(tmp_path / "second"), env=env)
    assert done.code == 0, done.err
    assert world.config.read_text().startswith("# mine\n")
    assert [pair.name for pair in load(str(world.config), {}).pairs] == ["first", world.bucket]
    again = shell.init(*wanted, str(tmp_path / "third"), env=env)
    assert again.code == 2
    assert "give the pair another one with --name" in again.err


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (["--folder", "f"], "expected --bucket"),
        (["--bucket", "no-such-bucket", "--folder", "f"], "no such bucket"),
        (["--bucket", "BUCKET", "--folder", "f", "--schedule", "sometimes"], '--schedule "sometimes": expected'),
        (["--bucket", "BUCKET", "--folder", "f", "--domain", "a b"], "--domain"),
        (["--bucket", "BUCKET", "--folder", "f", "--mode", "mirror"], "mirror"),
        (["--bucket", "BUCKET", "--folder", "taken"], "is a file"),
        (["--bucket", "BUCKET", "--folder", "f", "--name", "a/b"], "name"),
        (["--bucket", "BUCKET", "--folder", "f", "--notify", "ntfy://secret"], "expected a FILE with the URL"),
        (["--bucket", "BUCKET", "--folder", "f", "--notify", "taken"], "expected one line with a URL"),
        (["--bucket", "BUCKET", "--folder", "f", "--notify", "f"], "cannot be read: No such file"),
    ],
)
def test_a_wrong_answer_is_told_and_nothing_is_written(
    world: World, shell: Shell, tmp_path: Path, wanted: list[str], told: str
) -> None:
    (tmp_path / "taken").write_text("")
    config = tmp_path / "new.ini"
    env = world.env | {"KODOKEEP_CONFIG": str(config)}
    places = {"BUCKET": world.bucket, "f": str(tmp_path / "f"), "taken": str(tmp_path / "taken")}
    done = shell.init("--uc-host", world.emulator.uc, *(places.get(word, word) for word in wanted), env=env)
    assert done.code == 2
    assert told in done.err
    assert not config.exists()


def test_wrong_keys_end_it_before_anything_is_kept(world: World, shell: Shell) -> None:
    wanted = ["--uc-host", world.emulator.uc, "--bucket", world.bucket, "--store", "file"]
    keys = f"{world.emulator.access_key}\nwrong-secret-key\n{PASSPHRASE}\n"
    done = shell.init(*wanted, env={}, stdin=keys)
    assert done.code == 6
    assert "wrong-secret-key" not in done.err
    assert not shell.home.exists()


def test_another_cloud_needs_an_account_of_its_own(world: World, shell: Shell, tmp_path: Path) -> None:
    world.config.write_text("[account]\n[bucket:first]\nfolder = first\n")
    env = world.env | {"KODOKEEP_CONFIG": str(world.config)}
    wanted = ["--uc-host", world.emulator.uc, "--bucket", world.bucket, "--folder", str(tmp_path / "f"), "--no-doctor"]
    done = shell.init(*wanted, env=env)
    assert done.code == 2
    assert "without uc_host" in done.err
    assert len(load(str(world.config), {}).pairs) == 1
    keys = {f"{name}_EMU": value for name, value in world.env.items()}
    done = shell.init(*wanted, "--account", "emu", env=env | keys)
    assert done.code == 0, done.err
    first, second = load(str(world.config), {}).pairs
    assert (first.transport.uc_host, second.transport.uc_host) == (None, world.emulator.uc)
