"""Lines of a crontab, and sh reading them."""

import re
import subprocess
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.errors import TimersUnusable
from kodokeep.schedule import crontab
from tests.unit.schedule.samples import CONFIG, PROGRAM, job, timers

FOREIGN = '# mine\nMAILTO=""\n\n0 1 * * *  echo 100\\% \n@reboot\ttrue\n'
ENTRY = re.compile(r"^(?:@reboot|\S+ \S+ \S+ \S+ \S+) (?P<command>.*)$")


def commands(lines: str) -> list[str]:
    """What cron gives to sh: everything up to a bare %, and \\% as %."""
    entries = [found["command"] for line in lines.splitlines() if (found := ENTRY.match(line)) and line[0] != "#"]
    return [re.split(r"(?<!\\)%", entry)[0].replace("\\%", "%") for entry in entries]


def test_the_lines_of_a_config() -> None:
    told = timers(job(), job("videos", "daily 04:00, 16:30", "Asia/Shanghai"))
    assert crontab.block(CONFIG, crontab.lines_of(told)).splitlines() == [
        f"# BEGIN kodokeep {CONFIG} (written by kodokeep schedule install)",
        "# photos: daily 03:00",
        f"0 3 * * * {PROGRAM} --config {CONFIG} run photos --scheduled --quiet",
        "# videos: daily 04:00, 16:30 Asia/Shanghai",
        f"0 20 * * * {PROGRAM} --config {CONFIG} run videos --scheduled --quiet",
        f"30 8 * * * {PROGRAM} --config {CONFIG} run videos --scheduled --quiet",
        f"@reboot {PROGRAM} --config {CONFIG} run --due --scheduled --quiet",
        f"# END kodokeep {CONFIG}",
    ]


def test_what_this_clock_cannot_tell_exactly_is_looked_at_more_often() -> None:
    lines = crontab.lines_of(timers(job(written="daily 03:00", zone="Europe/Berlin"), local=UTC))["photos"]
    assert lines.splitlines() == [
        "# photos: daily 03:00 Europe/Berlin; looks more often, and runs when it is due",
        f"0 1,2 * * * {PROGRAM} --config {CONFIG} run photos --scheduled --due --quiet",
    ]


def test_sh_gets_odd_paths_as_they_are(tmp_path: Path) -> None:
    odd = tmp_path / "100% $HOME 备份 'x\" `true` *"
    odd.mkdir()
    program = odd / "kodokeep"
    program.write_text('#!/bin/sh\nprintf "%s\\0" "$XDG_STATE_HOME" "$@"\n')
    program.chmod(0o755)
    config = str(odd / "config.ini")
    told = timers(config=config, program=str(program), variables={"XDG_STATE_HOME": str(odd)})
    ran, caught_up = (
        subprocess.run(["/usr/bin/env", "-i", "/bin/sh", "-c", each], capture_output=True, check=True).stdout.decode()
        for each in commands("".join(crontab.lines_of(told).values()))
    )
    assert ran.split("\0")[:-1] == [str(odd), "--config", config, "run", "photos", "--scheduled", "--quiet"]
    assert caught_up.split("\0")[:-1] == [str(odd), "--config", config, "run", "--due", "--scheduled", "--quiet"]


@pytest.mark.parametrize("config", ["/srv/a\\b.ini", "/srv/a\nb.ini", "/srv/a\tb.ini"])
def test_paths_that_crons_read_differently_are_refused(config: str) -> None:
    with pytest.raises(TimersUnusable, match="cron cannot be told of a path with a backslash or a control character"):
        crontab.lines_of(timers(config=config))


def test_a_line_that_is_too_long_is_refused_before_cron_does() -> None:
    with pytest.raises(TimersUnusable, match="cron takes no command of more than 998 bytes"):
        crontab.lines_of(timers(config="/srv/" + "a/" * 500))


def test_our_lines_stand_before_the_others_and_leave_them_alone() -> None:
    block = crontab.block(CONFIG, crontab.lines_of(timers()))
    once = crontab.replaced(FOREIGN, CONFIG, block)
    assert once == block + FOREIGN
    assert crontab.replaced(once, CONFIG, block) == once
    assert crontab.replaced(once, CONFIG, "") == FOREIGN


def test_a_block_that_a_person_moved_stays_where_it_is() -> None:
    block = crontab.block(CONFIG, crontab.lines_of(timers()))
    other = crontab.block(CONFIG, crontab.lines_of(timers(job(written="hourly"))))
    assert crontab.replaced(FOREIGN + block + FOREIGN, CONFIG, other) == FOREIGN + other + FOREIGN


def test_configs_do_not_touch_each_other() -> None:
    mine, others = (crontab.block(each, crontab.lines_of(timers(config=each))) for each in (CONFIG, CONFIG + "2"))
    both = crontab.replaced(crontab.replaced("", CONFIG, mine), CONFIG + "2", others)
    assert crontab.read(both, CONFIG) == crontab.lines_of(timers())
    assert crontab.replaced(both, CONFIG, "") == others


def test_what_was_written_is_read_back() -> None:
    told = timers(job(), job("videos", "every 15m"), job("old.docs", "0 3 1 * 1"))
    lines = crontab.lines_of(told)
    assert crontab.read(FOREIGN + crontab.block(CONFIG, lines), CONFIG) == lines
    assert crontab.read(FOREIGN, CONFIG) == {}
    assert crontab.block(CONFIG, {}) == ""


@pytest.mark.parametrize("lost", [0, -1])
def test_a_block_that_lost_a_mark_is_not_guessed_at(lost: int) -> None:
    lines = crontab.block(CONFIG, crontab.lines_of(timers())).splitlines(keepends=True)
    del lines[lost]
    with pytest.raises(TimersUnusable, match="the crontab has lines of") as caught:
        crontab.replaced(FOREIGN + "".join(lines) + FOREIGN, CONFIG, "")
    assert "crontab -e" in caught.value.hint


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_any_other_lines_come_through(foreign: list[str]) -> None:
    text = "".join(f"{line}\n" for line in foreign)
    block = crontab.block(CONFIG, crontab.lines_of(timers()))
    assert crontab.replaced(crontab.replaced(text, CONFIG, block), CONFIG, "") == text
