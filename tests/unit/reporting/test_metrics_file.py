"""The metrics file may lie where others write, too."""

import os
import stat
from pathlib import Path

import pytest

from kodokeep.errors import ConfigError
from kodokeep.reporting.metrics import write_metrics


def write(file: Path) -> None:
    write_metrics(file, "/etc/kodokeep.ini", list)


def test_a_pipe_that_somebody_put_there_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "kodokeep.prom")
    with pytest.raises(ConfigError, match="was not written by kodokeep; expected a file of its own"):
        write(tmp_path / "kodokeep.prom")


def test_others_may_read_the_metrics_and_not_hold_them_up(tmp_path: Path) -> None:
    write(tmp_path / "kodokeep.prom")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {"kodokeep.prom": 0o644, ".kodokeep.prom.lock": 0o600}


@pytest.mark.parametrize("name", ["kodokeep.prom", ".kodokeep.prom.lock"])
def test_what_a_link_leads_to_is_not_touched(tmp_path: Path, name: str) -> None:
    other = tmp_path / "precious"
    other.write_text("precious")
    (tmp_path / name).symlink_to(other)
    with pytest.raises(ConfigError):
        write(tmp_path / "kodokeep.prom")
    assert other.read_text() == "precious"
