"""`schedule`, `time_zone` and `jitter`: how they are written."""

from pathlib import Path

import pytest

from kodokeep.config.load import from_text
from kodokeep.errors import ConfigError
from kodokeep.model.schedule import Schedule

FILE = Path("/etc/kodokeep/config.ini")
PAIR = "[bucket:photos]\nfolder = /backup/photos\n"


def schedule(options: str, defaults: str = "") -> Schedule | None:
    (pair,) = from_text(f"[defaults]\n{defaults}\n{PAIR}{options}\n", FILE).pairs
    return pair.schedule


def complaint(options: str) -> str:
    with pytest.raises(ConfigError) as caught:
        schedule(options)
    return caught.value.message.replace(f"{FILE}: ", "")


def test_nothing_runs_by_itself_unless_it_is_told_to() -> None:
    assert schedule("") is None
    assert schedule("time_zone = Asia/Shanghai") is None


def test_a_schedule_with_everything() -> None:
    told = schedule("schedule = daily 03:00, 15:00\ntime_zone = Asia/Shanghai\njitter = 10m")
    assert told == Schedule("daily 03:00, 15:00", ("0 3 * * *", "0 15 * * *"), "Asia/Shanghai", 600)


def test_a_schedule_may_be_shared_and_a_pair_may_have_its_own() -> None:
    shared = "schedule = weekly\njitter = 1h"
    assert schedule("", shared) == Schedule("weekly", ("0 3 * * 0",), None, 3600)
    assert schedule("schedule = hourly", shared) == Schedule("hourly", ("0 * * * *",), None, 3600)


def test_a_schedule_on_several_lines_is_one() -> None:
    told = schedule("schedule = daily\n  03:00,\n  15:00")
    assert told is not None
    assert told.written == "daily 03:00, 15:00"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("schedule = sometimes", '[bucket:photos] schedule = "sometimes": expected hourly, daily 03:00,'),
        ("schedule = 61 * * * *", "or a cron expression such as 30 2 * * 1-5 (minute: 61 is not 0 to 59)"),
        ("schedule = 0 3 30 feb *", "(no such month has a day 30, so it never comes)"),
        ("schedule = 0 3 L * *", "(day of the month: L is not 1 to 31)"),
        ("time_zone = Shanghai", '[bucket:photos] time_zone = "Shanghai": expected a time zone such as Asia/Shanghai'),
        ("time_zone = ../../etc/passwd", "expected a time zone such as Asia/Shanghai"),
        ("schedule = daily\njitter = soon", '[bucket:photos] jitter = "soon": expected an age such as'),
        ("jitter = 10m", "[bucket:photos] jitter: there is no schedule that it could delay"),
    ],
)
def test_what_is_wrong_is_told_with_its_option(options: str, said: str) -> None:
    assert said in complaint(options)


@pytest.mark.parametrize(
    "options", ["schedule = weekly", "schedule = daily\nthaw_days = 1", "schedule = monthly 1 03:00\nthaw_days = 3"]
)
def test_thaws_that_could_be_over_before_the_next_run_are_refused(options: str) -> None:
    """They would be paid for each time, and nothing be fetched."""
    told = complaint(f"archived = thaw\n{options}")
    assert "[bucket:photos] archived = thaw: what is thawed can be read for thaw_days = " in told
    assert "expected a schedule with shorter gaps, such as daily" in told


@pytest.mark.parametrize(
    "options", ["schedule = daily\nthaw_days = 2", "schedule = every 6h", "schedule = 0 3 * * 0,3"]
)
def test_thaws_that_a_run_is_in_time_for_are_not(options: str) -> None:
    assert schedule(f"archived = thaw\n{options}") is not None


def test_what_is_not_thawed_may_wait_for_weeks() -> None:
    assert schedule("schedule = weekly") is not None
