import os
import subprocess
import sys
from pathlib import Path

import pytest

from kodokeep.cli.process import utf8_environment

LISTS_OPEN_FILES = """
import os, sys
os.close(1), os.close(2)
sys.stdout = sys.stderr = None
from kodokeep.cli.process import prepare_process
prepare_process()
print("nobody hears this", flush=True)
print("nor this", file=sys.stderr, flush=True)
os.write(0, b"opened later: %d" % os.open(os.devnull, os.O_RDONLY))
"""


def test_files_opened_later_never_take_the_place_of_a_missing_stream() -> None:
    command = [sys.executable, "-c", LISTS_OPEN_FILES]
    reader, writer = os.pipe()
    subprocess.run(command, stdin=writer, check=True)
    assert int(os.read(reader, 100).split()[-1]) > 2


@pytest.mark.parametrize(
    ("env", "names", "expected"),
    [
        ({}, "utf-8", {}),
        ({"LANG": "zh_CN.GBK"}, "gbk", {"PYTHONUTF8": "1", "PYTHONIOENCODING": "gbk:backslashreplace"}),
        ({"PYTHONUTF8": "0"}, "ascii", {"PYTHONUTF8": "1", "PYTHONIOENCODING": "gbk:backslashreplace"}),
        ({"PYTHONIOENCODING": "big5"}, "ascii", {"PYTHONUTF8": "1", "PYTHONIOENCODING": "big5"}),
        ({"PYTHONUTF8": "1"}, "ascii", {}),
    ],
)
def test_names_of_files_are_utf_8_whatever_the_locale(
    env: dict[str, str], names: str, expected: dict[str, str]
) -> None:
    assert utf8_environment(env, names, "gbk") == (env | expected if expected else {})


def test_a_locale_without_letters_still_reads_a_config_with_them(tmp_path: Path) -> None:
    config = tmp_path / "c.ini"
    config.write_text("[bucket:photos]\nfolder = /nowhere/照片\n", encoding="utf-8")
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", "import sys; from kodokeep.cli import main; sys.exit(main())"]
    done = subprocess.run([*command, "status", "--config", config], env=env, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "bucket photos to /nowhere/照片\n" in done.stdout.decode()
