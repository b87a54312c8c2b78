"""What docs/schedule.md shows is what is printed."""

import re
from pathlib import Path

import pytest

from kodokeep.planning.timetable import crons
from kodokeep.schedule import crontab
from kodokeep.schedule.steps import EditCrontab, shown
from tests.unit.schedule.samples import job, timers

PAGE = (Path(__file__).parents[3] / "docs" / "schedule.md").read_text(encoding="utf-8")
WRITTEN = re.findall(r"^\| (`[^|]+) \|", PAGE, re.MULTILINE)


def test_the_crontab_is_as_shown() -> None:
    told = timers(job(), config="/srv/config.ini", program="/opt/kodokeep/bin/kodokeep")
    lines = shown([EditCrontab(told.config, crontab.block(told.config, crontab.lines_of(told)))])
    assert "".join(f"    {line}\n" for line in lines) in PAGE


@pytest.mark.parametrize("written", [text for cell in WRITTEN[1:] for text in re.findall("`([^`]+)`", cell)])
def test_a_schedule_of_the_table_can_be_written(written: str) -> None:
    assert crons(written)
