import pytest

from kodokeep.errors import ConfigError
from kodokeep.oversight.memory import subject_of_config
from tests.unit.oversight.conftest import Bench, ended, titles

BROKEN = ConfigError("config.ini: line 7: expected [section], option = value, or # comment", hint="mend it")


def test_a_broken_config_is_told_by_its_own_channels(bench: Bench) -> None:
    bench.file.write_text(bench.file.read_text() + "rubbish\n[bucket:photos\n")
    ((title, text),) = bench.unstarted(BROKEN)
    assert title == "kodokeep: cannot start, no pair is run (nas)"
    assert text.splitlines() == [
        BROKEN.message,
        "mend it",
        "Kept safe: nothing was changed.",
        "Next: kodokeep doctor",
    ]


def test_a_channel_of_some_pairs_hears_it_too(bench: Bench) -> None:
    bench.configure(channel="pairs = letters")
    assert len(bench.unstarted(BROKEN)) == 1


def test_a_bug_is_told_without_what_it_was_about(bench: Bench) -> None:
    ((_, text),) = bench.unstarted(ValueError("secret"))
    assert text.splitlines()[0] == "this is a bug: ValueError"
    assert "secret" not in text


def test_commands_and_heartbeats_that_pairs_share_are_told_once(bench: Bench) -> None:
    command, told = bench.hook("told")
    bench.file.write_text(
        f"[defaults]\non_failure = {command}\nheartbeat = {bench.receiver.url}/all\n"
        f"[bucket:one]\n[bucket:two]\nheartbeat = {bench.receiver.url}/two\n[bucket:three]\n"
    )
    bench.unstarted(BROKEN)
    assert told.read_text().splitlines() == ["failure 2"]
    assert sorted(bench.receiver.beats) == ["/all/fail", "/two/fail"]


def test_only_the_pairs_that_were_to_be_run_are_told(bench: Bench) -> None:
    url = bench.receiver.url
    bench.file.write_text(f"[bucket:one]\nheartbeat = {url}/one\n[bucket:two]\nheartbeat = {url}/two\n")
    bench.unstarted(BROKEN, names=["two"])
    assert bench.receiver.beats == ["/two/fail"]


def test_what_lasts_is_told_once_a_day_if_it_comes_from_the_schedule(bench: Bench) -> None:
    told = []
    for _ in range(22):
        told.append(len(bench.unstarted(BROKEN, scheduled=True)))
        bench.now_s += 3600
    assert told == [1] + [0] * 19 + [1, 0]
    assert len(bench.unstarted(BROKEN)) == 1


def test_it_is_on_record_under_the_config(bench: Bench) -> None:
    bench.unstarted(BROKEN, scheduled=True)
    (attempt,) = bench.memory.attempts(subject_of_config(str(bench.file)), 5)
    assert (attempt.exit, attempt.error, attempt.scheduled) == (2, BROKEN.message, True)


def test_commands_of_a_file_that_others_may_write_are_not_run(bench: Bench) -> None:
    command, told = bench.hook("told")
    bench.configure(f"on_failure = {command}")
    bench.file.write_text(bench.file.read_text() + "[notify:other]\nurl_command = echo x\n")
    bench.file.chmod(0o666)
    assert titles(bench.unstarted(BROKEN)) == ["cannot start, no pair is run"]
    assert not told.exists()
    assert "[bucket:photos] on_failure is not run: others may write it" in str(bench.said)
    assert "[notify:other] url_command is not run" in str(bench.said)


@pytest.mark.parametrize("trouble", ["missing", "unreadable"])
def test_without_a_config_nobody_can_be_told(bench: Bench, trouble: str) -> None:
    bench.file.unlink()
    if trouble == "unreadable":
        bench.file.mkdir()
    assert bench.unstarted(BROKEN) == []


@pytest.mark.parametrize("trouble", ["missing", "unreadable", "empty"])
def test_whoever_knew_the_config_tells_those_of_before(bench: Bench, trouble: str) -> None:
    bench.configure(f"heartbeat = {bench.receiver.url}/uuid")
    known = bench.config
    bench.file.unlink()
    if trouble == "unreadable":
        bench.file.mkdir()
    elif trouble == "empty":
        bench.file.touch()
    assert titles(bench.unstarted(BROKEN, known=known)) == ["cannot start, no pair is run"]
    assert bench.receiver.beats == ["/uuid/fail"]


def test_a_name_that_the_config_lacks_is_told_by_itself_and_not_over_with_the_runs_of_others(bench: Bench) -> None:
    lacks = ConfigError("config.ini: no section [bucket:films]")
    told = [bench.unstarted(lacks, names=["films"], what="films", scheduled=True) for _ in range(2)]
    assert [titles(messages) for messages in told] == [["films cannot start"], []]
    bench.run(ended(0))
    assert bench.look() == []


def test_what_could_not_start_and_does_is_told(bench: Bench) -> None:
    in_use = ConfigError("config.ini: [metrics] listen: cannot listen there")
    assert titles(bench.unstarted(in_use, what="serve")) == ["serve cannot start"]
    for expected in ([("kodokeep: serve can start again (nas)", "The schedule is kept again.")], []):
        before = len(bench.receiver.messages)
        bench.overseer().starts_again("serve")
        assert bench.receiver.messages[before:] == expected
