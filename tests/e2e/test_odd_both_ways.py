"""Odd files where changes go both ways: what cannot be read, is in use, or only looks like another file."""

import os

import pytest

from kodokeep.local import content
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
