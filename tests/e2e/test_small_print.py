"""Rules that few ever meet: twins of a key, a clock that goes back, contents that are equal."""

import pytest

from kodokeep import app
from tests.e2e.kit import World


def test_of_two_files_for_one_key_the_recorded_one_counts(world: World) -> None:
    """Rule 8: the other is an alias, told and left alone."""
    world.put("a", b"object")
    world.run()
    alias = world.write("a%%", b"somebody put this here")
    result = world.run()
    assert (result.exit, result.counts(), result.notices) == (0, {"unchanged": 1}, {"not-a-key"})
    world.delete("a")
    world.run("--accept-changes")
    assert alias.read_bytes() == b"somebody put this here"


def test_run_ids_ascend_though_the_clock_goes_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 12."""
    world.put("a", b"1")
    ids = [world.run().summary["run"]]
    for now_s in (1_000_000_000.0, 4_000_000_000.0, 500_000_000.0):
        monkeypatch.setattr(app.time, "time", lambda now_s=now_s: now_s)
        ids.append(world.run().summary["run"])
    assert ids == sorted(set(ids))
    assert sorted(path.stem for path in (world.private / "runs").iterdir()) == ids


def test_a_rename_in_the_bucket_loses_nothing(world: World) -> None:
    world.put_many({"old/name": b"content", "other": b"x"})
    world.run()
    world.emulator.move(world.bucket, "old/name", "new/name")
    world.objects["new/name"] = world.objects.pop("old/name")
    assert world.run().exit == 0
    world.check_settled()
    assert world.tree() == world.objects


def test_equal_contents_are_files_of_their_own(world: World) -> None:
    """Rule 27: never one inode under two names, which an edit of one would change in both."""
    world.put_many({"a": b"same", "b": b"same"})
    world.run()
    assert [(world.folder / name).stat().st_nlink for name in "ab"] == [1, 1]
    world.write("a", b"edited")
    assert (world.folder / "b").read_bytes() == b"same"


def test_a_file_replaced_twice_is_in_history_twice(world: World) -> None:
    for data in (b"first", b"second", b"third"):
        world.put("a", data)
        world.run()
    assert sorted(world.history().values()) == [b"first", b"second"]
    world.check_settled()


def test_every_conversation_leaves_the_bucket_as_it_is(world: World) -> None:
    """Backup never changes the bucket: it only ever asks."""
    world.put_many({"a": b"1", "b": b"2"})
    requests = world.run().requests
    world.write("a", b"edited")
    world.write("mine", b"local")
    (world.folder / "b").unlink()
    requests += world.run("--accept-changes").requests
    asked = {(line["host"], line["method"], line["target"].split("?")[0].split("/")[1]) for line in requests}
    assert asked <= {
        ("uc", "GET", "v4"),
        ("uc", "GET", "v3"),
        ("uc", "POST", "v2"),
        ("rsf", "GET", "list"),
        ("rs", "GET", "stat"),
        ("rs", "POST", "stat"),
        ("rs", "POST", "batch"),
        ("io", "GET", "a"),
        ("io", "GET", "b"),
    }
    assert sorted(world.emulator.keys(world.bucket)) == ["a", "b"]
