import pytest

from kodokeep.alerts import delivery, heartbeats
from kodokeep.model.alert import AlertKind
from kodokeep.model.event import GuardKind, GuardTripped, Notice, NoticeKind, Planned
from kodokeep.oversight.aftermath import Aftermath
from kodokeep.pair import journal_key
from kodokeep.state.journal import FILE_NAME
from tests.receivers import HANG
from tests.unit.oversight.conftest import RUN, Bench, ended, titles
from tests.unit.oversight.events import failed

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
UNREACHED = ended(6, error="no answer from rs.qiniu.com")


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "_BACKOFF_S", 0.0)


def test_every_attempt_is_on_record_from_its_beginning_to_its_end(bench: Bench) -> None:
    bench.run(ended(0))
    bench.now_s += 60
    bench.run(UNREACHED, scheduled=True)
    newest, first = bench.memory.attempts(journal_key(bench.pair), 10)
    assert (newest.started_s, newest.exit, newest.error, newest.scheduled) == (
        bench.now_s,
        6,
        "no answer from rs.qiniu.com",
        True,
    )
    assert (first.exit, first.run, first.scheduled) == (0, RUN, False)


def test_a_failure_is_told_and_a_success_only_to_who_wants_to_hear_it(bench: Bench) -> None:
    assert bench.run(ended(0)) == []
    assert titles(bench.run(UNREACHED)) == ["photos: failed"]
    bench.configure(channel="on = success")
    bench.run(ended(0))
    assert titles(bench.run(ended(0))) == ["photos: done"]
    assert bench.run(UNREACHED) == []


def test_held_changes_are_told_with_the_guard_and_the_ways_on(bench: Bench) -> None:
    guard = GuardTripped(GuardKind.SHARE, 40, 4096, "40", "25")
    ((title, text),) = bench.run(ended(4, held=40), [Planned({}, 0, (guard,))])
    assert "held" in title
    assert "40 % of the files would change, the limit is 25 %" in text
    assert "kodokeep plan photos" in text
    assert "kodokeep run photos --accept-changes" in text


def test_what_needs_a_look_makes_a_success_a_warning(bench: Bench) -> None:
    notices = [Notice(NoticeKind.OBSTACLE, f"secret/{number}.jpg") for number in range(3)]
    ((title, text),) = bench.run(ended(0, unavailable=2), notices)
    assert title == "kodokeep: photos: done, with warnings (nas)"
    assert "2 objects are not available in the bucket" in text
    assert "3 × cannot be looked at" in text
    assert "secret" not in text


def test_what_comes_with_every_run_is_no_warning(bench: Bench) -> None:
    bench.configure(channel="on = all")
    notices = [Notice(NoticeKind.THROTTLED, "rs.qiniu.com"), Notice(NoticeKind.NO_DOMAIN, "")]
    assert titles(bench.run(ended(0), notices)) == ["photos: done"]


def test_an_interrupted_run_is_told_to_nobody_but_the_heartbeat(bench: Bench) -> None:
    command, told = bench.hook("told")
    bench.configure(f"heartbeat = {bench.receiver.url}/uuid\non_failure = {command}", "on = all")
    assert bench.run(ended(130)) == []
    assert bench.receiver.beats == ["/uuid/start", "/uuid/fail"]
    assert not told.exists()


@pytest.mark.parametrize(("code", "end"), [(0, "/uuid"), (3, "/uuid/fail"), (4, "/uuid/fail"), (6, "/uuid/fail")])
def test_the_heartbeat_is_told_of_start_and_end(bench: Bench, code: int, end: str) -> None:
    bench.configure(f"heartbeat = {bench.receiver.url}/uuid/")
    bench.run(ended(code))
    assert bench.receiver.beats == ["/uuid/start", end]


def test_each_kind_has_its_command(bench: Bench) -> None:
    command, told = bench.hook("told")
    kinds = ("success", "warnings", "failure", "held")
    bench.configure("\n".join(f"on_{kind} = {command}" for kind in kinds))
    for code in (0, 3, 6, 4):
        bench.run(ended(code))
    assert told.read_text().splitlines() == [
        "success photos 0",
        "warnings photos 3",
        "failure photos 6",
        "held photos 4",
    ]


def test_a_channel_hears_only_of_its_pairs(bench: Bench) -> None:
    bench.file.write_text(
        f"[notify:phone]\nurl = {bench.receiver.channel()}\npairs = letters\n"
        f"[bucket:photos]\nfolder = {bench.root}/1\n[bucket:letters]\nfolder = {bench.root}/2\n"
    )
    assert bench.run(UNREACHED) == []


def test_another_run_at_work_is_no_failure(bench: Bench) -> None:
    bench.configure(f"heartbeat = {bench.receiver.url}/uuid", "on = all")
    locked = ended(5, error="another run works on this folder")
    assert bench.run(locked) == []
    assert bench.run(locked, scheduled=True) == []
    assert bench.receiver.beats == ["/uuid/start", "/uuid/start"]


def test_another_run_that_is_at_work_for_too_long_is_told_of_once_a_day(bench: Bench) -> None:
    bench.configure("stale_after = 12h")
    bench.memory.begin(journal_key(bench.pair), bench.now_s, scheduled=True)
    locked = ended(5, error="another run works on this folder: process 7 on nas")
    told = []
    for _ in range(30):
        bench.now_s += HOUR_S
        told.append(len(bench.run(locked, scheduled=True)))
    assert told == [0] * 12 + [1] + [0] * 17
    bench.now_s += 4 * HOUR_S
    ((title, text),) = bench.run(locked, scheduled=True)
    assert title == "kodokeep: photos: not run, another run is still at work (nas)"
    assert "since 2026-11-25 12:00 UTC" in text
    assert "process 7 on nas" in text
    assert bench.run(locked) == []


def test_a_run_that_was_killed_is_told_of_by_the_next_one(bench: Bench) -> None:
    bench.memory.begin(journal_key(bench.pair), bench.now_s, scheduled=True)
    bench.now_s += DAY_S
    ((title, text),) = bench.run(ended(0))
    assert "with warnings" in title
    assert "the run that began 2026-11-25 12:00 UTC was cut off" in text
    assert bench.run(ended(0)) == []


def test_an_attempt_that_is_followed_by_another_is_no_failure_yet(bench: Bench) -> None:
    bench.configure(f"heartbeat = {bench.receiver.url}/uuid")
    assert bench.run(UNREACHED, scheduled=True, repeated=lambda code: code == 6) == []
    assert bench.receiver.beats == ["/uuid/start"]
    assert titles(bench.run(UNREACHED, scheduled=True, repeated=lambda code: False)) == ["photos: failed"]


def test_a_failure_of_the_schedule_that_lasts_is_told_once_a_day(bench: Bench) -> None:
    command, told = bench.hook("told")
    bench.configure(f"on_failure = {command}")
    counts = []
    for _ in range(24):
        counts.append(len(bench.run(UNREACHED, scheduled=True)))
        bench.now_s += HOUR_S
    assert counts == [1] + [0] * 19 + [1] + [0] * 3
    assert len(told.read_text().splitlines()) == 24
    assert len(bench.run(ended(6, error="the access key is refused"), scheduled=True)) == 1


def test_a_run_by_hand_is_told_whatever_was_told_before(bench: Bench) -> None:
    assert len(bench.run(UNREACHED)) == 1
    assert len(bench.run(UNREACHED)) == 1


def test_who_heard_of_a_failure_hears_that_it_is_over_and_nobody_else_does(bench: Bench) -> None:
    with_other = f"[notify:other]\nurl = {bench.receiver.channel('other')}\non = held\n"
    bench.file.write_text(with_other + bench.file.read_text())
    bench.run(UNREACHED)
    assert titles(bench.run(ended(0))) == ["photos: works again"]
    assert bench.receiver.requests[-1].path == "/phone"
    assert bench.run(ended(0)) == []


def test_a_failure_that_could_not_be_told_is_told_the_next_time(bench: Bench) -> None:
    bench.receiver.statuses = [500, 200]
    bench.run(UNREACHED, scheduled=True)
    assert bench.said == [
        "alert to phone failed: Failed to send JSON POST notification: Internal server error., error=500"
    ]
    assert titles(bench.run(UNREACHED, scheduled=True)) == ["photos: failed"]


def test_with_alerts_off_nobody_is_told_and_all_is_on_record(bench: Bench) -> None:
    command, told = bench.hook("told")
    bench.configure(f"heartbeat = {bench.receiver.url}/uuid\non_failure = {command}\nstale_after = 1h", "on = all")
    overseer = bench.overseer(alerts=False)
    assert overseer.around(bench.pair, lambda: 6) == 6
    bench.now_s += DAY_S
    overseer.look_after_all(bench.now_s)
    assert bench.receiver.requests == []
    assert not told.exists()
    assert [attempt.exit for attempt in bench.memory.attempts(journal_key(bench.pair), 5)] == [6]


def test_a_run_that_is_ended_from_outside_is_on_record_as_such(bench: Bench) -> None:
    with pytest.raises(KeyboardInterrupt):
        bench.run(None)
    assert [attempt.exit for attempt in bench.memory.attempts(journal_key(bench.pair), 5)] == [130]


def test_names_of_keys_are_told_where_they_may_be(bench: Bench) -> None:
    events = [failed(f"private/{number:02}.jpg") for number in range(15)]
    ((_, text),) = bench.run(ended(3, failed=15), events)
    assert "private" not in text
    bench.configure(channel="key_names = yes")
    ((_, text),) = bench.run(ended(3, failed=15), events)
    assert "private/00.jpg, private/01.jpg" in text
    assert "private/09.jpg" in text
    assert "private/10.jpg" not in text


def test_no_receiver_changes_how_a_run_ends_or_keeps_it_for_long(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kodokeep.oversight.teller.deliver_all", lambda made: delivery.deliver_all(made, 0.2))
    monkeypatch.setattr(heartbeats, "TIMEOUT_S", 0.05)
    url = bench.receiver.url
    bench.configure(f"heartbeat = {url}/uuid\non_failure = /no/such/program")
    bench.receiver.statuses = [HANG]
    bench.run(UNREACHED)
    assert sorted(bench.said) == [
        "alert to phone failed: not done within 0.2 s",
        "heartbeat of photos failed: 127.0.0.1: no answer within 0.05 s",
        "heartbeat of photos failed: not done within 0.2 s",
        "on_failure of photos failed: /no/such/program cannot be started: No such file or directory",
    ]


def test_a_journal_that_cannot_be_used_is_told_once_and_alerts_go_on(bench: Bench) -> None:
    bench.state_home.mkdir(parents=True)
    (bench.state_home / FILE_NAME).write_bytes(b"noise" * 1000)
    assert titles(bench.run(UNREACHED, scheduled=True)) == ["photos: failed"]
    (said,) = bench.said
    assert "journal.db cannot be used" in said


def test_a_bug_in_telling_is_told_and_harms_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise ValueError("secret")

    monkeypatch.setattr(Aftermath, "tell", broken)
    assert bench.run(UNREACHED) == []
    assert bench.said == ["telling how it went failed; this is a bug: ValueError"]


def test_metrics_are_written_after_each_run_whether_anybody_is_told_or_not(bench: Bench) -> None:
    file = bench.root / "kodokeep.prom"
    bench.file.write_text(bench.file.read_text() + f"[metrics]\nfile = {file}\n")
    bench.overseer(alerts=False).around(bench.pair, lambda: 6)
    assert 'kodokeep_broken{bucket="photos",mode="backup",pair="photos"} 1.0' in file.read_text()
    bench.run(ended(0))
    assert 'kodokeep_broken{bucket="photos",mode="backup",pair="photos"} 0.0' in file.read_text()


def test_metrics_that_cannot_be_written_are_told_and_alerts_go_on(bench: Bench) -> None:
    bench.file.write_text(bench.file.read_text() + f"[metrics]\nfile = {bench.root}/no/such/directory/x.prom\n")
    assert titles(bench.run(UNREACHED)) == ["photos: failed"]
    (said,) = bench.said
    assert "cannot be written: No such file or directory" in said


def test_the_memory_of_an_alert_is_by_pair_and_receiver(bench: Bench) -> None:
    bench.run(UNREACHED)
    assert set(bench.memory.told(journal_key(bench.pair), AlertKind.FAILURE)) == {"phone"}
