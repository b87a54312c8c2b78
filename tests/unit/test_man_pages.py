"""The manual pages beside the source: what the commands say now, and what a wheel brings along."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def texts(directory: Path) -> dict[str, str]:
    return {page.name: page.read_text(encoding="utf-8") for page in directory.iterdir()}


def test_the_pages_are_those_of_the_commands_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "kodokeep-gone.1").write_text("of a command that there is no more")
    subprocess.run([sys.executable, "-m", "tools.manpages", str(tmp_path)], cwd=ROOT, check=True)
    assert texts(ROOT / "man") == texts(tmp_path), "make man brings them up to date"


def test_a_wheel_puts_them_where_man_looks(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.iterdir()
    names = {name.partition(".data/data/")[2] for name in zipfile.ZipFile(wheel).namelist()}
    assert {f"share/man/man1/{name}" for name in texts(ROOT / "man")} <= names
