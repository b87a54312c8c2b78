import os
import signal
from pathlib import Path

import pytest

from kodokeep.model.action import ActionKind, Reason
from kodokeep.model.event import (
    ActionFinished,
    Event,
    GuardKind,
    GuardTripped,
    Notice,
    NoticeKind,
    Planned,
    Transferring,
)
from kodokeep.model.outcome import Outcome, OutcomeKind
from tests.unit.cli.conftest import Kodokeep, with_config
from tests.unit.cli.fake_engine import RUN, FakeEngine, action

ONE_PAIR = "[bucket:photos]\nfolder = /backup/photos\n"
NEW = action(ActionKind.DOWNLOAD, "a/new.jpg", Reason.NEW)
BAD = action(ActionKind.REPLACE, "a/bad\x1b[2J.jpg", Reason.CHANGED)
GUARD = GuardTripped(GuardKind.SHARE, 40, 4096, "40", "25")
EVENTS: list[Event] = [
    Planned({ActionKind.DOWNLOAD: 1, ActionKind.REPLACE: 1}, 2048, (GUARD,)),
    Transferring(0, 2, 0, 2048),
    ActionFinished(Outcome(NEW, OutcomeKind.DONE)),
    ActionFinished(Outcome(BAD, OutcomeKind.FAILED, "the disk\nsaid no")),
    Notice(NoticeKind.ALTERED_BODY, "cdn.example.com"),
]
STABLE_NAMES = (
    "event", "name", "run", "mode", "exit", "listed", "unchanged", "touched", "adopted", "downloaded", "uploaded",
    "copied", "moved", "deleted", "archived", "conflicts", "held", "unavailable", "thawing", "stale", "failed",
    "filtered", "local_only", "remote_only", "bytes_downloaded", "bytes_uploaded", "requests", "seconds",
)  # fmt: skip
OUR_NAMES = ("kept", "walked", "error", "hint", "listed_tally", "walked_tally")
RESULT = "photos: 3 listed = 2 unchanged + 1 downloaded; 2.0 KiB in 0.5 s\n"


def test_the_result_is_data_and_all_else_is_talk(kodokeep: Kodokeep, tmp_path: Path) -> None:
    ended = kodokeep("run", engine=FakeEngine(EVENTS), config=ONE_PAIR)
    assert ended.code == 0
    assert ended.out == RESULT
    approve = f"{with_config(tmp_path)} approve photos [PREFIX…]"
    assert ended.err.splitlines() == [
        f"photos: backup of bucket photos to /backup/photos, run {RUN}",
        "photos: 1 to download, 1 to replace, 2.0 KiB to fetch; some of it is held:",
        "photos: held: 40 % of the files would change, the limit is 25 % (guard_percent)",
        "photos:       40 files (4.0 KiB) would be replaced or deleted; the rest goes on",
        f"photos:       to look: {with_config(tmp_path)} plan photos",
        f"photos:       to go on: {with_config(tmp_path)} run photos --accept-changes",
        f"photos:       or to release what the last run held, or some of it: {approve}",
        "photos: failed: a/bad\\x1b[2J.jpg: the disk\\nsaid no",
        "photos: cdn.example.com: the domain gave other bytes than the bucket lists; fetched from the origin",
    ]


def test_verbose_tells_every_action(kodokeep: Kodokeep) -> None:
    ended = kodokeep("run", "-v", engine=FakeEngine(EVENTS), config=ONE_PAIR)
    assert "photos: + a/new.jpg  1.0 KiB, new\n" in ended.err
    assert ended.out == RESULT


def test_a_run_with_nothing_to_tell_is_one_line(kodokeep: Kodokeep) -> None:
    ended = kodokeep("run", config=ONE_PAIR)
    assert (ended.out, ended.err) == (RESULT, "")
    assert (
        kodokeep("run", "-v", config=ONE_PAIR).err == f"photos: backup of bucket photos to /backup/photos, run {RUN}\n"
    )


def test_the_config_may_be_named_after_the_command(kodokeep: Kodokeep, tmp_path: Path) -> None:
    other = tmp_path / "other file.ini"
    other.write_text("[bucket:films]\nfolder = /backup/films\n", encoding="utf-8")
    engine = FakeEngine(EVENTS)
    ended = kodokeep("run", "--config", str(other), engine=engine)
    assert [asked[1] for asked in engine.asked] == ["films"]
    assert f"to look: kodokeep --config '{other}' plan films" in ended.err


def test_quiet_tells_only_errors_and_warnings(kodokeep: Kodokeep) -> None:
    quiet = kodokeep("run", "-q", engine=FakeEngine(EVENTS), config=ONE_PAIR)
    assert quiet.out == ""
    assert quiet.err.startswith("photos: held: ")
    assert "failed: " in quiet.err
    assert "a/new.jpg" not in quiet.err
    assert kodokeep("run", "-q", config=ONE_PAIR) == type(quiet)(0, "", "")


def test_json_ends_each_pair_with_its_summary(kodokeep: Kodokeep) -> None:
    ended = kodokeep("run", "--json", engine=FakeEngine(EVENTS))
    finished = [line for line in ended.json if line["event"] == "run_finished"]
    assert [line["name"] for line in finished] == ["photos", "videos"]
    assert ended.json[-1] == finished[-1]
    assert tuple(finished[0]) == STABLE_NAMES + OUR_NAMES
    events = [line["event"] for line in ended.json if line["name"] == "photos"]
    assert events == ["run_started", "planned", "guard", "action", "action", "notice", "run_finished"]
    assert ended.json[3] == {
        "event": "action", "name": "photos", "action": "download", "key": "a/new.jpg", "size_bytes": 1024,
        "reason": "new", "outcome": "done", "detail": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("exits", "code"),
    [((0, 0), 0), ((4, 3), 3), ((3, 5), 5), ((5, 6), 6), ((6, 2), 2), ((2, 1), 1), ((0, 4), 4), ((130, 1), 130)],
)
def test_the_worst_exit_code_of_several_pairs_wins(kodokeep: Kodokeep, exits: tuple[int, int], code: int) -> None:
    engine = FakeEngine(exits={"photos": exits[0], "videos": exits[1]})
    assert kodokeep("run", engine=engine).code == code
    assert [asked[1] for asked in engine.asked] == ["photos", "videos"]


def test_named_pairs_and_flags_reach_the_engine(kodokeep: Kodokeep) -> None:
    engine = FakeEngine()
    kodokeep("run", "videos", "--accept-changes", "--adopt", engine=engine)
    assert engine.asked == [("run", "videos", "ak", True, True)]
    engine.asked.clear()
    kodokeep("run", "videos", "videos", engine=engine)
    assert engine.asked == [("run", "videos", "ak", False, False)]


def test_missing_keys_of_one_account_cost_only_its_pair(kodokeep: Kodokeep) -> None:
    config = "[account:w]\n[bucket:photos]\nfolder = /p\naccount = w\n[bucket:videos]\nfolder = /v\n"
    engine = FakeEngine()
    ended = kodokeep("run", "--json", engine=engine, config=config)
    assert ended.code == 2
    assert [asked[1] for asked in engine.asked] == ["videos"]
    assert (ended.json[0]["event"], ended.json[0]["exit"]) == ("run_finished", 2)
    assert "$QINIU_ACCESS_KEY_W and $QINIU_SECRET_KEY_W are not set" in ended.json[0]["error"]
    assert ended.json[0]["hint"].startswith("kodokeep login w ")
    assert "photos: error: no keys for [account:w]" in ended.err


def test_a_bug_in_one_pair_is_saved_and_the_next_has_its_turn(
    kodokeep: Kodokeep, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = FakeEngine(errors={"photos": ZeroDivisionError("oops")})
    ended = kodokeep("run", engine=engine)
    assert ended.code == 1
    assert ended.out.splitlines()[0] == "photos: ended by an error of kodokeep itself"
    assert ended.out.splitlines()[1].startswith("videos: 3 listed")
    assert "Traceback" not in ended.err
    assert "photos: error: this is a bug: ZeroDivisionError; please report it with /" in ended.err


def test_overlapping_folders_stop_everything(kodokeep: Kodokeep, tmp_path: Path) -> None:
    engine = FakeEngine()
    config = f"[bucket:photos]\nfolder = {tmp_path}/a\n[bucket:videos]\nfolder = {tmp_path}/a/b\n"
    ended = kodokeep("run", "photos", engine=engine, config=config)
    assert (ended.code, engine.asked) == (2, [])
    assert "expected folders that are neither equal nor one inside the other" in ended.err


def test_an_unknown_name_suggests_the_nearest(kodokeep: Kodokeep) -> None:
    ended = kodokeep("run", "photo")
    assert ended.code == 2
    assert "no section [bucket:photo]" in ended.err
    assert "did you mean photos?" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_in_order_and_starts_no_further_pair(kodokeep: Kodokeep, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    engine = FakeEngine(during_run=lambda: os.kill(os.getpid(), number))
    ended = kodokeep("run", engine=engine)
    assert ended.code == 130
    assert [asked[1] for asked in engine.asked] == ["photos"]
    assert "finishing what has begun; press again to stop at once" in ended.err
    assert signal.getsignal(number) is before
