"""The run log holds all that happened, as JSON lines, and is on the disk when `sync` returns."""

import dataclasses
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kodokeep.errors import FolderFull, FolderUnusable
from kodokeep.model.action import Action, ActionKind, Reason, Row, Standing, StandingKind
from kodokeep.model.entry import Obstacle, ObstacleKind
from kodokeep.model.event import Notice, NoticeKind, RunStarted
from kodokeep.model.outcome import Outcome, OutcomeKind
from kodokeep.model.summary import Summary, Tally
from kodokeep.reporting.runlog import JsonlRunLog
from tests.unit.state.samples import HOSTILE_KEYS, NEXT_RUN, RUN, STAMP, action, step, synced, version

STARTED = RunStarted("photos", RUN, "backup", "photo-bucket", "/home/me/photos")
METADATA = [["x-qn-meta-b", 'ü"\n'], ["x-qn-meta-a", ""]]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[JsonlRunLog]:
    log = JsonlRunLog(tmp_path / "runs", program="kodokeep 1.2")
    log.started(STARTED, {"prefix": "ü/"})
    yield log
    log.close()


def lines(log: JsonlRunLog, tmp_path: Path) -> list[dict[str, object]]:
    log.sync()
    text = (tmp_path / "runs" / f"{RUN}.jsonl").read_bytes().decode("utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def test_the_first_line_tells_what_runs(log: JsonlRunLog, tmp_path: Path) -> None:
    assert lines(log, tmp_path) == [
        {
            "event": "run_started",
            "run": RUN,
            "name": "photos",
            "mode": "backup",
            "bucket": "photo-bucket",
            "folder": "/home/me/photos",
            "program": "kodokeep 1.2",
            "settings": {"prefix": "ü/"},
        }
    ]


def test_a_step_has_all_that_a_rebuild_needs(log: JsonlRunLog, tmp_path: Path) -> None:
    log.step(step("k", 7, synced=synced("k", stamp=STAMP), version=version("k")))
    assert lines(log, tmp_path)[1] == {
        "event": "step",
        "run": RUN,
        "seq": 7,
        "action": "replace",
        "reason": "changed",
        "key": "k",
        "synced": {
            "path": "k%%",
            "size_bytes": 12,
            "remote_hash": "lhash",
            "content_hash": "Fhash",
            "put_time": 17_000_000_000_000_001,
            "mtime_ns": STAMP.mtime_ns,
            "mime": "image/png",
            "type": 1,
            "status": 1,
            "metadata": METADATA,
            "expires_s": 1_800_000_000,
            "run": RUN,
            "kept": True,
        },
        "version": {
            "location": f"history/{RUN}/k",
            "path": "k",
            "size_bytes": 11,
            "content_hash": "Fhash",
            "remote_hash": "lhash",
            "put_time": 17_000_000_000_000_001,
            "mtime_ns": 1,
            "mime": "image/png",
            "type": 1,
            "metadata": METADATA,
            "run_from": "20261115T030000Z",
            "run_to": RUN,
            "reason": "changed",
        },
        "adopted": True,
        "detail": "fine",
        "forgets": None,
        "copied": False,
        "last": True,
        "source": None,
    }


def test_a_move_names_the_key_that_it_leaves(log: JsonlRunLog, tmp_path: Path) -> None:
    moved = Action(ActionKind.MOVE, Reason.RENAMED, action("new").row, source=action("old").row)
    log.step(step("new", action=moved, forgets="old"))
    line = lines(log, tmp_path)[1]
    assert [line[name] for name in ("action", "reason", "key", "source", "forgets")] == [
        "move", "renamed", "new", "old", "old",
    ]  # fmt: skip


def test_a_step_that_ends_a_key_says_so(log: JsonlRunLog, tmp_path: Path) -> None:
    log.step(step("k", synced=None))
    log.step(step("k", synced=synced(put_time_ns=None)))
    ended, unknown = lines(log, tmp_path)[1:]
    assert (ended["synced"], ended["version"]) == (None, None)
    assert unknown["synced"]["put_time"] is None  # type: ignore[index]


def test_what_was_not_done_is_told_with_its_reason(log: JsonlRunLog, tmp_path: Path) -> None:
    log.outcome(Outcome(action("k"), OutcomeKind.FAILED, "the body differs"))
    log.standing(Standing(StandingKind.UNAVAILABLE, Reason.FROZEN, Row("ice", None, None, None)))
    log.notice(Notice(NoticeKind.THROTTLED, "up.example", "573"))
    outcome, standing, notice = lines(log, tmp_path)[1:]
    assert outcome == {
        "event": "outcome",
        "run": RUN,
        "action": "replace",
        "reason": "changed",
        "key": "k",
        "size_bytes": 11,
        "outcome": "failed",
        "detail": "the body differs",
    }
    assert standing == {
        "event": "standing", "run": RUN, "standing": "unavailable", "reason": "frozen", "key": "ice", "detail": "",
    }  # fmt: skip
    assert notice == {"event": "notice", "run": RUN, "notice": "throttled", "subject": "up.example", "detail": "573"}


def test_names_that_are_not_utf8_are_spelled_out(log: JsonlRunLog, tmp_path: Path) -> None:
    obstacle = Obstacle("k", "dir/\udcff", ObstacleKind.UNREADABLE, "no \udcfe")
    log.standing(Standing(StandingKind.BLOCKED, Reason.OBSTACLE, Row("k", None, None, None, obstacle)))
    log.notice(Notice(NoticeKind.NOT_A_KEY, "dir/\udcff", "not UTF-8"))
    standing, notice = lines(log, tmp_path)[1:]
    assert standing["detail"] == r"unreadable: dir/\udcff: no \udcfe"
    assert notice["subject"] == r"dir/\udcff"


def test_keys_of_any_characters_survive(log: JsonlRunLog, tmp_path: Path) -> None:
    keys = [*HOSTILE_KEYS, "line\nfeed", "\u2028", '"\\']
    for key in keys:
        log.step(step(key))
    assert [line["key"] for line in lines(log, tmp_path)[1:]] == keys


def test_the_last_line_has_the_whole_summary_and_is_on_the_disk(log: JsonlRunLog, tmp_path: Path) -> None:
    summary = Summary("photos", RUN, "backup", 3, listed=7, seconds=1.5, listed_tally=Tally(7, {"unchanged": 7}))
    log.finished(summary)
    last = json.loads((tmp_path / "runs" / f"{RUN}.jsonl").read_text("utf-8").splitlines()[-1])
    assert last == {"event": "run_finished", "run": RUN, "summary": dataclasses.asdict(summary)}


def test_nothing_is_written_twice_over(log: JsonlRunLog, tmp_path: Path) -> None:
    before = lines(log, tmp_path)
    other = JsonlRunLog(tmp_path / "runs", program="kodokeep 1.2")
    with pytest.raises(FolderUnusable, match=RUN):
        other.started(STARTED, {})
    assert lines(log, tmp_path) == before


def test_a_torn_log_is_not_in_the_next_runs_way(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / f"{RUN}.jsonl").write_bytes(b'{"event":"st')
    log = JsonlRunLog(tmp_path / "runs", program="kodokeep 1.2")
    log.started(dataclasses.replace(STARTED, run=NEXT_RUN), {})
    log.close()
    log.close()
    assert json.loads((tmp_path / "runs" / f"{NEXT_RUN}.jsonl").read_bytes())["run"] == NEXT_RUN


def test_sync_reaches_file_and_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced_inodes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced_inodes.append(os.fstat(descriptor).st_ino))
    log = JsonlRunLog(tmp_path / "runs", program="kodokeep 1.2")
    log.started(STARTED, {})
    log.sync()
    log.close()
    places = (tmp_path, tmp_path / "runs", tmp_path / "runs" / f"{RUN}.jsonl")
    assert synced_inodes == [place.stat().st_ino for place in places]


def test_a_full_disk_is_told(log: JsonlRunLog, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FolderFull):
        log.sync()


def test_a_last_line_without_room_is_told_once(log: JsonlRunLog, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert log._file is not None
    with Path("/dev/full").open("wb") as disk:
        os.dup2(disk.fileno(), log._file.fileno())
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FolderFull):
        log.finished(Summary("photos", RUN, "backup", 0))
    log.close()


def test_other_errors_of_the_disk_are_told_as_well(log: JsonlRunLog, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(FolderUnusable, match="Input/output error"):
        log.sync()


def test_a_log_begins_with_its_run(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        JsonlRunLog(tmp_path, program="kodokeep 1.2").sync()
