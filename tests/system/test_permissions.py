"""Folders that cannot be written, and directories that cannot be read."""

import pytest

from tests.system.mounts import Mounts
from tests.system.pair import WITHOUT_CAPABILITIES, Pair

pytestmark = pytest.mark.system


def test_a_read_only_folder_is_named(pair: Pair, mounts: Mounts) -> None:
    pair.put({"a": b"a"})
    pair.folder.mkdir()
    mounts.read_only(pair.folder)
    result = pair.run()
    assert result.exit == 2, result
    assert str(pair.folder) in result.stderr
    assert "Read-only file system" in result.stderr
    assert pair.tree() == {}


def test_a_folder_that_became_read_only_is_named(pair: Pair, mounts: Mounts) -> None:
    pair.put({"a": b"a"})
    assert pair.run().exit == 0
    pair.put({"b": b"b"})
    mounts.read_only(pair.folder)
    result = pair.run()
    assert result.exit == 2, result
    assert str(pair.folder) in result.stderr
    mounts.unmount(pair.folder)
    assert pair.run().exit == 0
    assert pair.tree() == pair.objects


def test_below_an_unreadable_directory_nothing_is_deleted(pair: Pair) -> None:
    pair.put({"closed/one": b"one", "closed/two": b"two", "open": b"open"})
    assert pair.run().exit == 0
    pair.delete("closed/one")
    pair.put({"closed/three": b"three", "more": b"more"})
    closed = pair.folder / "closed"
    closed.chmod(0o000)
    result = pair.run(before=WITHOUT_CAPABILITIES)
    closed.chmod(0o755)
    assert result.exit == 3, result
    assert "closed" in result.stderr
    assert pair.tree() == {"closed/one": b"one", "closed/two": b"two", "open": b"open", "more": b"more"}
    assert pair.history() == []

    assert pair.run("--accept-changes").exit == 0
    assert pair.tree() == pair.objects


def test_an_unreadable_file_is_left_alone(pair: Pair) -> None:
    pair.put({"closed": b"one", "open": b"open"})
    assert pair.run().exit == 0
    (pair.folder / "closed").chmod(0o000)
    result = pair.run(before=WITHOUT_CAPABILITIES)
    assert result.exit in {0, 3}, result
    assert pair.tree() == pair.objects


def test_a_directory_that_cannot_be_written_fails_its_own_objects_only(pair: Pair) -> None:
    pair.put({"fixed/one": b"one", "open": b"open"})
    assert pair.run().exit == 0
    pair.put({"fixed/two": b"two", "more": b"more"})
    (pair.folder / "fixed").chmod(0o555)
    result = pair.run(before=WITHOUT_CAPABILITIES)
    (pair.folder / "fixed").chmod(0o755)
    assert (result.exit, result.counts()) == (3, {"unchanged": 2, "downloaded": 1, "failed": 1})
    assert "fixed/two" in result.stderr
    assert pair.run().exit == 0
    assert pair.tree() == pair.objects
