"""Guards: a run that would take much away waits for a person, while what is new still comes (design §6)."""

import pytest

from tests.e2e.kit import World

MANY = {f"d{number % 3}/{number:03}": str(number).encode() for number in range(60)}


@pytest.fixture
def backed_up(world: World) -> World:
    """A world with enough files for percentages."""
    world.put_many(MANY)
    assert world.run().exit == 0
    return world


def check_held_then_done(world: World, guard: str, **counts: int) -> None:
    """New objects come, the rest waits, and agreeing does it."""
    before = world.tree()
    world.put("brand/new", b"new")
    held = world.run()
    assert (held.exit, held.guards) == (4, {guard})
    assert held.counts() == counts
    assert world.tree() == before | {"brand/new": b"new"}
    assert world.history() == {}
    assert f"{counts['held']} changes held" in held.stderr
    assert "run photos --accept-changes" in held.stderr
    accepted = world.run("--accept-changes")
    assert (accepted.exit, accepted.summary["archived"]) == (0, counts["held"])
    assert world.tree() == world.objects
    world.check_settled()
    assert world.run().counts() == {"unchanged": len(world.objects)}


def test_a_mass_deletion_is_held(backed_up: World) -> None:
    backed_up.delete(*list(MANY)[:30])
    check_held_then_done(backed_up, "share", held=30, downloaded=1, unchanged=30)


def test_a_mass_overwrite_is_held(backed_up: World) -> None:
    backed_up.put_many(dict.fromkeys(list(MANY)[:30], b"rewritten"))
    check_held_then_done(backed_up, "share", held=30, downloaded=1, unchanged=30)


def test_everything_changed_is_held(world: World) -> None:
    world.put_many({str(number): b"old" for number in range(6)})
    world.run()
    world.put_many({str(number): b"new" for number in range(6)})
    check_held_then_done(world, "everything-changed", held=6, downloaded=1)


def test_a_bucket_that_is_empty_all_of_a_sudden_deletes_nothing(world: World) -> None:
    """Fewer files than any percentage guards."""
    world.put_many({"a": b"1", "b": b"2"})
    world.run()
    world.delete("a", "b")
    held = world.run()
    assert (held.exit, held.guards, held.counts()) == (4, {"bucket-empty"}, {"held": 2})
    assert world.tree() == {"a": b"1", "b": b"2"}
    assert world.run("--accept-changes").exit == 0
    assert world.tree() == {}
    assert sorted(world.history().values()) == [b"1", b"2"]


def test_few_deletions_pass(backed_up: World) -> None:
    backed_up.delete(*list(MANY)[:20])
    assert backed_up.run().counts() == {"unchanged": 40, "deleted": 20, "archived": 20}


def test_limits_are_those_of_the_config(backed_up: World) -> None:
    backed_up.configure(guard_objects=0, guard_percent=1)
    backed_up.delete(*list(MANY)[:1])
    assert backed_up.run().guards == {"share"}
    backed_up.configure(guard_bytes=0)
    assert backed_up.run().guards == {"bytes"}
    backed_up.configure(guard_bytes=1000)
    assert backed_up.run().exit == 0


def test_a_changed_prefix_shows_its_first_plan(world: World) -> None:
    """Rules 5 and 18: another prefix is another identity."""
    world.put_many({"in/a": b"1", "in/b": b"2", "out/c": b"3"})
    world.run()
    world.configure(prefix="in/")
    held = world.run()
    assert (held.exit, held.guards) == (4, {"identity", "settings-changed"})
    assert "settings differ from those of the last run: prefix: none is now 'in/'" in held.stderr
    assert world.tree() == world.objects
    assert world.run("--adopt", "--accept-changes").exit == 0
    assert world.tree() == world.objects, "what lies outside of the prefix is left alone"
    assert world.run().counts() == {"unchanged": 2}


def test_a_prefix_restricts_the_backup_and_keeps_keys_and_paths_full(world: World) -> None:
    world.configure(prefix="in/")
    world.put_many({"in/a": b"1", "in/b/c": b"2", "inside": b"4", "out/d": b"3"})
    world.write("out/mine", b"untouched")
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 2})
    assert world.tree() == {"in/a": b"1", "in/b/c": b"2", "out/mine": b"untouched"}


def test_another_mode_is_another_pair_and_told_in_words(world: World) -> None:
    world.put("a", b"1")
    world.run()
    world.configure(mode="sync")
    held = world.run()
    assert (held.exit, held.guards) == (4, {"identity", "settings-changed"})
    assert "mode was 'backup', is 'sync'" in held.stderr
    world.run("--adopt")
    assert world.run().counts() == {"unchanged": 1}


def test_what_is_held_is_told_with_its_reason_in_words(world: World) -> None:
    world.put("a", b"in the bucket")
    world.write("a", b"never synced")
    held = world.tell("run", "-v")
    assert held.exit == 4
    assert "held: a: differs on the two sides, which were never in step" in held.stderr + held.stdout
