from dataclasses import replace
from pathlib import Path

import pytest

from kodokeep.model.alert import Alert, AlertKind
from kodokeep.model.event import GuardKind, GuardTripped
from kodokeep.model.summary import Summary, Tally
from kodokeep.reporting.alert_words import body, counted, title

AT_S = 1_795_608_000.0
DAY_S = 86_400.0
COMMAND = "kodokeep"


def alert(kind: AlertKind, code: int | None = None, **values: object) -> Alert:
    """About the pair `photos`, whose last success was a day ago."""
    counts = values.pop("counts", {})
    assert isinstance(counts, dict)
    summary = None if code is None else Summary("photos", "20261125T120000Z", "backup", code, **counts)
    known = Alert(kind, "photos", "nas", AT_S, "pics", "/backup/photos", summary, last_success_s=AT_S - DAY_S)
    return replace(known, **values)  # type: ignore[arg-type]


LISTED = Tally(12_345, {"unchanged": 12_300, "downloaded": 45})
DONE = {"downloaded": 45, "listed_tally": LISTED, "bytes_downloaded": 2**20, "seconds": 4.0}
SHARE = GuardTripped(GuardKind.SHARE, 400, 2**20, "40", "25")
IDENTITY = GuardTripped(GuardKind.IDENTITY, 12, 0, "missing-here", "")

ALERTS = {
    "success": alert(AlertKind.SUCCESS, 0, counts=DONE),
    "works again": alert(AlertKind.SUCCESS, 0, counts=DONE, recovered=True),
    "warnings": alert(
        AlertKind.WARNINGS,
        3,
        counts=DONE | {"failed": 2, "unavailable": 1},
        warnings=("2 objects failed; the next run tries them first", "1 object is not available in the bucket"),
        keys=("2026/a.jpg", "2026/b.jpg"),
    ),
    "failure": alert(
        AlertKind.FAILURE, 6, counts={"error": "the access key or secret key is refused", "hint": "check the keys"}
    ),
    "held": alert(AlertKind.HELD, 4, counts={"held": 400}, guards=(SHARE,)),
    "not mounted": alert(AlertKind.HELD, 4, counts={"held": 12}, guards=(IDENTITY,)),
    "missed": alert(AlertKind.MISSED, due_s=AT_S - 7200),
    "stale": alert(AlertKind.STALE, last_success_s=AT_S - 5 * DAY_S, error="no answer from rs-z0.qiniuapi.com"),
    "config": Alert(
        AlertKind.FAILURE,
        "",
        "nas",
        AT_S,
        summary=Summary("", "", "", 2),
        error="/etc/kodokeep.ini: line 7: expected [section], option = value, or # comment",
    ),
    "test": Alert(AlertKind.TEST, "", "nas", AT_S),
}


@pytest.mark.parametrize("told", ALERTS.values(), ids=ALERTS)
def test_the_page_shows_texts_as_they_are(told: Alert) -> None:
    page = (Path(__file__).parents[3] / "docs/alerts.md").read_text()
    text = "\n".join(f"    {line}".rstrip() for line in (title(told), "", *body(told, COMMAND).split("\n")))
    assert text in page


@pytest.mark.parametrize("told", ALERTS.values(), ids=ALERTS)
def test_every_text_fits_a_phone_and_names_the_bucket_and_no_key(told: Alert) -> None:
    assert len(title(told)) <= 72
    assert len(body(told, COMMAND)) <= 600
    assert ("Bucket pics, folder /backup/photos" in body(told, COMMAND)) == bool(told.pair)
    assert "2026/" not in title(told) + body(told, COMMAND)


def test_keys_are_named_where_they_may_be_and_cannot_upset_a_screen() -> None:
    told = replace(ALERTS["warnings"], keys=("2026/a.jpg", "b\x1b[2J\n.jpg"))
    assert "Failed: 2026/a.jpg, b\\x1b[2J\\n.jpg" in body(told, COMMAND, key_names=True)


def test_the_next_step_is_how_the_user_calls_kodokeep() -> None:
    text = body(ALERTS["missed"], "kodokeep --config '/etc/my config.ini'")
    assert text.endswith("Next: kodokeep --config '/etc/my config.ini' run photos")


def test_what_was_done_before_a_failure_is_told_to_be_kept() -> None:
    full = alert(AlertKind.FAILURE, 3, counts={"error": "/backup/photos: No space left on device", "downloaded": 9})
    assert "Kept safe: what was finished; the rest is as it was." in body(full, COMMAND)
    assert body(full, COMMAND).endswith("Next: kodokeep run photos")


def test_a_pair_that_never_succeeded_is_told_so() -> None:
    assert title(alert(AlertKind.STALE, last_success_s=None)) == "kodokeep: photos: no successful run yet (nas)"
    assert "No run has succeeded yet." in body(alert(AlertKind.STALE, last_success_s=None), COMMAND)


def test_what_is_held_without_a_guard_is_told_with_its_number() -> None:
    text = body(alert(AlertKind.HELD, 4, counts={"held": 3}), COMMAND)
    assert "3 changes held" in text
    assert "To look: kodokeep plan photos" in text


def test_many_guards_are_not_all_told() -> None:
    guards = tuple(replace(SHARE, prefix=f"album-{number}/") for number in range(50))
    text = body(alert(AlertKind.HELD, 4, counts={"held": 400}, guards=guards), COMMAND)
    assert "… and 93 more" in text
    assert len(text.splitlines()) < 15


def test_prefixes_and_patterns_are_told_where_keys_may_be() -> None:
    changed = GuardTripped(GuardKind.SETTINGS_CHANGED, 4, 0, "exclude: 'private/*' is now none", "")
    held = alert(AlertKind.HELD, 4, counts={"held": 400}, guards=(replace(SHARE, prefix="private/"), changed))
    assert "private" not in body(held, COMMAND)
    assert "under …: 40 % of the files" in body(held, COMMAND)
    assert "under private/: 40 % of the files" in body(held, COMMAND, key_names=True)
    assert "exclude: 'private/*' is now none" in body(held, COMMAND, key_names=True)


def test_parts_of_a_run_that_need_a_look_are_counted() -> None:
    done = Summary("photos", "r", "sync", 3, failed=2, unavailable=1, stale=1, conflicts=3)
    assert list(counted(done)) == [
        "2 objects failed; the next run tries them first",
        "1 object is not available in the bucket",
        "1 object changed meanwhile, the next run takes it",
        "3 conflicts were settled; both contents are kept",
    ]
    assert list(counted(Summary("photos", "r", "sync", 3))) == [
        "what is not any more as the plan file saw it was left alone; make a new plan"
    ]
