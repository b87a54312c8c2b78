"""What the doctor tells of timers, by how a pair stands with those of the machine."""

from datetime import UTC, datetime

import pytest

from kodokeep.cli.doctor_timers import _told
from kodokeep.model.finding import Level
from kodokeep.model.schedule import Schedule
from kodokeep.schedule.install import Kept, KeptPair
from kodokeep.schedule.jobs import Job

GOOD = Kept("systemd of user 1000", "/units/a.timer", current=True, running=True)
OLD = Kept("systemd of user 1000", "/units/a.timer", current=False, running=True)
ASLEEP = Kept("cron", "crontab", current=True, running=False)


@pytest.mark.parametrize(
    ("kept", "level", "told"),
    [
        ((GOOD,), Level.OK, "kept by systemd"),
        ((), Level.WARNING, "none of this machine"),
        ((GOOD, ASLEEP), Level.WARNING, "twice: by systemd of user 1000 and by cron"),
        ((OLD,), Level.WARNING, "not as the config says now"),
        ((ASLEEP,), Level.WARNING, "does not run"),
    ],
)
def test_a_pair_with_a_schedule(kept: tuple[Kept, ...], level: Level, told: str) -> None:
    job = Job("photos", Schedule("daily", ("0 3 * * *",)))
    kept_pair = KeptPair(job, datetime(2026, 11, 26, 3, tzinfo=UTC), kept)
    (finding,) = _told(kept_pair, "kodokeep schedule install", "kodokeep serve")
    assert finding.level is level
    assert told in finding.detail
    assert ("schedule install" in finding.mend) is (level is Level.WARNING)
