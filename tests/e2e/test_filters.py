"""Filters: what they leave out is neither brought nor taken, and nobody is told of it but as a number (rule 18)."""

import time

from tests.e2e.kit import World


def lines(*patterns: str) -> str:
    """A value of several lines."""
    return "\n" + "\n".join(f"    {pattern}" for pattern in patterns)


def test_what_is_left_out_does_not_come_and_does_not_go(world: World) -> None:
    world.put_many({"a.jpg": b"a", "a.tmp": b"t", "build/x": b"x", "build": b"b", "deep/build/y": b"y"})
    world.configure(exclude=lines("*.tmp", "build/", "!deep/build/"))
    assert world.run().exit == 0
    assert world.tree() == {"a.jpg": b"a", "build": b"b", "deep/build/y": b"y"}
    world.write("mine.tmp", b"local")
    again = world.run()
    assert (again.exit, again.notices) == (0, set())
    assert (again.summary["filtered"], again.summary["unchanged"], again.summary["local_only"]) == (3, 3, 0)
    assert again.summary["listed_tally"]["parts"] == {"unchanged": 3, "filtered": 2}
    assert again.summary["walked_tally"]["parts"] == {"unchanged": 3, "filtered": 1}


def test_a_new_filter_deletes_nothing_and_its_end_brings_everything_back(world: World) -> None:
    world.put_many({"a": b"a", "b.log": b"b", "c.log": b"c"})
    world.run()
    world.configure(exclude="*.log")
    world.delete("c.log")
    world.put("b.log", b"changed")
    filtered = world.run()
    assert (filtered.exit, filtered.summary["filtered"]) == (0, 2)
    assert world.tree() == {"a": b"a", "b.log": b"b", "c.log": b"c"}
    world.configure()
    held = world.run()
    assert (held.exit, held.guards) == (4, {"settings-changed"})
    assert "exclude: '*.log' is now none" in held.stderr
    assert world.tree() == {"a": b"a", "b.log": b"b", "c.log": b"c"}
    assert world.run("--accept-changes").exit == 0
    assert world.tree() == world.objects == {"a": b"a", "b.log": b"changed"}


def test_only_what_is_included_takes_part(world: World) -> None:
    world.put_many({"a.jpg": b"a", "d/b.jpg": b"b", "d/b.png": b"p", "private/c.jpg": b"c"})
    world.configure(include="*.jpg", exclude="private/")
    result = world.run()
    assert (result.exit, result.summary["filtered"], result.summary["downloaded"]) == (0, 2, 2)
    assert world.tree() == {"a.jpg": b"a", "d/b.jpg": b"b"}


def test_odd_keys_are_matched_as_they_are_and_not_as_they_are_spelled(world: World) -> None:
    keys = ["dir/", "dir/a%%", "dir//b", "/a", "a\n.tmp", "a .tmp", "a%%", "a", "%%"]
    world.put_many({key: key.encode() for key in keys})
    world.configure(exclude=lines("dir/", "*.tmp", "/%%"))
    assert world.run().exit == 0
    assert set(world.tree()) == {"/a", "a%%", "a"}


def test_obstacles_that_are_left_out_are_no_warnings(world: World) -> None:
    world.put("a", b"a")
    world.run()
    (world.folder / "link.tmp").symlink_to("a")
    (world.folder / "link").symlink_to("a")
    assert world.run().notices == {"obstacle"}
    world.configure(exclude="link*")
    quiet = world.run()
    assert (quiet.exit, quiet.notices) == (0, set())


def test_size_filters_the_whole_row(world: World) -> None:
    world.put_many({"small": b"s", "big": b"b" * 2000, "grows": b"g"})
    world.configure(max_size="1K")
    first = world.run()
    assert (first.exit, first.summary["filtered"], first.summary["downloaded"]) == (0, 1, 2)
    world.put("grows", b"g" * 2000)
    world.write("small", b"s" * 2000)
    world.delete("small")
    second = world.run()
    assert (second.exit, second.summary["filtered"], second.summary["unchanged"]) == (0, 3, 0)
    assert world.tree() == {"small": b"s" * 2000, "grows": b"g"}
    world.configure(max_size="4K")
    assert world.run("--accept-changes").exit == 0
    assert world.tree() == world.objects


def test_age_filters_what_is_too_young(world: World) -> None:
    long_ago = (("!Last-Modified", "Wed, 01 Nov 2023 00:00:00 GMT"),)
    world.put("old", b"o", metadata=dict(long_ago))
    world.put("young", b"y")
    world.configure(min_age="1h")
    assert world.run().exit == 0
    assert world.tree() == {"old": b"o"}
    assert (world.folder / "old").stat().st_mtime < time.time() - 3600


def test_a_plan_counts_what_is_left_out(world: World) -> None:
    world.put_many({"a": b"a", "b.tmp": b"b"})
    world.configure(exclude="*.tmp")
    assert "  2 listed: 1 filtered; 0 local\n" in world.tell("plan").stdout
