"""The official Node SDK, unmodified: each test file runs in Node's own runner against an emulator of its own.

Node comes from the virtual environment and the SDK from package-lock.json; `make test` installs both.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emulator_process import Emulator

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.test.js"))
NODE = Path(sys.executable).parent / "node"
PASSED = re.compile(r"^ok \d+ - (?!.*\.test\.js$)", re.MULTILINE)
"""A test that passed; the runner counts a file without tests as one, by the name of the file."""


def test_the_lock_names_hashes_and_no_hosts() -> None:
    text = (HERE / "package-lock.json").read_text()
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []
    assert "://" not in text


@pytest.mark.parametrize("file", FILES, ids=[path.name.removesuffix(".test.js") for path in FILES])
def test_file(file: Path, tmp_path: Path) -> None:
    assert NODE.exists(), "make installs it from requirements/dev.txt"
    assert (HERE / "node_modules" / "qiniu").is_dir(), "make installs it from package-lock.json"
    with Emulator("pub", "priv:private") as emulator:
        done = subprocess.run(
            [NODE, "--test", "--test-isolation=none", "--test-reporter=tap", file],
            env={"TMPDIR": str(tmp_path), "HOME": str(tmp_path), **_settings(emulator)},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert PASSED.search(done.stdout), f"no test ran:\n{done.stdout}"


def _settings(emulator: Emulator) -> dict[str, str]:
    return {
        "KODO_UC": emulator.uc.removeprefix("http://"),
        "KODO_ACCESS_KEY": emulator.access_key,
        "KODO_SECRET_KEY": emulator.secret_key,
        "KODO_PUBLIC_DOMAIN": emulator.domain("pub"),
        "KODO_PUBLIC_SOURCE": emulator.io_src("pub"),
        "KODO_PRIVATE_DOMAIN": emulator.domain("priv"),
        "KODO_PRIVATE_SOURCE": emulator.io_src("priv"),
    }
