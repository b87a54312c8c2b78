"""Odd files where changes go both ways: what cannot be read, is in use, or only looks like another file."""

import os
import shutil
import time
from itertools import cycle

import pytest

from kodokeep import app
from kodokeep.local import content
from kodokeep.local.probe import DiskClock
from tests.e2e.kit import World
from tests.e2e.limits import ordinary_user

CONTENTS = {"a.txt": b"one", "d/b.txt": b"two", "d/e/c.txt": b"three"}


@pytest.fixture(params=["sync", "publish"])
def begun(request: pytest.FixtureRequest, world: World) -> World:
    """Three files that both sides agree on; deletions go to the other side."""
    world.configure(mode=request.param, deletions="propagate")
    world.put_many(CONTENTS)
    for path, data in CONTENTS.items():
        world.write(path, data)
    assert world.run().counts() == {"adopted": 3}
    world.run()  # files as young as their records are hashed once more
    return world


def test_a_new_file_that_cannot_be_read_fails_by_name_until_it_can(begun: World) -> None:
    """It did not change meanwhile, and no next run takes it."""
    for path, data in {"new": b"new", "size of another": b"one"}.items():
        begun.write(path, data).chmod(0)
    for _ in range(2):
        with ordinary_user():
            result = begun.run()
        assert (result.exit, result.summary["failed"], result.summary["stale"]) == (3, 2, 0)
        assert "failed: new: cannot be read: Permission denied" in result.stderr
        assert begun.remote() == CONTENTS
    for path in ("new", "size of another"):
        (begun.folder / path).chmod(0o644)
    assert begun.run().exit == 0
    assert begun.remote() == CONTENTS | {"new": b"new", "size of another": b"one"}


def test_an_edited_file_that_cannot_be_read_is_neither_deleted_nor_overwritten(begun: World) -> None:
    begun.write("a.txt", b"edited").chmod(0)
    with ordinary_user():
        result = begun.run()
    assert (result.exit, result.summary["failed"]) == (3, 1)
    assert "failed: a.txt: something is in the way locally: Permission denied" in result.stderr
    assert begun.remote() == CONTENTS
    (begun.folder / "a.txt").chmod(0o644)
    assert begun.run().summary["uploaded"] == 1


def test_below_a_directory_that_cannot_be_read_nothing_leaves_the_bucket(begun: World) -> None:
    """Rule 2, where it would hurt most."""
    (begun.folder / "d").chmod(0)
    with ordinary_user():
        result = begun.run()
    assert (result.exit, result.summary["failed"], result.summary["deleted"]) == (3, 2, 0)
    assert begun.remote() == CONTENTS
    (begun.folder / "d").chmod(0o755)
    assert begun.run().summary["unchanged"] == 3


def test_a_file_in_use_is_no_failure(begun: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that grows while it is hashed: it is the next run's business."""
    log = begun.write("a.txt", b"one\ntwo\n")
    feed = content.feed

    def feed_while_it_grows(fd: int, hasher: content.Qetag) -> None:
        feed(fd, hasher)
        with log.open("ab") as growing:
            growing.write(b"three\n")

    with monkeypatch.context() as patch:
        patch.setattr(content, "feed", feed_while_it_grows)
        result = begun.run()
    assert (result.exit, result.counts()) == (0, {"unchanged": 2, "stale": 1})
    assert "changed meanwhile, the next run takes it: a.txt" in result.stderr
    assert begun.run().counts() == {"unchanged": 2, "uploaded": 1, "archived": 1}
    assert begun.remote()["a.txt"] == log.read_bytes()


def test_each_thing_that_is_left_alone_is_told_in_one_line(begun: World) -> None:
    begun.write("closed/x", b"x")
    (begun.folder / "closed").chmod(0)
    (begun.folder / "link").symlink_to("a.txt")
    os.mkfifo(begun.folder / "fifo")
    with ordinary_user():
        result = begun.run()
    (begun.folder / "closed").chmod(0o755)
    assert result.exit == 0
    told = [event["subject"] for event in result.events if event["event"] == "notice"]
    assert sorted(told) == ["closed", "fifo", "link"]
    assert len(result.stderr.splitlines()) == 3


def test_a_conflict_where_no_file_can_be_renamed_fails_by_name(world: World) -> None:
    world.configure(mode="sync")
    world.put("d/b.txt", b"agreed")
    assert world.run().exit == 0
    world.write("d/b.txt", b"edited here")
    world.put("d/b.txt", b"edited there")
    (world.folder / "d").chmod(0o555)
    with ordinary_user():
        result = world.run()
    (world.folder / "d").chmod(0o755)
    assert (result.exit, result.counts()) == (3, {"failed": 1})
    assert "failed: d/b.txt: Permission denied" in result.stderr
    assert world.run().counts() == {"conflicts": 1, "uploaded": 1}
    assert set(world.tree().values()) == set(world.remote().values()) == {b"edited here", b"edited there"}


YEAR_S = 365 * 24 * 3600


@pytest.mark.parametrize("year_s", [-60 * YEAR_S, -1, 0, 70 * YEAR_S, 240 * YEAR_S], ids=str)
def test_a_file_of_any_time_is_uploaded_once_and_comes_back_with_its_time(world: World, year_s: int) -> None:
    world.configure(mode="sync")
    os.utime(world.write("odd", b"odd"), (year_s, year_s))
    assert world.run().counts() == {"uploaded": 1}
    assert world.run().counts() == {"unchanged": 1}
    (world.folder / "odd").unlink()
    assert world.run().counts() == {"downloaded": 1}
    assert (world.folder / "odd").stat().st_mtime == year_s
    assert world.run().counts() == {"unchanged": 1}


def test_equal_size_and_mtime_do_not_hide_an_edit(begun: World) -> None:
    file = begun.folder / "a.txt"
    mtime_ns = file.stat().st_mtime_ns
    file.write_bytes(b"0ne")
    os.utime(file, ns=(mtime_ns, mtime_ns))
    assert begun.run().counts() == {"unchanged": 2, "uploaded": 1, "archived": 1}
    assert begun.remote()["a.txt"] == b"0ne"
    assert list(begun.history().values()) == [b"one"]


def test_a_clock_that_is_set_between_runs_decides_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Years back, years ahead: runs ascend, edits travel, both contents of a conflict are kept."""
    world.configure(mode="sync")
    world.put_many({"here": b"0", "there": b"0", "both": b"0"})
    runs = [world.run().summary["run"]]
    for number, shift_s in enumerate((-3 * YEAR_S, 3 * YEAR_S, -30 * YEAR_S, 0), 1):
        monkeypatch.setattr(app, "time", SetClock(shift_s))
        world.write("here", b"here %d" % number)
        world.put("there", b"there %d" % number)
        world.write("both", b"here, too %d" % number)
        world.put("both", b"there, too %d" % number)
        result = world.run()
        assert (result.exit, result.summary["conflicts"]) == (0, 1)
        runs.append(result.summary["run"])
        assert world.tree() == world.remote()
        assert world.tree()["there"] == b"there %d" % number
        assert {b"here %d" % number, b"here, too %d" % number} <= set(world.tree().values())
        assert set(world.run().counts()) == {"unchanged"}
    assert runs == sorted(set(runs))


class SetClock:
    """A clock that somebody has set."""

    monotonic = staticmethod(time.monotonic)

    def __init__(self, shift_s: int) -> None:
        self._shift_s = shift_s

    def time(self) -> float:
        return time.time() + self._shift_s

    def time_ns(self) -> int:
        return time.time_ns() + self._shift_s * 10**9


def test_a_clock_that_jumps_in_the_middle_of_a_run_hides_no_edit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk's clock goes an hour ahead and back again with every look: each file is judged by its content."""
    tick, jumps = DiskClock.tick, cycle((-1, 1))

    def jumping(clock: DiskClock) -> int:
        clock.latest_ns = tick(clock) + next(jumps) * 3600 * 10**9
        return clock.latest_ns

    world.configure(mode="sync", deletions="propagate")
    world.put_many(CONTENTS)
    assert world.run().exit == 0
    monkeypatch.setattr(DiskClock, "tick", jumping)
    for number in range(3):
        world.write("a.txt", b"%d" % number)
        world.put("d/b.txt", b"%d there" % number)
        assert world.run().exit == 0
        world.write("d/b.txt", b"%d after" % number)
        assert world.run().exit == 0
        assert world.tree() == world.remote() == {
            "a.txt": b"%d" % number, "d/b.txt": b"%d after" % number, "d/e/c.txt": b"three"
        }  # fmt: skip


def test_an_old_copy_of_the_files_that_was_put_back_is_held_and_its_state_makes_it_safe(world: World) -> None:
    """With `.kodokeep` of today it looks like many edits; without, like a folder that nobody knows."""
    world.configure(mode="sync", deletions="propagate")
    many = {f"{number:02}": b"old %d" % number for number in range(40)}
    world.put_many(many)
    assert world.run().exit == 0
    copy = world.root / "copy"
    shutil.copytree(world.folder, copy, ignore=shutil.ignore_patterns(".kodokeep"))
    new = {key: b"new " + data for key, data in many.items()}
    for key, data in new.items():
        world.write(key, data)
    assert world.run("--accept-changes").exit == 0
    shutil.copytree(copy, world.folder, dirs_exist_ok=True)
    held = world.run()
    assert (held.exit, held.summary["held"]) == (4, 40)
    assert world.remote() == new
    shutil.rmtree(world.folder)
    shutil.copytree(copy, world.folder)
    unknown = world.run()
    assert (unknown.exit, unknown.guards) == (4, {"identity"})
    adopted = world.run("--adopt")
    assert (adopted.exit, adopted.counts()) == (0, {"conflicts": 40, "uploaded": 40})
    assert world.tree() == world.remote()
    assert set(world.tree().values()) == {*many.values(), *new.values()}


def test_what_is_in_history_does_not_change_with_a_file_that_was_a_hard_link_of_it(world: World) -> None:
    world.configure(mode="sync")
    world.put("a", b"agreed")
    assert world.run().exit == 0
    os.link(world.folder / "a", world.root / "somewhere else")
    world.put("a", b"edited there")
    assert world.run().summary["archived"] == 1
    with (world.root / "somewhere else").open("r+b") as other_name:
        other_name.write(b"EDITED")
    assert world.tree() == {"a": b"edited there"}
    assert list(world.history().values()) == [b"agreed"]
