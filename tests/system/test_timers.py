"""Timers as the real programs read them: units by systemd-analyze, lines by crontab and sh."""

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kodokeep.model.schedule import Schedule
from kodokeep.planning.timetable import crons, next_due
from kodokeep.schedule.jobs import Job, Timers
from kodokeep.schedule.systemd import calendar_lines, service_unit, timer_unit
from tests.plain_crons import CHANGES
from tests.system.pair import KODOKEEP, Pair

pytestmark = pytest.mark.system

WRITTEN = (
    "hourly", "every 15m", "every 6h", "daily 03:00", "daily 01:30, 02:00, 02:30", "weekly sun 02:30",
    "monthly 28 23:59", "30 2 * * mon-fri", "*/20 0-3 * * *", "0 3 29 2,10 7", "15 2,3 */2 * 0,3", "0 0 * * *",
)  # fmt: skip
ITERATIONS = 40
SPAN = timedelta(days=3)
SCRATCH = """
mount -t tmpfs -o mode=1730,gid=$(getent group crontab | cut -d: -f3) tmpfs /var/spool/cron/crontabs
{ echo "# mine"; echo "0 1 * * * echo 100\\% "; } | crontab -
crontab -l > before
"$@" schedule install --cron --yes > shown || exit
crontab -l > installed
"$@" schedule remove --yes > removed || exit
crontab -l > after
"""


def elapses(lines: tuple[str, ...], after: datetime, local: str) -> list[datetime]:
    """When systemd says that a timer with these lines elapses, in the time that all of them were followed for."""
    found: set[datetime] = set()
    until = after + SPAN
    for line in lines:
        base = f"--base-time={after:%Y-%m-%d %H:%M:%S} UTC"
        command = ["systemd-analyze", "calendar", base, f"--iterations={ITERATIONS}", line]
        told = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, "TZ": local}
        ).stdout
        mark = r"\(in UTC\)|Next elapse|Iter\. #\d+" if local == "UTC" else r"\(in UTC\)"
        times = re.findall(rf"(?:{mark}): \w+ (\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", told)
        moments = [datetime.fromisoformat(time).replace(tzinfo=UTC) for time in times]
        if len(moments) >= ITERATIONS:
            until = min(until, moments[-1])
        found.update(moments)
    return sorted(moment for moment in found if moment <= until)


@pytest.mark.parametrize("zone", sorted(CHANGES))
@pytest.mark.parametrize("written", WRITTEN)
def test_systemd_reads_a_schedule_as_we_do(written: str, zone: str) -> None:
    schedule = Schedule(written, crons(written), zone)
    lines = calendar_lines(schedule, UTC)
    for change in CHANGES[zone]:
        after = datetime.fromisoformat(change).replace(tzinfo=UTC) - timedelta(hours=30, seconds=1)
        _compare(schedule, lines, after, "UTC")


@pytest.mark.parametrize("written", WRITTEN)
def test_systemd_reads_a_schedule_without_a_zone_as_we_do(written: str) -> None:
    schedule = Schedule(written, crons(written))
    lines = calendar_lines(schedule, ZoneInfo("Europe/Berlin"))
    for change in CHANGES["Europe/Berlin"]:
        after = datetime.fromisoformat(change).replace(tzinfo=UTC) - timedelta(hours=30, seconds=1)
        _compare(schedule, lines, after, "Europe/Berlin")


def _compare(schedule: Schedule, lines: tuple[str, ...], after: datetime, local: str) -> None:
    found = elapses(lines, after, local)
    expected, moment = [], after
    while len(expected) < len(found):
        moment = next_due(schedule, moment, ZoneInfo(local))
        expected.append(moment)
    assert found == expected
    assert found or next_due(schedule, after, ZoneInfo(local)) > after + SPAN


@pytest.mark.parametrize("runs_commands", [False, True])
@pytest.mark.parametrize("user", [None, "root"])
def test_systemd_has_nothing_against_our_units(user: str | None, runs_commands: bool, tmp_path: Path) -> None:
    odd = tmp_path / "100% $HOME 备份"
    program = odd / "kodokeep"
    odd.mkdir()
    program.symlink_to("/bin/true")
    job = Job(
        "photos", Schedule("daily", crons("daily 02:30"), "Europe/Berlin"), "kodokeep-passphrase", (f"{odd}/'x\"",)
    )
    timers = Timers(f"{odd}/'x\".ini", str(program), UTC, (job,), {"XDG_STATE_HOME": f"{odd}/a\\b"}, runs_commands)
    files = [tmp_path / f"{timers.label('photos')}.{kind}" for kind in ("timer", "service")]
    files[0].write_text(timer_unit(job, UTC))
    files[1].write_text(service_unit(timers, job, user=user))
    manager = [] if user else ["--user"]
    verified = subprocess.run(
        ["systemd-analyze", "verify", *manager, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
    )
    ours = [line for line in (verified.stdout + verified.stderr).splitlines() if "kodokeep" in line]
    assert (verified.returncode, ours) == (0, [])


def test_systemd_would_have_something_against_a_wrong_unit(tmp_path: Path) -> None:
    """So that the test above can fail."""
    file = tmp_path / "kodokeep-wrong.service"
    file.write_text("[Service]\nType=oneshot\nExecStart=/nowhere/kodokeep\n")
    verified = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False)
    assert "kodokeep" in verified.stderr
    assert verified.returncode != 0


def test_crontab_takes_our_lines_and_sh_runs_them(pair: Pair, tmp_path: Path) -> None:
    """With the real crontab, on a spool of its own; what cron would start is started as cron does."""
    pair.configure(schedule="daily 03:00", time_zone="UTC")
    config = tmp_path / "my 100% config.ini"
    keys = (pair.emulator.access_key, pair.emulator.secret_key)
    commands = "".join(
        f"{name}_key_command = echo {key}\n" for name, key in zip(("access", "secret"), keys, strict=True)
    )
    config.write_text((tmp_path / "config.ini").read_text().replace("[account]\n", f"[account]\n{commands}"))
    kodokeep = [str(KODOKEEP), "--config", str(config)]
    environment = {**pair.environment, "TZ": "UTC"}
    subprocess.run(
        ["unshare", "--mount", "sh", "-ec", SCRATCH, "sh", *kodokeep], check=True, cwd=tmp_path, env=environment
    )
    before, installed, after = ((tmp_path / name).read_text() for name in ("before", "installed", "after"))
    assert installed.endswith(before)
    assert after == before
    block = installed.removesuffix(before)
    (line,) = [line for line in block.splitlines() if line.startswith("0 3 * * * ")]
    pair.put({"a.txt": b"a", "b/c.txt": b"c"})
    ran = subprocess.run(
        ["/usr/bin/env", "-i", "/bin/sh", "-c", line.removeprefix("0 3 * * * ").replace("\\%", "%")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert pair.tree() == pair.objects
