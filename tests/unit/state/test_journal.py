import os
import sqlite3
import stat
from pathlib import Path

import pytest

from kodokeep.errors import StateUnusable
from kodokeep.model.alert import AlertKind
from kodokeep.model.record import Attempt
from kodokeep.state import journal
from kodokeep.state.journal import Journal


def test_an_attempt_is_on_record_from_its_beginning_on(tmp_path: Path) -> None:
    kept = Journal(tmp_path / "state")
    number = kept.begin("photos", 100.0, scheduled=True)
    assert kept.attempts("photos", 5) == [Attempt(100.0, scheduled=True)]
    kept.end(number, 130.0, 6, error="no answer")
    assert Journal(tmp_path / "state").attempts("photos", 5) == [
        Attempt(100.0, scheduled=True, ended_s=130.0, exit=6, error="no answer")
    ]


def test_the_last_success_is_found_behind_failures_and_other_pairs(tmp_path: Path) -> None:
    kept = Journal(tmp_path)
    for pair, started_s, code in (("photos", 1.0, 0), ("photos", 2.0, 0), ("photos", 3.0, 3), ("videos", 4.0, 0)):
        kept.end(kept.begin(pair, started_s, scheduled=False), started_s + 1, code, run="r")
    kept.begin("photos", 5.0, scheduled=False)
    success = kept.last_success("photos")
    assert success is not None
    assert success.started_s == 2.0
    assert kept.last_success("letters") is None


def test_old_attempts_are_forgotten_pair_by_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT_ATTEMPTS", 3)
    kept = Journal(tmp_path)
    kept.begin("videos", 0.0, scheduled=False)
    for started_s in range(10):
        kept.begin("photos", float(started_s), scheduled=False)
    assert [attempt.started_s for attempt in kept.attempts("photos", 100)] == [9.0, 8.0, 7.0]
    assert len(kept.attempts("videos", 100)) == 1


def test_a_pair_is_known_since_it_was_asked_for_first(tmp_path: Path) -> None:
    assert Journal(tmp_path).known_since("photos", 100.0) == 100.0
    assert Journal(tmp_path).known_since("photos", 200.0) == 100.0
    assert Journal(tmp_path).known_since("videos", 300.0) == 300.0
    assert Journal(tmp_path).known_since("videos", 50.0) == 50.0, "the clock had been ahead"
    assert Journal(tmp_path).known_since("videos", 400.0) == 50.0


def test_the_last_success_is_not_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT_ATTEMPTS", 3)
    kept = Journal(tmp_path)
    for started_s in range(10):
        kept.end(kept.begin("photos", float(started_s), scheduled=True), started_s + 0.5, 0 if started_s < 2 else 6)
    success = kept.last_success("photos")
    assert success is not None
    assert success.started_s == 1.0
    assert [attempt.started_s for attempt in kept.attempts("photos", 100)] == [9.0, 8.0, 7.0, 1.0]


def test_an_alert_is_remembered_for_each_receiver_until_it_is_settled(tmp_path: Path) -> None:
    kept = Journal(tmp_path)
    assert kept.alerted("photos", AlertKind.STALE) == {}
    kept.remember_alert("photos", AlertKind.STALE, "phone", 10.0)
    kept.remember_alert("photos", AlertKind.STALE, "phone", 20.0)
    kept.remember_alert("photos", AlertKind.STALE, "mail", 15.0)
    assert kept.alerted("photos", AlertKind.STALE) == {"phone": 20.0, "mail": 15.0}
    assert kept.alerted("photos", AlertKind.MISSED) == {}
    kept.settle_alert("photos", AlertKind.STALE)
    assert kept.alerted("photos", AlertKind.STALE) == {}


@pytest.mark.parametrize("damage", ["directory", "noise", "other"])
def test_a_journal_that_cannot_be_used_says_so(tmp_path: Path, damage: str) -> None:
    file = tmp_path / journal.FILE_NAME
    if damage == "directory":
        file.mkdir()
    elif damage == "noise":
        file.write_bytes(b"noise" * 1000)
    else:
        sqlite3.connect(file).execute("CREATE TABLE attempts (other)").connection.close()
    with pytest.raises(StateUnusable, match=r"journal\.db cannot be used"):
        Journal(tmp_path).begin("photos", 1.0, scheduled=True)


def test_nobody_else_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    before = os.umask(0)
    try:
        Journal(tmp_path / "state").begin("photos", 1.0, scheduled=False)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "state").iterdir()} == {0o600}
