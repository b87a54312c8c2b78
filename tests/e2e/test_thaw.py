"""`archived = thaw`: what is frozen is asked to thaw once, waited for over runs, and fetched within its window."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kodokeep import app
from kodokeep.model.archive import DAY_S
from kodokeep.state.ledger import Ledger
from tests.e2e.kit import World

READY_S = 6 * 60
DEEP_READY_S = 13 * 3600


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[World, float], None]:
    """Lets so many seconds pass, since the test began, for what the bucket stores and for the tool."""
    original = app.wall_clock_s

    def pass_(world: World, elapsed_s: float) -> None:
        world.emulator.clock(elapsed_s=elapsed_s)
        monkeypatch.setattr(app, "wall_clock_s", lambda: original() + elapsed_s)

    return pass_


def freeze(world: World, *keys: str, kind: int = 2) -> None:
    for key in keys:
        world.emulator.chtype(world.bucket, key, kind)


@contextmanager
def asked(world: World, calls: int) -> Iterator[None]:
    """Checks how many calls ask for thaws meanwhile."""
    world.emulator.faults([{"host": "rs", "path": "restoreAr", "delay_s": 0.0001}])
    yield
    assert [rule["matched"] for rule in world.emulator.rules()] == [calls]
    world.emulator.clear_faults()


def frozen_world(world: World, **options: object) -> World:
    world.configure(archived="thaw", **options)
    world.put_many({"cold": b"archived", "deep": b"deep archived", "plain": b"standard"})
    freeze(world, "cold")
    freeze(world, "deep", kind=3)
    return world


def test_what_is_frozen_is_asked_once_and_fetched_when_it_is_ready(world: World, later: Callable[..., None]) -> None:
    frozen_world(world)
    first = world.run()
    assert (first.exit, first.counts()) == (0, {"downloaded": 1, "thawing": 2})
    assert first.actions == {("thaw", "cold", "thawing"), ("thaw", "deep", "thawing"), ("download", "plain", "done")}
    assert {key: world.emulator.stat(world.bucket, key)["restoreStatus"] for key in ("cold", "deep")} == {
        "cold": 1,
        "deep": 1,
    }
    with asked(world, 0):
        again = world.run()
    assert (again.exit, again.counts()) == (0, {"unchanged": 1, "thawing": 2})
    waiting = [event for event in again.events if event["event"] == "skipped"]
    assert [(event["key"], event["until"] - event["since"]) for event in waiting] == [
        ("cold", 7 * DAY_S),
        ("deep", 7 * DAY_S),
    ]
    later(world, READY_S)
    assert world.run().counts() == {"unchanged": 1, "downloaded": 1, "thawing": 1}
    later(world, DEEP_READY_S)
    last = world.run()
    assert (last.exit, last.counts()) == (0, {"unchanged": 2, "downloaded": 1})
    world.check_settled()
    later(world, 30 * DAY_S)
    assert world.run().counts() == {"unchanged": 3}, "what is there is not thawed again, however frozen it is"


def test_it_is_said_when_it_will_be_ready_and_until_when(world: World) -> None:
    frozen_world(world, thaw_days=2)
    said = world.tell("run", "-v")
    then = "then the object can be read for 2 d"
    assert f"being thawed: cold: asked for now; it takes 1 to 5 minutes, {then}" in said.stderr
    assert f"being thawed: deep: asked for now; it takes 5 to 12 hours, {then}" in said.stderr
    assert "1 downloaded + 2 thawing" in said.stdout
    waits = world.tell("run").stderr
    assert "waiting: cold: being thawed, since 20" in waits
    assert ", readable from 20" in waits
    assert ", to 20" in waits


def test_hold_is_the_default_and_asks_for_nothing(world: World) -> None:
    frozen_world(world)
    world.configure()
    with asked(world, 0):
        held = world.run()
    assert (held.exit, held.counts()) == (0, {"downloaded": 1, "unavailable": 2})
    assert "restoreStatus" not in world.emulator.stat(world.bucket, "cold")


def test_a_window_that_passed_unused_is_asked_for_again(world: World, later: Callable[..., None]) -> None:
    frozen_world(world, thaw_days=1)
    world.run()
    later(world, 3 * DAY_S)
    with asked(world, 1):
        assert world.run().counts() == {"unchanged": 1, "thawing": 2}
    later(world, 3 * DAY_S + READY_S)
    assert world.run().counts() == {"unchanged": 1, "downloaded": 1, "thawing": 1}


def test_what_is_thawed_for_a_file_that_was_in_step_before_is_remembered_as_well(
    world: World, later: Callable[..., None]
) -> None:
    """Its object is on record as synced; that is no reason to take the thaw for settled."""
    world.configure(mode="sync", deletions="propagate", archived="thaw")
    world.put_many({"changed": b"archived", "here": b"stays"})
    assert world.run().exit == 0
    freeze(world, "changed", kind=3)
    world.write("changed", b"edited here")
    assert world.run().counts() == {"unchanged": 1, "thawing": 1}
    (waiting,) = [event for event in world.run().events if event["event"] == "skipped"]
    assert waiting["until"] - waiting["since"] == 7 * DAY_S
    later(world, DEEP_READY_S)
    assert world.run().counts() == {"unchanged": 1, "uploaded": 1, "archived": 1}


def test_a_lost_file_is_thawed_once(world: World, later: Callable[..., None]) -> None:
    world.configure(archived="thaw")
    world.put("lost", b"archived")
    assert world.run().exit == 0
    freeze(world, "lost", kind=3)
    (world.folder / "lost").unlink()
    assert world.run().counts() == {"thawing": 1}
    (waiting,) = [event for event in world.run().events if event["event"] == "skipped"]
    assert "since" in waiting
    later(world, DEEP_READY_S)
    assert world.run().counts() == {"downloaded": 1}


def test_a_clock_that_was_wrong_once_keeps_nothing_waiting_for_years(
    world: World, later: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen_world(world, thaw_days=1)
    now_s = app.wall_clock_s()
    with monkeypatch.context() as wrong:
        wrong.setattr(app, "wall_clock_s", lambda: now_s + 3650 * DAY_S)
        world.run()
    later(world, 3 * DAY_S)
    with asked(world, 1):
        assert world.run().counts() == {"unchanged": 1, "thawing": 2}


def test_another_content_of_the_key_is_another_thaw(world: World) -> None:
    frozen_world(world)
    world.run()
    world.put("cold", b"archived anew")
    freeze(world, "cold")
    assert ("thaw", "cold", "thawing") in world.run().actions


def test_somebody_elses_thaw_is_waited_for_and_used(world: World, later: Callable[..., None]) -> None:
    frozen_world(world)
    world.emulator.restore(world.bucket, "cold", days=1)
    first = world.run()
    assert first.actions == {("thaw", "deep", "thawing"), ("download", "plain", "done")}
    assert first.counts() == {"downloaded": 1, "thawing": 2}
    later(world, READY_S)
    assert world.run().counts() == {"unchanged": 1, "downloaded": 1, "thawing": 1}


def test_a_thaw_that_was_asked_for_meanwhile_is_no_error(world: World, meanwhile: Callable[..., None]) -> None:
    frozen_world(world)
    meanwhile("thaw_many", lambda: world.emulator.restore(world.bucket, "cold"))
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 1, "thawing": 2})


@pytest.mark.parametrize("how", ["warm", "gone", "changed"])
def test_what_is_not_archived_any_more_is_stale(world: World, meanwhile: Callable[..., None], how: str) -> None:
    world.configure(archived="thaw")
    world.put("cold", b"archived")
    freeze(world, "cold")

    def moves() -> None:
        match how:
            case "gone":
                world.emulator.delete(world.bucket, "cold")
            case "warm":
                world.emulator.put(world.bucket, "cold", b"archived")
            case "changed":
                world.emulator.put(world.bucket, "cold", b"warm now")

    meanwhile("thaw_many", moves)
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"stale": 1})
    assert result.actions == {("thaw", "cold", "stale")}


def test_a_thaw_that_is_refused_fails(world: World) -> None:
    frozen_world(world)
    world.emulator.faults([{"host": "rs", "path": "restoreAr", "operation_status": 403}])
    result = world.run()
    assert (result.exit, result.counts()) == (3, {"downloaded": 1, "failed": 2})
    assert "403" in result.stderr


def test_nothing_is_asked_twice_after_a_crash_between_the_asking_and_its_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen_world(world)

    class Killed(BaseException):
        """As a kill does, nothing after it runs."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "remember_thaws", die)
        with pytest.raises(Killed):
            world.run()
    with asked(world, 0):
        result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 1, "thawing": 2})


def test_a_silent_rs_keeps_nothing_else_from_being_fetched(world: World) -> None:
    frozen_world(world)
    world.emulator.faults([{"host": "rs", "path": "restoreAr", "status": 599}])
    result = world.run()
    assert (result.exit, result.counts()) == (3, {"downloaded": 1, "failed": 2})
    world.emulator.clear_faults()
    assert world.run().counts() == {"unchanged": 1, "thawing": 2}


def test_a_lost_reply_is_no_error(world: World) -> None:
    frozen_world(world)
    world.emulator.faults([{"host": "rs", "path": "restoreAr", "reset_at": 0, "nth": 1}])
    result = world.run()
    assert (result.exit, result.counts()) == (0, {"downloaded": 1, "thawing": 2})


def test_thaws_are_asked_for_many_at_a_time(world: World) -> None:
    world.configure(archived="thaw")
    for number in range(1100):
        world.put(f"{number:04}", b"%d" % number, policy={"fileType": 2})
    with asked(world, 2):
        assert world.run().counts() == {"thawing": 1100}


def test_sync_thaws_what_must_be_saved_before_it_is_overwritten_or_deleted(
    world: World, later: Callable[..., None]
) -> None:
    """Rule 25, which holds it where nothing is thawed."""
    world.configure(mode="sync", deletions="propagate", archived="thaw")
    world.put_many({"edit": b"one", "delete": b"two", "stay": b"three"})
    assert world.run().exit == 0
    freeze(world, "edit", "delete")
    world.write("edit", b"edited here")
    (world.folder / "delete").unlink()
    first = world.run()
    assert (first.exit, first.actions) == (0, {("thaw", "edit", "thawing"), ("thaw", "delete", "thawing")})
    assert world.run().counts() == {"unchanged": 1, "thawing": 2}
    later(world, READY_S)
    done = world.run()
    assert (done.exit, done.counts()) == (0, {"unchanged": 1, "uploaded": 1, "deleted": 1, "archived": 2})
    assert sorted(world.history().values()) == [b"one", b"two"]
    world.emulator.clock(0)
    assert world.emulator.keys(world.bucket) == ["edit", "stay"]


def test_a_conflict_waits_for_the_thaw_and_then_keeps_both(world: World, later: Callable[..., None]) -> None:
    world.configure(mode="sync", archived="thaw")
    world.put("both", b"one")
    assert world.run().exit == 0
    world.write("both", b"mine")
    world.put("both", b"theirs")
    freeze(world, "both")
    waits = world.run()
    assert (waits.exit, waits.counts(), world.tree()) == (0, {"thawing": 1}, {"both": b"mine"})
    later(world, READY_S)
    assert world.run().counts() == {"conflicts": 1, "uploaded": 1}
    assert sorted(world.tree().values()) == [b"mine", b"theirs"]


def test_publish_thaws_what_it_overwrites(world: World, later: Callable[..., None]) -> None:
    world.configure(mode="publish", archived="thaw")
    world.write("page", b"first")
    assert world.run().exit == 0
    freeze(world, "page", kind=3)
    world.write("page", b"second")
    assert world.run().actions == {("thaw", "page", "thawing")}
    later(world, DEEP_READY_S)
    done = world.run()
    assert (done.exit, done.actions) == (0, {("overwrite", "page", "done")})
    assert list(world.history().values()) == [b"first"]


def test_what_a_guard_would_hold_is_not_thawed_for_it(world: World, later: Callable[..., None]) -> None:
    """Else it would freeze again while it is held, and be thawed again, and again."""
    names = [f"{number:02}" for number in range(30)]
    world.configure(mode="sync", deletions="propagate", archived="thaw")
    world.put_many({name: name.encode() for name in ["here", *names]})
    assert world.run().exit == 0
    freeze(world, *names)
    assert world.run().counts() == {"unchanged": 1, "touched": 30}
    for name in names:
        (world.folder / name).unlink()
    with asked(world, 0):
        held = world.run()
    assert (held.exit, held.guards, held.counts()) == (4, {"share"}, {"unchanged": 1, "held": 30})
    assert "30 objects of the bucket (60 B) would be overwritten or deleted; the rest goes on" in held.stderr
    assert "30 changes released" in world.tell("approve", "photos").stdout
    assert world.run().counts() == {"unchanged": 1, "thawing": 30}
    later(world, READY_S)
    assert world.run("--accept-changes").counts() == {"unchanged": 1, "deleted": 30, "archived": 30}


def test_files_that_thawed_contents_would_replace_are_guarded_as_well(world: World) -> None:
    names = [f"{number:02}" for number in range(30)]
    world.configure(archived="thaw")
    world.put_many({name: name.encode() for name in names})
    assert world.run().exit == 0
    world.put_many(dict.fromkeys(names, b"other"))
    freeze(world, *names)
    world.put("new", b"new")
    freeze(world, "new")
    with asked(world, 1):
        held = world.run()
    assert held.guards == {"everything-changed", "share"}
    assert held.counts() == {"thawing": 1, "held": 30}


def test_windows_that_end_first_come_first(world: World, later: Callable[..., None]) -> None:
    names = [f"{number}" for number in range(6)]
    world.put_many({name: name.encode() * 3 for name in names})
    freeze(world, *names)
    for minute, name in enumerate(reversed(names)):
        world.configure(archived="thaw", include=f"/{name}")
        later(world, minute * 60)
        world.run("--accept-changes")
    world.configure(archived="thaw", transfers=1)
    later(world, READY_S + 600)
    result = world.run("--accept-changes")
    assert result.counts() == {"downloaded": 6}
    assert [line["target"].split("?")[0] for line in result.downloads()] == [f"/{name}" for name in reversed(names)]
    world.check_settled()


def test_the_plan_shows_what_is_to_be_thawed_and_what_that_costs(world: World) -> None:
    frozen_world(world)
    unpriced = world.tell("plan").stdout
    assert "thaw      1   8 B   archived in the bucket, can be read 1 to 5 minutes after it is" in unpriced
    assert "thaw      1  13 B   deep-archived in the bucket, can be read 5 to 12 hours after it is" in unpriced
    assert "thawing 21 B costs something besides; its price is not known (archive_thaw, deep_archive" in unpriced
    with world.config.open("a") as file:
        file.write("[prices]\narchive_thaw = 100000000\ndeep_archive_thaw = 200000000\n")
    priced = world.tell("plan").stdout
    assert "about 3.40 CNY for 4 requests and 8 B fetched and 21 B thawed (prices of the config)" in priced
    header = world.tell("plan", "--json").events[0]
    assert (header["thawing"], header["thawed_bytes"], header["unpriced_bytes"]) == (2, 21, 0)


def test_a_disabled_object_is_not_thawed(world: World) -> None:
    frozen_world(world)
    world.emulator.status(world.bucket, "cold", disabled=True)
    assert world.run().counts() == {"downloaded": 1, "unavailable": 1, "thawing": 1}
