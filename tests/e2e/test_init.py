import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from kodokeep import cli
from kodokeep.cli.session import Session
from kodokeep.config import load
from kodokeep.model.options import Mode
from tests.e2e.kit import World
from tests.e2e.terminal import Terminal
from tests.emulator_process import Emulator

PASSPHRASE = "correct horse battery"


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
    home = {"HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
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
        terminal.answer("When", "every 7h")
        terminal.answer("[daily 03:00]", "weekly")
        terminal.answer("Install a timer", "n")
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
    assert "kodokeep: the first run:    kodokeep run photos" in screen
    for secret in (emulator.access_key, emulator.secret_key, PASSPHRASE):
        assert secret not in terminal.raw
        for file in tmp_path.rglob("*"):
            assert file.is_dir() or secret.encode() not in file.read_bytes()


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
    assert "give the pair another name" in again.err


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
