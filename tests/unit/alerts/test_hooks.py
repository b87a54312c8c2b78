import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from kodokeep.alerts import hooks
from kodokeep.alerts.delivery import NotDelivered
from kodokeep.alerts.hooks import run_hook, without_secrets
from kodokeep.model.alert import Alert, AlertKind
from kodokeep.model.summary import Summary
from tests.unit.alerts.conftest import MESSAGE

ALERT = Alert(
    AlertKind.FAILURE,
    "photos",
    "nas",
    1.8e9,
    "pics",
    "/backup/photos",
    Summary("photos", "20261122T030000Z", "sync", 6),
)
REPORT = """
import json, os, sys
told = {name: value for name, value in os.environ.items() if name.startswith(("KODOKEEP_", "QINIU"))}
json.dump([sys.argv[2:], told, json.load(sys.stdin)], open(sys.argv[1], "w"))
"""


def python(code: str, *arguments: object) -> str:
    return shlex.join([sys.executable, "-c", code, *map(str, arguments)])


def run(command: str, fields: Any = None, env: Any = None) -> None:
    run_hook(command, ALERT, MESSAGE, fields or {}, without_secrets(os.environ if env is None else env))


def test_a_hook_is_told_by_its_environment_and_by_stdin(tmp_path: Path) -> None:
    run(python(REPORT, tmp_path / "told", "two words", "$HOME;"), {"event": "failure", "exit": 6})
    arguments, told, fields = json.loads((tmp_path / "told").read_text())
    assert arguments == ["two words", "$HOME;"]
    assert told == {
        "KODOKEEP_EVENT": "failure",
        "KODOKEEP_PAIR": "photos",
        "KODOKEEP_BUCKET": "pics",
        "KODOKEEP_FOLDER": "/backup/photos",
        "KODOKEEP_RUN": "20261122T030000Z",
        "KODOKEEP_EXIT": "6",
        "KODOKEEP_TITLE": MESSAGE.title,
        "KODOKEEP_MESSAGE": MESSAGE.body,
    }
    assert fields == {"event": "failure", "exit": 6}


def test_no_key_of_any_account_gets_into_a_hook() -> None:
    env = {
        "QINIU_ACCESS_KEY": "1",
        "QINIU_SECRET_KEY": "2",
        "QINIU_SECRET_KEY_WORK": "3",
        "PHONE_URL": "4",
        "LANG": "C",
    }
    assert without_secrets(env, ["PHONE_URL"]) == {"LANG": "C"}


def test_what_a_hook_prints_is_talk_and_not_data(capfd: pytest.CaptureFixture[str]) -> None:
    run(python("print('printed')"))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "printed\n")


def test_a_hook_need_not_read() -> None:
    run(python("import os; os.close(0)"), {"much": "x" * 1_000_000})


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (python("exit(3)"), "ended with exit code 3"),
        (python("import os; os.kill(os.getpid(), 9)"), "was ended by SIGKILL"),
        ("/no/such/program --token T0KEN", "/no/such/program cannot be started: No such file or directory"),
    ],
)
def test_a_hook_that_fails_is_told_without_its_arguments(command: str, told: str) -> None:
    with pytest.raises(NotDelivered, match=told) as failed:
        run(command)
    assert "T0KEN" not in str(failed.value)


def test_a_hook_that_does_not_end_is_ended_with_what_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(hooks, "TIMEOUT_S", 1.0)
    os.mkfifo(tmp_path / "alive")
    reader = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    # The pipe has an end only when everybody who holds it open for writing is gone.
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    with pytest.raises(NotDelivered, match="did not end within 1 s"):
        run(shlex.join(["sh", "-c", f"exec 9>{tmp_path}/alive; {python(child)}"]))
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""
    os.close(reader)
