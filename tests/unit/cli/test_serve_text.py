"""What `serve` says of what happens, to people and to scripts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kodokeep.cli.serve_text import EVENTS, ServeText, json_fields
from kodokeep.errors import ConfigError
from kodokeep.schedule import happenings as happened

NOW = datetime(2026, 1, 11, 19, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
NIGHT = NOW - timedelta(hours=16)
SLEPT = "this machine slept, or it was set"
AGO = "Sun 2026-01-11 03:00 UTC, 16 h 00 min ago"
TEXT = ServeText(NOW.timestamp, lambda name: ZoneInfo("Asia/Shanghai" if name == "photos" else "UTC"))


@pytest.mark.parametrize(
    ("happening", "line"),
    [
        (happened.Waiting("photos", SOON), "photos: next run Mon 2026-01-12 03:05 CST, in 5 min 00 s"),
        (happened.Waiting("photos", SOON, again=True), "photos: next try Mon 2026-01-12 03:05 CST, in 5 min 00 s"),
        (happened.Unscheduled("letters"), "letters: has no schedule and is left alone"),
        (happened.Begun("videos", NOW, NOW, late=False), "videos: begins"),
        (happened.Begun("videos", NOW, NIGHT, late=True), f"videos: was due {AGO}; begins now"),
        (happened.Queued("videos", ("a", "b")), "videos: is due, and waits for one of these to end: a, b (--at-once)"),
        (happened.Finished("videos", 6), "videos: the run ended: Kodo could not be reached or signed in to"),
        (happened.Died("videos", "the run was killed (SIGKILL)"), "videos: error: the run was killed (SIGKILL)"),
        (happened.Blocked("videos"), "videos: is due, and cannot begin until the config is mended"),
        (happened.ClockJumped(9 * 3600), f"kodokeep: the clock went on by 9 h 00 min: {SLEPT}"),
        (happened.ClockJumped(-3600.0), "kodokeep: the clock was set back by 1 h 00 min"),
        (happened.SettingsRead("/c.ini"), "kodokeep: /c.ini: read again"),
        (happened.Stopping(()), "kodokeep: ends"),
        (happened.Stopping(("a",)), "kodokeep: ends, when these have come to their end (a second signal: at once): a"),
    ],
)  # fmt: skip
def test_one_line_says_it(happening: happened.Happening, line: str) -> None:
    assert TEXT.line(happening).text == line


def test_what_a_broken_config_means_is_said() -> None:
    text = TEXT.line(happened.SettingsBroken(ConfigError("/c.ini: line 3: what?"))).text
    assert text == "kodokeep: /c.ini: line 3: what?\nno run begins until it is mended; the schedule before holds"


def test_what_goes_on_is_said_in_a_few_words() -> None:
    assert TEXT.present(happened.Present(())) == "no pair has a schedule"
    assert TEXT.present(happened.Present((), "photos", SOON)) == "next: photos, Mon 2026-01-12 03:05 CST"
    assert (
        TEXT.present(happened.Present(("letters", "videos"), "photos", SOON))
        == "at work: letters, videos; next: photos, Mon 2026-01-12 03:05 CST"
    )


def test_scripts_get_fields() -> None:
    assert json_fields(happened.Waiting("photos", SOON)) == {
        "event": "waiting", "name": "photos", "begins": "2026-01-11T19:05:00Z", "again": False,
    }  # fmt: skip
    assert json_fields(happened.SettingsBroken(ConfigError("what?", hint="that"))) == {
        "event": "config_broken", "exit": 2, "message": "what?", "hint": "that",
    }  # fmt: skip
    assert len(set(EVENTS.values())) == len(EVENTS)
