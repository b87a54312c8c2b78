import os
import subprocess
import sys
from pathlib import Path

import pytest

from kodokeep.cli import main
from kodokeep.cli.session import Session
from tests.unit.cli.conftest import TWO_PAIRS, Kodokeep
from tests.unit.cli.fake_engine import FakeEngine


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["run", "-h"], ["ls", "--help"]])
def test_help_needs_no_config(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv, Session(env={})) == 0
    out, err = capsys.readouterr()
    assert "kodokeep" in out
    assert err == ""


@pytest.mark.parametrize("argv", [["nope"], ["run", "--nope"], ["runs", "-n", "0"], []])
def test_usage_errors(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv, Session(env={})) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Usage: kodokeep" in err


def test_a_config_error_is_one_message_with_a_hint(kodokeep: Kodokeep) -> None:
    ended = kodokeep("run", config="[bucket:a]\nfolder = /a\nguard_percent = lots\n[bucket:b]\n")
    assert (ended.code, ended.out) == (2, "")
    first, second = ended.err.splitlines()
    assert first.startswith("kodokeep: /")
    assert first.endswith('config.ini: [bucket:a] guard_percent = "lots": expected a number from 0 to 100')
    assert second.endswith("[bucket:b] folder is missing: expected for example folder = ~/backup/photos")


@pytest.mark.parametrize("argv", [["run", "--json"], ["ls", "nope", "--json"], ["status", "--json", "--nope"]])
def test_with_json_errors_are_a_line_of_json_too(kodokeep: Kodokeep, argv: list[str]) -> None:
    ended = kodokeep(*argv, config="[bucket:a]\n" if argv[0] == "run" else TWO_PAIRS)
    (told,) = ended.json
    assert (told["event"], told["exit"]) == ("error", 2)
    assert told["message"]


def test_a_bug_is_saved_for_its_owner_only(kodokeep: Kodokeep, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(errors={"photos": ZeroDivisionError("oops")})
    ended = kodokeep("status", engine=engine)
    assert (ended.code, ended.out) == (1, "")
    assert "Traceback" not in ended.err
    report = Path(ended.err.strip().rpartition(" with ")[2])
    assert "ZeroDivisionError: oops" in report.read_text(encoding="utf-8")
    assert report.stat().st_mode & 0o077 == 0


def test_a_bug_that_cannot_be_saved_is_shown(kodokeep: Kodokeep, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    ended = kodokeep("status", engine=FakeEngine(errors={"photos": ZeroDivisionError("oops")}))
    assert ended.code == 1
    assert "ZeroDivisionError: oops" in ended.err


def test_ctrl_c_outside_of_a_run(kodokeep: Kodokeep) -> None:
    assert kodokeep("status", engine=FakeEngine(errors={"photos": KeyboardInterrupt()})).code == 130


SCRIPT = """
import sys
from kodokeep.cli import main
from kodokeep.cli.session import Session
from tests.unit.cli.fake_engine import FakeEngine, synced
engine = FakeEngine(entries=[synced(f"key {number}") for number in range(100_000)])
keys = {"QINIU_ACCESS_KEY": "ak", "QINIU_SECRET_KEY": "sk"}
sys.exit(main(sys.argv[1:], Session(engine=lambda: engine, env=keys)))
"""


def start(config: Path, *argv: str, stdout: int, stderr: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", SCRIPT, "--config", str(config), *argv]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm", "COLUMNS": "100"}
    env.pop("NO_COLOR", None)
    return subprocess.Popen(command, stdout=stdout, stderr=stderr, env=env)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.ini"
    file.write_text("[bucket:photos]\nfolder = /backup/photos\n")
    return file


def test_a_reader_that_has_enough_is_no_error(config: Path) -> None:
    with start(config, "ls", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().endswith(b"key 0\n")
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("argv", [["ls"], ["ls", "--json"]])
def test_a_full_disk_behind_stdout_is_no_bug_and_no_crash_report(config: Path, argv: list[str]) -> None:
    with Path("/dev/full").open("wb") as full, start(config, *argv, stdout=full.fileno()) as process:
        assert process.stderr is not None
        told = process.stderr.read().decode()
    assert told == "kodokeep: the output cannot be written: No space left on device\n"
    assert process.returncode == 1


def test_a_mistyped_command_is_told_what_it_is_near_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rum"], Session(env={})) == 2
    assert "no command 'rum'; did you mean run?" in capsys.readouterr().err


def test_a_backup_goes_on_without_a_reader(config: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with start(config, "run", "--json", stdout=writer) as process:
        os.close(writer)
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize("argv", [["run"], ["plan"]])
def test_on_a_terminal_the_data_stays_on_stdout(config: Path, argv: list[str]) -> None:
    reader, terminal = os.openpty()
    with start(config, *argv, stdout=subprocess.PIPE, stderr=terminal) as process:
        os.close(terminal)
        assert process.stdout is not None
        data = process.stdout.read().decode()
    shown = os.read(reader, 65_536).decode()
    os.close(reader)
    assert process.returncode == 0
    assert data.startswith("photos: ")
    assert "\x1b" not in data
    assert "reading the bucket and the folder" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_letters_go_out_in_utf_8(config: Path) -> None:
    config.write_text("[bucket:photos]\nfolder = /备份\n", encoding="utf-8")
    with start(config, "status", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert "/备份" in process.stdout.read().decode()


def test_letters_that_the_output_cannot_take_are_escaped(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("[bucket:photos]\nfolder = /备份\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    with (
        start(config, "status", stdout=subprocess.PIPE) as people,
        start(config, "status", "--json", stdout=subprocess.PIPE) as script,
    ):
        assert people.stdout is not None
        assert script.stdout is not None
        assert "/\\u5907\\u4efd" in people.stdout.read().decode("latin-1")
        assert "/备份" in script.stdout.read().decode()
