"""Files that are odd in a way that no key, size or time of theirs should be trusted for more than it is worth."""

import os
import socket
from pathlib import Path

import pytest

from tests.e2e.kit import World

CONTENTS = {"a.txt": b"one", "d/b.txt": b"two", "d/e/c.txt": b"three"}


@pytest.fixture
def backed_up(world: World) -> World:
    """A world after its first backup."""
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    return world


def test_empty_directories_are_left_alone_and_those_that_a_run_emptied_go(backed_up: World) -> None:
    (backed_up.folder / "mine" / "empty").mkdir(parents=True)
    backed_up.delete("d/e/c.txt")
    assert backed_up.run().exit == 0
    assert (backed_up.folder / "mine" / "empty").is_dir()
    assert sorted(path.name for path in (backed_up.folder / "d").iterdir()) == ["b.txt"]
    backed_up.check_settled()


@pytest.mark.parametrize("year_s", [0, 1, 4_000_000_000, 7_000_000_000], ids=["1970", "second-one", "2096", "2191"])
def test_a_local_time_in_the_past_or_the_future_is_only_a_time(backed_up: World, year_s: int) -> None:
    os.utime(backed_up.folder / "a.txt", (year_s, year_s))
    result = backed_up.run()
    assert (result.exit, result.downloads()) == (0, [])
    assert backed_up.tree() == CONTENTS
    assert (backed_up.folder / "a.txt").stat().st_mtime == year_s
    backed_up.check_settled()


def test_equal_size_and_mtime_do_not_make_files_equal(backed_up: World) -> None:
    """Another content with the old one's size and time, put in its place by a rename, as some editors do."""
    file = backed_up.folder / "a.txt"
    mtime_ns = file.stat().st_mtime_ns
    other = file.with_name("other")
    other.write_bytes(b"0ne")
    os.utime(other, ns=(mtime_ns, mtime_ns))
    other.replace(file)
    result = backed_up.run()
    assert (result.exit, result.summary["archived"]) == (0, 1)
    assert backed_up.tree() == CONTENTS
    assert list(backed_up.history().values()) == [b"0ne"]
    backed_up.check_settled()


def test_a_file_that_somebody_still_writes_to_is_taken_as_it_is_and_again_when_it_is_done(backed_up: World) -> None:
    with (backed_up.folder / "a.txt").open("r+b", buffering=0) as writing:
        writing.write(b"ONE and half a sen")
        assert backed_up.run().exit == 0
        assert backed_up.tree() == CONTENTS, "a backup brings the object's content back"
        writing.write(b"tence")
    assert list(backed_up.history().values()) == [b"ONE and half a sentence"], "the writer still had that file"
    backed_up.check_settled()


def test_sockets_and_fifos_are_told_and_left_alone(backed_up: World, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(backed_up.folder / "d" / "fifo")
    monkeypatch.chdir(backed_up.folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        result = backed_up.run()
    assert (result.exit, result.notices) == (0, {"obstacle"})
    assert {"d/fifo", "socket"} <= {event["subject"] for event in result.events if event["event"] == "notice"}
    assert {path: Path(path).read_bytes() for path in CONTENTS} == CONTENTS
    assert (Path("socket").is_socket(), Path("d/fifo").is_fifo()) == (True, True)


def test_a_clock_that_jumps_back_while_files_are_young_hides_no_edit(
    backed_up: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk's clock went back an hour, so every file seems to be of the future: each is judged by its content."""
    from kodokeep.local.probe import DiskClock  # noqa: PLC0415

    tick = DiskClock.tick
    monkeypatch.setattr(DiskClock, "tick", lambda clock: _an_hour_ago(clock, tick(clock)))
    backed_up.write("a.txt", b"0ne")
    for _ in range(2):
        assert backed_up.run().exit == 0
        assert backed_up.tree() == CONTENTS


def _an_hour_ago(clock: object, now_ns: int) -> int:
    clock.latest_ns = now_ns - 3600 * 10**9  # type: ignore[attr-defined]
    return now_ns - 3600 * 10**9
